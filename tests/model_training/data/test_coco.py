"""Annotations keep their rows together, and a manifest gives back what was written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from model_training.data.annotations import Annotations, Photo
from model_training.data.coco import read_coco, write_coco

XYXY = np.array([[10, 20, 30.25, 60], [5, 5, 25, 17]], np.float32)


def annotations() -> Annotations:
    probs = np.array([[0.5, 0.25, 0.25], [0, 0, 1]], np.float32)
    return Annotations(XYXY, np.array([0, 2]), np.array([False, True]), probs)


def test_selected_rows_stay_together() -> None:
    faces = annotations()
    assert faces.shorter_side_px.tolist() == [20.25, 12]
    assert faces.label_counts().tolist() == [1, 0, 0]
    turned = faces.select(np.array([1, 0]))
    assert turned.xyxy.tolist() == XYXY[::-1].tolist()
    assert (turned.label.tolist(), turned.ignore.tolist()) == ([2, 0], [True, False])
    assert turned.probabilities.tolist() == [[0, 0, 1], [0.5, 0.25, 0.25]]
    nothing = faces.select(np.zeros(2, bool))
    assert len(nothing) == len(Annotations.empty()) == 0
    assert nothing.shorter_side_px.shape == (0,)


def test_without_a_teacher_labels_are_certain() -> None:
    certain = Annotations(XYXY, np.array([0, 2]), np.zeros(2, bool))
    assert certain.probabilities.tolist() == [[1, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("xyxy", "ignore", "named"),
    [
        (XYXY.astype(np.float64), np.zeros(2, bool), "xyxy"),
        (XYXY[:, :3], np.zeros(2, bool), "xyxy"),
        (XYXY, np.zeros(1, bool), "ignore"),
        (XYXY, np.zeros(2), "ignore"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(xyxy: np.ndarray, ignore: np.ndarray, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Annotations(xyxy, np.array([0, 2]), ignore)


def test_a_manifest_gives_back_what_was_written(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "all.json"
    listed = [
        Photo("a/1.jpg", (640, 480), annotations(), "set", "monday", "val", 7, "0.jpg"),
        Photo("2.jpg", (320, 200), Annotations.empty(), "set"),
    ]
    write_coco(file, listed)
    first, second = read_coco(file, images=tmp_path)
    assert first.path == tmp_path / "a" / "1.jpg"
    assert (first.resolution_wh, first.source, first.session) == ((640, 480), "set", "monday")
    assert (first.split, first.group, first.made_from) == ("val", 7, "0.jpg")
    assert first.annotations.xyxy.tolist() == XYXY.tolist()
    assert (first.annotations.label.tolist(), first.annotations.ignore.tolist()) == ([0, 2], [False, True])
    assert (second.split, second.group, len(second.annotations)) == (None, None, 0)
    assert [photo.file_name for photo in read_coco(file, "train")] == ["2.jpg"]


def test_an_image_without_size_is_named(tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    write_coco(file, [Photo("a.jpg", (64, 48), Annotations.empty(), "set")])
    data = json.loads(file.read_text())
    del data["images"][0]["width"]
    file.write_text(json.dumps(data))
    with pytest.raises(ValueError, match=r"all\.json is not COCO JSON with our labels: a\.jpg lacks width"):
        read_coco(file)
