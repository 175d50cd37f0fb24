"""Splitting: nothing of a photo is seen on two sides, and the sides are alike."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from model_training.data.annotations import Photo
from model_training.data.coco import SPLITS, read_coco, write_coco
from model_training.data.labelled_photos import read_coco_photos
from model_training.data.near_duplicates import SPLIT_BITS, hash_picture, near_duplicate_links
from model_training.data.splitting import assign_splits, group_photos
from tests.model_training.photo_folders import (
    family,
    listed,
    refused,
    scene,
    stage,
    write_picture,
)
from tests.pictures import astronaut_bgr, masked_astronaut_bgr


def split_photos(folder: Path, photos: list[Photo], *options: str) -> tuple[int, dict[str, str]]:
    """Return the stage's exit status and the split of every photo that it wrote."""
    write_coco(folder / "all.json", photos)
    out = folder / "splits"
    status = stage("split", "--manifest", folder / "all.json", "--images", folder, "--out", out, *options)
    written = {name: read_coco(out / f"{name}.json") for name in SPLITS}
    assert all(photo.split == name for name in SPLITS for photo in written[name])
    homes = {photo.file_name: name for name in SPLITS for photo in written[name]}
    assert sum(map(len, written.values())) == len(homes)
    return status, homes


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_photo_copy_or_augmentation_stands_in_two_splits(tmp_path: Path, seed: int) -> None:
    families = [family(tmp_path, 10 + k) for k in range(12)]
    photos = [listed(name) for names in families for name in names]
    status, homes = split_photos(tmp_path, photos, "--percentages", "50", "25", "25", "--seed", str(seed))
    assert status == 0
    assert len(homes) == 48
    assert all(len({homes[name] for name in names}) == 1 for names in families)
    assert set(homes.values()) == set(SPLITS)

    made = tmp_path / "made"
    train = tmp_path / "splits" / "train.json"
    assert stage("augment", "--manifest", train, "--images", tmp_path, "--out", made, "--copies", "2") == 0
    copies = read_coco(made / "manifest.json")
    assert len(copies) == 2 * len(read_coco(train))
    assert {homes[copy.made_from or ""] for copy in copies} == {"train"}

    # Whoever splits photos and augmentations together gets no leak either.
    both = photos + [replace(copy, file_name=f"made/{copy.file_name}", split=None) for copy in copies]
    _, again = split_photos(tmp_path, both, "--percentages", "50", "25", "25", "--seed", str(seed))
    assert all(again[f"made/{copy.file_name}"] == again[copy.made_from or ""] for copy in copies)


def test_near_duplicates_differ_from_other_pictures() -> None:
    photo = astronaut_bgr()
    seen = hash_picture(photo)
    mirrored = hash_picture(np.ascontiguousarray(photo[:, ::-1]))
    assert seen.is_near_duplicate(mirrored, 0)
    small = hash_picture(cv2.resize(photo, (97, 97), interpolation=cv2.INTER_AREA).astype(np.uint8))
    assert seen.is_near_duplicate(small, 4)
    assert small.is_near_duplicate(mirrored, 4)
    assert seen.is_near_duplicate(hash_picture(masked_astronaut_bgr()), SPLIT_BITS)
    assert not seen.is_near_duplicate(hash_picture(scene(1)), SPLIT_BITS)
    blocks = [small, mirrored, hash_picture(scene(1)), seen]
    assert near_duplicate_links(blocks, 4).tolist() == [[0, 1], [0, 3]]
    hashes = [hash_picture(scene(k)) for k in range(60)]
    assert len(near_duplicate_links(hashes, SPLIT_BITS)) == 0
    hashes += [hash_picture(np.ascontiguousarray(scene(k)[:, ::-1])) for k in (3, 50)]
    assert near_duplicate_links(hashes, SPLIT_BITS).tolist() == [[3, 60], [50, 61]]


def test_links_join_what_all_pairs_would_join() -> None:
    # Chains of pictures that are near the next one and far from the one after: some long, some short.
    rng = np.random.default_rng(5)
    even = hash_picture(np.full((9, 9, 3), 99, np.uint8))
    hashes = []
    for _ in range(300):
        bits = sum(1 << int(k) for k in rng.choice(36, size=6, replace=False))
        hashes.append(replace(even, upright=bits, mirrored=bits))
    pairs = [(i, j) for i in range(300) for j in range(i) if hashes[i].is_near_duplicate(hashes[j], 4)]
    links = near_duplicate_links(hashes, 4)
    assert 100 < len(links) < len(pairs)
    assert (links[:, 0] < links[:, 1]).all()
    assert groups_of(links) == groups_of(pairs)
    assert len(groups_of(links)) > 10


