"""Which pictures train, validate and test: sittings are kept apart as far as there are enough of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from model_training.data.coco import SPLITS, read_coco
from model_training.stages import run_stage
from model_training.studio.plan import Choice, augment_words, label_words, split_words, train_words
from tests.model_training.photo_folders import stage
from tests.webapp.studio.drawn_collections import drawn_files


def split(folder: Path, sittings: int) -> dict[str, list[tuple[str | None, str]]]:
    """Run the stages up to the split; return session and name of the photos of each part."""
    for name, content in drawn_files(each=5, sittings=sittings).items():
        path = folder / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "pictures" / "README.md").unlink()
    run_stage(label_words(folder))
    for words in split_words(folder, sittings):
        assert stage(*words) in (0, 1)  # 1: a label that is in no validation picture is listed
    if sittings == 2:
        shutil.copyfile(folder / "by-sitting" / "test.json", folder / "splits" / "test.json")
    return {
        name: [(photo.session, photo.file_name) for photo in read_coco(folder / "splits" / f"{name}.json")]
        for name in SPLITS
    }


@pytest.mark.parametrize("sittings", [1, 2, 3, 5])
def test_the_test_pictures_are_of_a_sitting_of_their_own(tmp_path: Path, sittings: int) -> None:
    parts = split(tmp_path, sittings)
    names = [name for photos in parts.values() for _, name in photos]
    assert len(names) == len(set(names)) == 15 * sittings
    assert all(parts.values())
    of = {name: {session for session, _ in photos} for name, photos in parts.items()}
    if sittings > 1:
        assert not of["test"] & (of["train"] | of["val"])
    if sittings == 2:
        assert of["train"] == of["val"]
        assert len(parts["val"]) == 3
    if sittings > 2:
        assert not of["train"] & of["val"]


def test_the_words_are_those_of_the_guide() -> None:
    choice = Choice("localizer", "mobilenetv2", "imagenet", 8, 120, 60)
    assert "--copies 60" in " ".join(augment_words(Path("mine"), choice))
    words = " ".join(train_words(Path("mine"), choice))
    assert words.startswith("train localizer --backbone mobilenetv2 --backbone-weights imagenet --coco mine/augmented/")
    assert "--learning-rate 1e-3 --decay 0.9 --box-weight 10" in words
    three = " ".join(train_words(Path("mine"), Choice("classifier", "scratch", "none", 3, 128, 60)))
    assert "--classes 3 --pooling average" in three
