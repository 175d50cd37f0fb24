"""Augmentation: boxes follow, randomness is seeded, and nothing but training photos is touched."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model_training.data.annotations import Annotations, LabelledFrame
from model_training.data.coco import read_coco, write_coco
from model_training.data.image_files import write_jpeg
from model_training.data.labelled_photos import read_coco_photos
from model_training.prepare import augment
from model_training.training.photo_augmentation import AugmentationOptions, augment_photo
from tests.model_training.photo_folders import listed, refused, scene, stage
from tests.model_training.photo_folders import write_picture as write
from webapp.vision.frames import Frame

WHOLE = AugmentationOptions(crop_fractions=(1.0, 1.0))


def white_box(width: int, height: int, x1: int, y1: int, x2: int, y2: int) -> LabelledFrame:
    frame = np.zeros((height, width, 3), np.uint8)
    frame[y1:y2, x1:x2] = 255
    box = np.array([[x1, y1, x2, y2]], np.float32)
    return LabelledFrame(frame, Annotations(box, np.array([2]), np.zeros(1, bool)))


def copies(photo: LabelledFrame, options: AugmentationOptions, number: int = 40) -> list[LabelledFrame]:
    return [augment_photo(photo, np.random.default_rng([7, k]), options) for k in range(number)]


@pytest.mark.parametrize("size", [(640, 480), (300, 200), (1000, 1600)])
def test_boxes_follow_what_they_enclose(size: tuple[int, int]) -> None:
    width, height = size
    photo = white_box(width, height, width // 4, height // 3, width // 2, height // 2)
    sides = set()
    for copy in copies(photo, AugmentationOptions()):
        assert copy.frame.shape == (450, 450, 3)
        # Neither light nor margin (grey of 114) reaches this value, and the box stays above it.
        rows, columns = np.nonzero(copy.frame.min(axis=2) > 150)
        if not len(copy.annotations):
            assert len(rows) == 0
            continue
        seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert copy.annotations.xyxy[0] == pytest.approx(seen, abs=2.0)
        assert copy.annotations.label.tolist() == [2]
        sides.add(round(float(copy.annotations.xyxy[0, 2] - copy.annotations.xyxy[0, 0])))
    assert sides


def test_small_photos_are_padded_large_ones_scaled_down_none_enlarged() -> None:
    for width, side in ((160, 40), (450, 112.5), (1800, 112.5)):
        for copy in copies(white_box(width, width, width // 2, 10, width * 3 // 4, 50), WHOLE, 6):
            assert copy.annotations.xyxy[0, 2] - copy.annotations.xyxy[0, 0] == pytest.approx(side, abs=1)
    small = copies(white_box(100, 100, 20, 20, 60, 60), WHOLE, 12)
    assert all((copy.frame == 114).all(axis=2).sum() >= 450 * 450 - 100 * 100 for copy in small)
    assert len({tuple(copy.annotations.xyxy[0].tolist()) for copy in small}) > 6


def test_flips_happen_as_often_as_asked() -> None:
    photo = white_box(450, 450, 20, 30, 90, 120)
    upright = copies(photo, AugmentationOptions(crop_fractions=(1.0, 1.0), vertical_flip=0.0))
    assert all(copy.annotations.xyxy[0, 1] == pytest.approx(30, abs=1) for copy in upright)
    assert 10 <= sum(copy.annotations.xyxy[0, 0] > 200 for copy in upright) <= 30
    over = copies(photo, AugmentationOptions(crop_fractions=(1.0, 1.0), vertical_flip=1.0))
    assert all(copy.annotations.xyxy[0, 1] == pytest.approx(330, abs=1) for copy in over)


def test_colours_stay_in_their_order() -> None:
    photo = white_box(450, 450, 20, 30, 90, 120)
    blue = replace(photo, frame=np.full((450, 450, 3), (200, 60, 60), np.uint8))
    for copy in copies(blue, WHOLE, 12):
        mean = copy.frame.reshape(-1, 3).mean(axis=0)
        assert mean[0] > 1.5 * max(mean[1:])


@pytest.mark.parametrize("enlarged", [1, 3])
def test_faces_that_are_mostly_cut_away_become_ignored(enlarged: int) -> None:
    photo = white_box(*(enlarged * v for v in (640, 480, 0, 100, 200, 300)))
    seen = copies(photo, AugmentationOptions(450 * enlarged, (1.0, 0.7), vertical_flip=0.0), 80)
    small = copies(photo, AugmentationOptions(crop_fractions=(1.0, 0.7), vertical_flip=0.0), 80)
    assert [copy.annotations.ignore.tolist() for copy in small] == [copy.annotations.ignore.tolist() for copy in seen]
    widths = (
        np.array([copy.annotations.xyxy[0, 2] - copy.annotations.xyxy[0, 0] for copy in seen if len(copy.annotations)])
        / enlarged
    )
    ignore = np.array([bool(copy.annotations.ignore[0]) for copy in seen if len(copy.annotations)])
    assert widths[ignore].max() < 0.5 * 200 < widths[~ignore].max()
    assert widths[~ignore].min() > 0.4 * 200


def test_the_generator_belongs_to_the_caller_in_any_thread() -> None:
    photo = LabelledFrame(scene(1, 640, 480), Annotations.empty())

    def copy(k: int) -> LabelledFrame:
        return augment_photo(photo, np.random.default_rng([1, k]), AugmentationOptions())

    alone = [copy(k) for k in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(copy, range(8)))
    assert all((a.frame == b.frame).all() for a, b in zip(alone, together, strict=True))
    assert len({a.frame.tobytes() for a in alone}) == 8


def test_the_stage_writes_pictures_with_boxes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a/1.png", "a/2.png"):
        write(tmp_path / name, scene(len(name), 640, 480))
    (tmp_path / "a/3.png").write_text("nothing")
    photos = [listed(f"a/{k}.png", [(200, 150, 400, 350, 1)], (640, 480), split="train") for k in (1, 2, 3)]
    write_coco(tmp_path / "train.json", photos)
    command = ["augment", "--manifest", tmp_path / "train.json", "--images", tmp_path, "--copies", "5"]
    assert stage(*command, "--out", tmp_path / "one") == 1
    assert "a/3.png: this cannot be read as a picture" in capsys.readouterr().err
    made = read_coco(tmp_path / "one" / "manifest.json")
    assert len(made) == 10
    assert {photo.made_from for photo in made} == {"a/1.png", "a/2.png"}
    assert {photo.split for photo in made} == {"train"}
    read = list(read_coco_photos(tmp_path / "one" / "manifest.json", tmp_path / "one"))
    assert {photo.frame.shape for photo in read} == {(450, 450, 3)}
    assert sum(len(photo.annotations) for photo in read) >= 8
    assert stage(*command, "--out", tmp_path / "two") == 1
    assert (tmp_path / "one/images/a-1-04.jpg").read_bytes() == (tmp_path / "two/images/a-1-04.jpg").read_bytes()
    assert "not empty" in refused(*command, "--out", tmp_path / "two")


def test_a_stopped_run_leaves_nothing_in_the_way_of_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.png", scene(1))
    write_coco(tmp_path / "m.json", [listed("a.png", split="train")])
    out = tmp_path / "out"
    command = ["augment", "--manifest", tmp_path / "m.json", "--images", tmp_path, "--copies", "3"]
    written: list[Path] = []

    def stop_at_the_third(path: Path, frame: Frame) -> None:
        write_jpeg(path, frame)
        written.append(path)
        if len(written) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(augment, "write_jpeg", stop_at_the_third)
        assert stage(*command, "--out", out) == 130
    assert not list(tmp_path.glob("out*"))
    (tmp_path / "out.part" / "images").mkdir(parents=True)  # as a run leaves it that was killed
    (tmp_path / "out.part" / "images" / "old.jpg").touch()
    out.mkdir()
    assert stage(*command, "--out", out) == 0
    assert sorted(path.name for path in (out / "images").iterdir()) == ["a-00.jpg", "a-01.jpg", "a-02.jpg"]
    assert not (tmp_path / "out.part").exists()


@pytest.mark.parametrize(
    ("split", "printed"), [("val", "is a val photo"), ("test", "is a test photo"), (None, "no split")]
)
def test_other_photos_are_refused_before_anything_is_written(tmp_path: Path, split: str | None, printed: str) -> None:
    write(tmp_path / "a.png", scene(1))
    write(tmp_path / "b.png", scene(2))
    write_coco(tmp_path / "m.json", [listed("a.png", split="train"), listed("b.png", split=split)])
    out = tmp_path / "out"
    assert printed in refused("augment", "--manifest", tmp_path / "m.json", "--images", tmp_path, "--out", out)
    assert not out.exists()