def groups_of(pairs: Iterable[Sequence[int]]) -> set[frozenset[int]]:
    """Return which of the paired numbers are together, through a third or directly."""
    group: dict[int, frozenset[int]] = {}
    for i, j in pairs:
        together = group.get(int(i), frozenset({int(i)})) | group.get(int(j), frozenset({int(j)}))
        group |= dict.fromkeys(together, together)
    return set(group.values())


def test_a_sitting_of_like_frames_gives_one_link_a_frame() -> None:
    assert len(near_duplicate_links([hash_picture(scene(1))] * 3000, SPLIT_BITS)) == 2999


def test_strangers_whose_hashes_agree_at_random_are_no_near_duplicates() -> None:
    # The hash keeps the signs of the lowest frequencies; these two share them, but not their strengths.
    rng = np.random.default_rng(3)
    signs = rng.permutation(np.repeat([-1.0, 1.0], 32)).reshape(8, 8)
    pictures = []
    for _ in range(2):
        waves = np.zeros((32, 32))
        waves[:8, :8] = signs * rng.lognormal(0, 1.5, (8, 8))
        waves[0, 0] = 0
        clouds = cv2.idct(waves)
        grey = (clouds - clouds.min()) / np.ptp(clouds) * 255
        pictures.append(cv2.cvtColor(cv2.resize(grey.astype(np.uint8), (128, 128)), cv2.COLOR_GRAY2BGR))
    one, other = (hash_picture(picture.astype(np.uint8)) for picture in pictures)
    assert (one.upright ^ other.upright).bit_count() <= SPLIT_BITS
    assert not one.is_near_duplicate(other, SPLIT_BITS)


def test_even_pictures_are_like_each_other_and_like_nothing_else() -> None:
    dark, bright = (hash_picture(np.full((90, 120, 3), value, np.uint8)) for value in (3, 250))
    assert dark.is_near_duplicate(bright, 2)
    assert not dark.is_near_duplicate(hash_picture(scene(1)), 64)


def test_groups_join_through_a_third() -> None:
    photos = [
        listed("a.jpg", session="monday"),
        listed("b.jpg", session="monday"),
        listed("c.jpg", made_from="b.jpg"),
        listed("d.jpg"),
    ]
    hashes = [hash_picture(scene(k)) for k in range(4)]
    group = group_photos(photos, hashes, SPLIT_BITS, by_session=True)
    assert group[0] == group[1] == group[2] != group[3]
    alone = group_photos(photos, hashes, SPLIT_BITS, by_session=False)
    assert alone[0] != alone[1] == alone[2]


def test_labels_empty_photos_and_crowds_are_distributed_evenly() -> None:
    rng = np.random.default_rng(4)
    photos = []
    for k in range(300):
        faces = int(rng.choice([0, 1, 2, 12], p=[0.2, 0.5, 0.2, 0.1]))
        labels = rng.choice(3, size=faces, p=[0.6, 0.3, 0.1])
        photos.append(listed(f"{k}.jpg", [(0, 0, 9, 9, int(label)) for label in labels]))
    split = assign_splits(photos, np.arange(300), [0.7, 0.1, 0.2], seed=1)
    total = np.sum([photo.annotations.label_counts() for photo in photos], axis=0)
    for k, fraction in enumerate((0.7, 0.1, 0.2)):
        chosen = [photo for photo, home in zip(photos, split, strict=True) if home == k]
        assert len(chosen) == pytest.approx(300 * fraction, abs=4)
        assert np.sum([p.annotations.label_counts() for p in chosen], axis=0) == pytest.approx(total * fraction, abs=4)
        assert sum(len(p.annotations) == 12 for p in chosen) > 0
    assert (split == assign_splits(photos, np.arange(300), [0.7, 0.1, 0.2], seed=1)).all()
    assert (split != assign_splits(photos, np.arange(300), [0.7, 0.1, 0.2], seed=2)).any()


