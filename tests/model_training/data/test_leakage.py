"""Training and validation that share photos are refused, and those that do not are let through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from model_training.data.annotations import Photo
from model_training.data.coco import write_coco
from model_training.data.leakage import refuse_shared_photos
from tests.model_training.photo_folders import listed, refused


def manifest(path: Path, photos: Sequence[Photo]) -> Path:
    write_coco(path, photos)
    return path


def test_one_file_without_splits_is_refused_by_every_training(tmp_path: Path) -> None:
    file = manifest(tmp_path / "all.json", [listed("a.jpg"), listed("b.jpg")])
    data = ["--coco", file, "--coco-val", file, "--images", tmp_path, "--run", tmp_path / "run"]
    sentence = f"a.jpg is a training photo of {file} and a validation photo of {file}. Run `split` and train with its "
    for stage in ("classifier", "localizer"):
        assert refused("train", stage, *data) == sentence + "train.json and val.json."


def test_one_photo_under_two_paths_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    train = manifest(tmp_path / "train.json", [listed("0.jpg"), listed("deep/a.jpg")])
    val = manifest(tmp_path / "val.json", [listed("../deep/a.jpg")])
    with pytest.raises(ValueError, match=r"^deep/a\.jpg is a training photo of .*train\.json and a validation photo"):
        refuse_shared_photos(train, val, tmp_path, tmp_path / "deep")


def test_photos_of_one_manifest_that_are_akin_are_refused(tmp_path: Path) -> None:
    train, val = listed("a.jpg", split="train"), listed("b.jpg", split="val")
    cousins = [replace(train, made_from="p.jpg"), replace(val, made_from="p.jpg")]
    near_duplicates = [replace(train, group=4), replace(val, group=4)]
    for photos, printed in (
        (cousins, "a.jpg and the validation photo b.jpg .* were made from one photo, p.jpg"),
        ([train, replace(val, made_from="a.jpg")], "were made from one photo, a.jpg"),
        (near_duplicates, "a.jpg and the validation photo b.jpg .* both have the group 4"),
    ):
        file = manifest(tmp_path / "all.json", photos)
        with pytest.raises(ValueError, match=printed):
            refuse_shared_photos(file, file, tmp_path, tmp_path)


def test_names_and_numbers_of_other_manifests_say_nothing(tmp_path: Path) -> None:
    photo = replace(listed("a.jpg", made_from="p.jpg"), group=4)
    train, val = (manifest(tmp_path / f"{name}.json", [photo]) for name in ("train", "val"))
    refuse_shared_photos(train, val, tmp_path / "one", tmp_path / "other")


def test_splits_that_are_apart_are_let_through(tmp_path: Path) -> None:
    photos = [
        replace(listed(f"{i}.jpg", split=split, made_from=f"{split}.jpg"), group=k)
        for k, split in enumerate(("train", "val", "test"))
        for i in (k, k + 3)
    ]
    file = manifest(tmp_path / "all.json", photos)
    refuse_shared_photos(file, file, tmp_path, tmp_path)
