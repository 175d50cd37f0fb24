"""What the localizer is shown: squares with one face or none, the same ones every time."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest

from model_training.data.annotations import Annotations
from model_training.localizer.close_up_samples import read_close_windows, read_crops
from model_training.localizer.dataset import pack_samples
from model_training.localizer.samples import LocalizerSample, read_localizer_samples, square_frames
from model_training.localizer.window_sampling import (
    SLIVER,
    close_window,
    face_free_window,
    face_window,
    faces_alone,
    large_faces,
    shown_fractions,
)
from tests.model_training.near_faces import crop_folder, near_set
from tests.model_training.painted_faces import GROUND, painted_set, seen_box
from tests.model_training.photo_folders import cut_off
from webapp.vision.detections import LABELS

WH = (320, 240)


def boxes(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def labelled(xyxy: np.ndarray, *ignored: int) -> Annotations:
    """Return faces with a mask, the given ones to ignore."""
    return Annotations(xyxy, np.zeros(len(xyxy), np.int64), np.isin(np.arange(len(xyxy)), ignored))


@pytest.fixture
def samples(tmp_path: Path) -> list[LocalizerSample]:
    return read_localizer_samples(
        painted_set(tmp_path), tmp_path, 96, seed=3, split="val", negatives=[tmp_path / "empty"], held_out=False
    )


def test_every_kind_is_there_and_only_of_the_split(samples: list[LocalizerSample]) -> None:
    kinds = [sample.kind for sample in samples]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "photo": 2,
        "window": 2,
        "empty photo": 4,  # one of the split, three beside it
        "face-free window": 4,
    }
    assert {sample.source for sample in samples} == {"paint", "empty"}


def test_the_box_is_where_the_face_is_in_the_square(samples: list[LocalizerSample]) -> None:
    for sample in samples:
        assert sample.frame.shape == (96, 96, 3)
        assert sample.present == (sample.kind in ("photo", "window"))
        seen = seen_box(sample.frame)
        if sample.present:
            assert seen is not None
            assert sample.box * 96 == pytest.approx(seen, abs=1.6)
            assert LABELS[sample.label] == "without_mask"
        else:
            assert seen is None
            assert (sample.box.tolist(), sample.label) == ([0, 0, 0, 0], -1)


def test_photos_are_letterboxed_as_for_serving(samples: list[LocalizerSample]) -> None:
    wide = next(sample.frame for sample in samples if sample.kind == "photo")
    assert (wide[72:] == 114).all()  # 320 x 240 becomes 96 x 72
    assert (np.abs(wide[:20, :20].astype(int) - GROUND) < 6).all()


def test_samples_are_the_same_every_time_and_others_for_another_seed(tmp_path: Path) -> None:
    coco = painted_set(tmp_path)

    def read(seed: int, limit: int | None = None) -> list[LocalizerSample]:
        return read_localizer_samples(coco, tmp_path, 64, seed, limit=limit)

    first, again, other = read(1), read(1), read(2)
    assert all((a.frame == b.frame).all() and (a.box == b.box).all() for a, b in zip(first, again, strict=True))
    assert any((a.frame != b.frame).any() for a, b in zip(first, other, strict=True) if a.kind == "window")
    assert 0 < len(read(1, limit=2)) < len(first)


def test_a_missing_photo_is_named(tmp_path: Path) -> None:
    coco = painted_set(tmp_path)
    (tmp_path / json.loads(coco.read_text())["images"][0]["file_name"]).unlink()
    with pytest.raises(ValueError, match="cannot be read"):
        read_localizer_samples(coco, tmp_path, 64, 1)


def test_samples_leave_their_pictures_on_disk(tmp_path: Path) -> None:
    coco = painted_set(tmp_path)
    small, large = (read_localizer_samples(coco, tmp_path, size_px, 1) for size_px in (32, 640))
    assert large[0].frame.shape == (640, 640, 3)
    assert len(pickle.dumps(large)) < len(pickle.dumps(small)) + 64
    together = square_frames(large)
    assert all((square == sample.frame).all() for square, sample in zip(together, large, strict=True))
    (tmp_path / "0.png").unlink()
    with pytest.raises(ValueError, match=r"0\.png cannot be read"):
        square_frames(large)


def test_a_window_shows_its_face_whole_and_of_others_a_sliver_at_most() -> None:
    faces = boxes([40, 60, 80, 110], [150, 40, 210, 120], [260, 180, 300, 230])
    rng = np.random.default_rng(0)
    fractions = []
    for k in range(200):
        window = face_window(faces, k % 3, WH, rng)
        assert (window[:2] >= 0).all()
        assert (window[2:] <= WH).all()
        assert shown_fractions(faces, window)[k % 3] == 1
        assert np.delete(shown_fractions(faces, window), k % 3).max() <= SLIVER + 0.05  # whole pixels
        fractions.append(50 / (window[2:] - window[:2]).max())
    assert min(fractions) < 0.3
    assert max(fractions) > 0.7


def test_faces_that_touch_others_or_are_tiny_or_ignored_get_no_window() -> None:
    assert faces_alone(labelled(boxes([0, 0, 40, 40], [30, 0, 70, 40], [200, 0, 240, 40]))).tolist() == [2]
    assert faces_alone(labelled(boxes([0, 0, 10, 10], [100, 0, 140, 40]))).tolist() == [1]
    assert faces_alone(labelled(boxes([0, 0, 40, 40]), 0)).tolist() == []
    assert faces_alone(Annotations.empty()).tolist() == []


def test_a_face_free_window_keeps_off_every_face_or_is_none() -> None:
    rng = np.random.default_rng(0)
    faces = boxes([150, 40, 210, 120])
    found = [face_free_window(faces, WH, rng) for _ in range(100)]
    windows = [window for window in found if window is not None]
    assert len(windows) > 90
    for window in windows:
        assert shown_fractions(faces, window).max() == 0
        assert (window[2:] - window[:2] >= 27).all()
    assert face_free_window(boxes([0, 0, 320, 240]), WH, rng) is None


def test_a_photo_without_usable_faces_still_gives_a_window_without(tmp_path: Path) -> None:
    coco = painted_set(tmp_path)
    data = json.loads(coco.read_text())
    data["annotations"] = [face | {"iscrowd": 1} for face in data["annotations"]]
    coco.write_text(json.dumps(data))
    kinds = {sample.kind for sample in read_localizer_samples(coco, tmp_path, 64, 1)}
    assert kinds == {"face-free window", "empty photo"}
    assert cv2.imread(str(tmp_path / "0.png")) is not None


def test_a_close_window_is_filled_by_its_face_whole_or_cut_and_by_no_other() -> None:
    faces = boxes([150, 90, 290, 270], [380, 200, 440, 280], [20, 20, 44, 50])
    rng, wh = np.random.default_rng(0), (480, 360)
    fractions, cut = [], 0
    for _ in range(300):
        window = close_window(faces, 0, wh, rng)
        assert window is not None
        assert (window[:2] >= 0).all()
        assert (window[2:] <= wh).all()
        seen = shown_fractions(faces, window)
        assert seen[0] > 1 - 0.45
        assert seen[1:].max() <= SLIVER
        cut += bool(seen[0] < 0.99)
        fractions.append(seen[0] * (140 * 180) / np.prod(window[2:] - window[:2]))
    assert 0.1 < min(fractions) < 0.3
    assert 0.7 < max(fractions) < 0.95
    assert 0.2 < cut / 300 < 0.45
    assert close_window(faces, 2, wh, rng) is None  # 24 px are blur
    assert large_faces(labelled(faces, 1)).tolist() == [True, False, False]


def test_close_windows_are_those_of_the_close_ups_with_the_box_where_the_face_is(tmp_path: Path) -> None:
    coco = near_set(tmp_path, "val")
    samples = read_close_windows(coco, tmp_path, 96, split="val", least=24)
    assert len(samples) >= 12
    assert read_close_windows(coco, tmp_path, 96, split="test") == []
    assert {(sample.kind, sample.present, sample.boxed) for sample in samples} == {("close window", True, True)}
    at_edge = 0
    for sample in samples:
        seen = seen_box(sample.frame)
        assert seen is not None
        assert sample.box * 96 == pytest.approx(seen, abs=2.5)
        assert 0.15 < np.prod(sample.box[2:] - sample.box[:2]) < 0.9
        x1, y1, x2, y2 = sample.square.window_xyxy
        inner = np.array([x2 - x1, y2 - y1]) / max(x2 - x1, y2 - y1)  # the rest of the square is grey
        at_edge += bool((sample.box[:2] == 0).any() or (sample.box[2:] > inner - 0.01).any())
    assert at_edge >= len(samples) // 3
    again = read_close_windows(coco, tmp_path, 96, split="val", least=24)
    assert all((a.frame == b.frame).all() for a, b in zip(samples, again, strict=True))


def test_a_broken_photo_gives_no_close_window(tmp_path: Path) -> None:
    coco = near_set(tmp_path, "val")
    cut_off(tmp_path / "near-val-0.png", 0.5)
    names = {sample.file_name for sample in read_close_windows(coco, tmp_path, 64)}
    assert names == {"near-val-1.png", "near-val-2.png", "near-val-3.png"}


def test_ready_crops_are_faces_without_a_box(tmp_path: Path) -> None:
    folder = crop_folder(tmp_path / "crops")
    samples, left_out = read_crops(folder, [], 48)
    assert len(samples) == 6
    assert left_out == 0
    assert {(sample.kind, sample.present, sample.boxed, sample.box.sum()) for sample in samples} == {
        ("crop", True, False, 0.0)
    }
    assert sorted(sample.label for sample in samples) == [0, 0, 0, 1, 1, 1]
    weights = pack_samples(samples)[2]
    assert weights["box"].sum() == 0
    assert weights["face_score"].sum() == 6
    assert read_crops(folder, [folder], 48) == ([], 6)
