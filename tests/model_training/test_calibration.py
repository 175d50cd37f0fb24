"""Calibration and thresholds on made-up answers whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from model_training.calibration import fit_platt, fit_temperature, match_truth, threshold_for
from model_training.photos import LabelledPhoto
from webapp.vision.detections import Detections


def photo(*rows: list[float], doubtful: bool = False) -> LabelledPhoto:
    boxes, n = np.array(rows, np.float32).reshape(-1, 4), len(rows)
    frame = np.zeros((576, 576, 3), np.uint8)
    return LabelledPhoto(frame, boxes, np.zeros(n, np.int64), "made up", np.full(n, doubtful))


def seen(*rows: tuple[list[float], float]) -> Detections:
    boxes = np.array([box for box, _ in rows], np.float32).reshape(-1, 4)
    return Detections(boxes, np.array([score for _, score in rows], np.float32))


def test_a_face_is_hit_once_and_tiny_or_doubtful_ones_do_not_count() -> None:
    box = [100.0, 100.0, 150.0, 150.0]
    twice = np.array([box, [102, 100, 152, 150], [300, 300, 350, 350]], np.float32)
    assert match_truth(photo(box), twice).tolist() == [0, -1, -1]
    assert match_truth(photo(box, doubtful=True), twice).tolist() == [-2, -2, -1]
    tiny = [100.0, 100.0, 111.0, 120.0]
    assert match_truth(photo(tiny), np.array([tiny], np.float32)).tolist() == [-2]
    assert match_truth(photo(), twice).tolist() == [-1, -1, -1]
    assert match_truth(photo(box), np.zeros((0, 4), np.float32)).tolist() == []


def test_platt_finds_the_slope_and_offset_that_made_the_answers() -> None:
    rng = np.random.default_rng(0)
    logit = rng.normal(0, 2, 20_000)
    right = rng.random(20_000) < 1 / (1 + np.exp(-(2.5 * logit - 0.7)))
    slope, offset = fit_platt(logit, right)
    assert slope == pytest.approx(2.5, abs=0.15)
    assert offset == pytest.approx(-0.7, abs=0.1)
    with pytest.raises(ValueError, match="wrong"):
        fit_platt(logit, np.ones(len(logit), bool))


def test_the_temperature_undoes_overconfidence() -> None:
    rng = np.random.default_rng(1)
    honest = rng.normal(0, 1.5, (20_000, 3))
    shares = np.exp(honest) / np.exp(honest).sum(axis=1, keepdims=True)
    label = (shares.cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    loud = np.exp(3 * honest) / np.exp(3 * honest).sum(axis=1, keepdims=True)
    assert fit_temperature(loud.astype(np.float32), label) == pytest.approx(3, rel=0.06)
    assert fit_temperature(shares.astype(np.float32), label) == pytest.approx(1, rel=0.06)


def test_the_threshold_lets_through_as_many_false_alarms_as_allowed() -> None:
    face, wall = [100.0, 100.0, 150.0, 150.0], [300.0, 300.0, 350.0, 350.0]
    photos = [photo(face)] * 10
    found = [seen((face, 0.9), (wall, i / 20)) for i in range(10)]
    threshold = threshold_for(photos, found, false_alarms_a_photo=0.2, iou_threshold=0.5)
    alarms = sum(float(detections.detection_score[1]) >= threshold for detections in found)
    assert alarms == 2
    assert threshold_for(photos, [seen((face, 0.9))] * 10, 0.2, 0.5) == 0.0
