"""Calibration and thresholds on made-up predictions with known labels."""

from __future__ import annotations

import numpy as np
import pytest

from model_training.data.annotations import Annotations, LabelledFrame
from model_training.detector.score_fitting import (
    best_f1_threshold,
    fit_platt,
    fit_temperature,
    limit_threshold,
    match_ground_truth,
)


def photo(*rows: list[float], ignore: bool = False) -> LabelledFrame:
    boxes, n = np.array(rows, np.float32).reshape(-1, 4), len(rows)
    frame = np.zeros((576, 576, 3), np.uint8)
    return LabelledFrame(frame, Annotations(boxes, np.zeros(n, np.int64), np.full(n, ignore)))


def test_a_face_is_matched_once_and_tiny_or_ignored_ones_do_not_count() -> None:
    box = [100.0, 100.0, 150.0, 150.0]
    twice = np.array([box, [102, 100, 152, 150], [300, 300, 350, 350]], np.float32)
    assert match_ground_truth(photo(box), twice).tolist() == [0, -1, -1]
    assert match_ground_truth(photo(box, ignore=True), twice).tolist() == [-2, -2, -1]
    tiny = [100.0, 100.0, 111.0, 120.0]
    assert match_ground_truth(photo(tiny), np.array([tiny], np.float32)).tolist() == [-2]
    loose = np.array([[120.0, 100.0, 180.0, 150.0]], np.float32)  # IoU .375
    assert match_ground_truth(photo(box, ignore=True), loose).tolist() == [-2]
    assert match_ground_truth(photo(box), loose).tolist() == [-1]
    assert match_ground_truth(photo(), twice).tolist() == [-1, -1, -1]
    assert match_ground_truth(photo(box), np.zeros((0, 4), np.float32)).tolist() == []


def test_platt_finds_the_coefficients_that_made_the_detections() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(0, 2, (20_000, 2))
    right = rng.random(20_000) < 1 / (1 + np.exp(-(2.5 * features[:, 0] + 0.5 * features[:, 1] - 0.7)))
    slope, size_slope, offset = fit_platt(features, right)
    assert (slope, size_slope, offset) == pytest.approx((2.5, 0.5, -0.7), abs=0.15)
    with pytest.raises(ValueError, match="wrong"):
        fit_platt(features, np.ones(len(features), bool))


def test_a_weight_counts_as_many_detections() -> None:
    features = np.array([[-1.0], [0], [0], [1], [2], [-2]])
    right = np.array([False, True, False, True, True, True])
    twice = fit_platt(np.concatenate([features, features[:2]]), np.concatenate([right, right[:2]]))
    assert fit_platt(features, right, np.array([2.0, 2, 1, 1, 1, 1])) == pytest.approx(twice, abs=1e-6)


@pytest.mark.filterwarnings("error")
def test_faces_of_one_size_can_be_fitted() -> None:
    # The size is the same everywhere, so only its sum with the offset is determined. By hand: 1/4 and 3/4 are right.
    features = np.column_stack([np.repeat([-1.0, 1.0], 4), np.full(8, 1.3), np.full(8, 1.3**2)])
    right = np.array([True, False, False, False, True, True, True, False])
    *coefficients, offset = fit_platt(features, right)
    probability = 1 / (1 + np.exp(-(features @ np.array(coefficients) + offset)))
    assert probability == pytest.approx(np.repeat([0.25, 0.75], 4), abs=1e-6)


def test_the_temperature_undoes_overconfidence() -> None:
    rng = np.random.default_rng(1)
    honest = rng.normal(0, 1.5, (20_000, 3))
    fractions = np.exp(honest) / np.exp(honest).sum(axis=1, keepdims=True)
    label = (fractions.cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    loud = np.exp(3 * honest) / np.exp(3 * honest).sum(axis=1, keepdims=True)
    assert fit_temperature(loud.astype(np.float32), label) == pytest.approx(3, rel=0.06)
    assert fit_temperature(fractions.astype(np.float32), label) == pytest.approx(1, rel=0.06)


def test_the_threshold_of_the_best_f1() -> None:
    score, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False])
    # By hand, of two faces: 2/3, 1/2, 4/5, 2/3 as the threshold falls.
    assert best_f1_threshold(score, right, faces=2) == 0.7
    # Of many more faces each one found counts.
    assert best_f1_threshold(np.array([0.9, 0.5]), np.array([True, True]), faces=50) == 0.5
    assert best_f1_threshold(score, np.zeros(4, bool), faces=2) == 1


def test_a_limit_on_empty_photos_holds() -> None:
    score = np.array([0.2, 0.9, 0.5, 0.7])
    for allowed in (2, 1, 0):
        assert (score >= limit_threshold(score, allowed)).sum() == allowed
    assert limit_threshold(score, 50) == 0