def test_sessions_stay_whole_by_default(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = [listed(f"{k}.jpg", session=["mon", "tue", "wed", "thu"][k % 4]) for k in range(24)]
    for k in range(24):
        write_picture(tmp_path / f"{k}.jpg", scene(k))
    status, homes = split_photos(tmp_path, photos, "--percentages", "50", "25", "25")
    assert status == 0
    assert all(len({homes[f"{k}.jpg"] for k in range(day, 24, 4)}) == 1 for day in range(4))
    _, homes = split_photos(tmp_path, photos, "--percentages", "50", "25", "25", "--by", "photo")
    assert len({homes[f"{k}.jpg"] for k in range(0, 24, 4)}) > 1
    one = [replace(photo, session="mon") for photo in photos]
    assert split_photos(tmp_path, one)[0] == 1
    assert "val.json: there is no photo in it" in capsys.readouterr().err


def test_a_set_s_own_splits_are_checked_for_leaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = family(tmp_path, 5) + family(tmp_path, 6) + family(tmp_path, 7)
    homes = ["train"] * 4 + ["val"] * 4 + ["test"] * 4
    photos = [listed(name, split=home) for name, home in zip(names, homes, strict=True)]
    assert split_photos(tmp_path, photos, "--by", "own")[0] == 0
    photos[1] = replace(photos[1], split="test")
    assert split_photos(tmp_path, photos, "--by", "own")[0] == 1
    printed = capsys.readouterr().err
    assert "1 problem:" in printed
    assert "5-mirror.jpg (test)" in printed


def test_broken_photos_are_listed_and_the_rest_is_split(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = [listed(f"{k}.jpg", split="train") for k in range(12)]
    for k in range(10):
        write_picture(tmp_path / f"{k}.jpg", scene(k))
    cut = (tmp_path / "3.jpg").read_bytes()
    (tmp_path / "3.jpg").write_bytes(cut[: len(cut) // 2])
    (tmp_path / "4.jpg").write_text("no picture")
    photos[11] = replace(photos[11], file_name="../outside.jpg")
    photos.append(replace(photos[0], session="again"))
    status, homes = split_photos(tmp_path, photos, "--percentages", "50", "25", "25")
    printed = capsys.readouterr().err
    assert status == 1
    assert set(homes) == {f"{k}.jpg" for k in (0, 1, 2, 5, 6, 7, 8, 9)}
    assert "3.jpg: the picture is cut off" in printed
    assert "4.jpg: this cannot be read as a picture" in printed
    assert "10.jpg: there is no such picture" in printed
    assert "outside.jpg: lies outside" in printed
    assert "0.jpg: listed twice" in printed


def test_a_split_without_a_label_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = [listed(f"{k}.jpg", [(9, 9, 60, 60, 1 if k == 0 else 0)]) for k in range(8)]
    for k in range(8):
        write_picture(tmp_path / f"{k}.jpg", scene(k))
    assert split_photos(tmp_path, photos, "--percentages", "50", "25", "25")[0] == 1
    assert capsys.readouterr().err.count("no face in it has the label without_mask") == 2


def test_training_reads_what_splitting_writes(tmp_path: Path) -> None:
    for k in range(6):
        write_picture(tmp_path / f"{k}.png", scene(k))
    photos = [listed(f"{k}.png", [(10, 20, 50, 80, 2), (60, 60, 100, 110, 1)]) for k in range(6)]
    photos[0] = replace(photos[0], annotations=replace(photos[0].annotations, ignore=np.array([False, True])))
    split_photos(tmp_path, photos, "--percentages", "100", "0", "0")
    read = list(read_coco_photos(tmp_path / "splits" / "train.json", tmp_path))
    assert len(read) == 6
    assert read[0].annotations.xyxy == pytest.approx(photos[0].annotations.xyxy)
    assert (read[0].annotations.label.tolist(), read[0].annotations.ignore.tolist()) == ([2, 1], [False, True])
    assert (read[1].frame == scene(1)).all()


def test_nonsense_is_refused(tmp_path: Path) -> None:
    write_coco(tmp_path / "all.json", [listed("a.jpg")])
    rest = ["--images", tmp_path, "--out", tmp_path / "out"]
    assert "100 percent" in refused(
        "split", "--manifest", tmp_path / "all.json", *rest, "--percentages", "80", "10", "20"
    )
    assert "missing.json" in refused("split", "--manifest", tmp_path / "missing.json", *rest)
    data = json.loads((tmp_path / "all.json").read_text())
    data["annotations"][0]["category_id"] = 9
    (tmp_path / "all.json").write_text(json.dumps(data))
    assert "all.json is not COCO JSON" in refused("split", "--manifest", tmp_path / "all.json", *rest)
