from __future__ import annotations

import math

import numpy as np
import pytest

from model_training.evaluation.bootstrap import missing_intervals, with_intervals
from model_training.evaluation.classification import class_metrics, resampled_areas, roc, score_curve, weighted_mean
from model_training.report.plots import nice_top
from model_training.report.tables import bar_start, interval_cells, number_cells
from model_training.report.words import brackets_words, ends_words, interval_words, percent


def test_roc_by_hand() -> None:
    # Pairs of a positive and a negative: .9 beats both, .5 beats one and ties with none, .4 and .4 tie.
    curve = roc(np.array([0.9, 0.5, 0.4, 0.6, 0.4]), np.array([True, True, True, False, False]))
    assert curve.false_positive_rate.tolist() == [0, 0, 0.5, 0.5, 1]
    assert curve.recall.tolist() == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3, 1])
    assert curve.area == pytest.approx((2 + 1 + 0.5) / 6)


def test_the_area_is_the_fraction_of_pairs_in_order_and_needs_both_kinds() -> None:
    rng = np.random.default_rng(2)
    score, positive = rng.integers(0, 8, 60) / 8, rng.random(60) < 0.4
    ahead = score[positive][:, None] - score[~positive][None]
    assert roc(score, positive).area == pytest.approx(float(((ahead > 0) + (ahead == 0) / 2).mean()))
    assert math.isnan(roc(score, np.ones(60, bool)).area)
    assert math.isnan(roc(np.zeros(0), np.zeros(0, bool)).area)


def test_average_precision_by_hand_whatever_the_order_of_equal_scores() -> None:
    # .9 right; then two of .5, one of them right: 1/2 at 1, 1/2 at 2/3.
    for positive in ([True, True, False, False], [True, False, True, False]):
        curve = score_curve(np.array([0.9, 0.5, 0.5, 0.1]), np.array(positive))
        assert curve.recall.tolist() == [0.5, 1, 1]
        assert curve.precision.tolist() == pytest.approx([1, 2 / 3, 1 / 2])
        assert curve.average == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert math.isnan(score_curve(np.array([0.5]), np.array([False])).average)


def test_a_weight_counts_a_sample_so_many_times() -> None:
    rng = np.random.default_rng(3)
    score, gt_label = rng.dirichlet((1, 1, 1), 40), rng.integers(0, 3, 40)
    times = rng.integers(0, 4, 40)
    repeated = np.repeat(np.arange(40), times)
    both = np.stack([np.ones(40), times])
    weighted = class_metrics(gt_label, score, "abc", both)
    counted = class_metrics(gt_label[repeated], score[repeated], "abc", np.ones((1, len(repeated))))
    once = class_metrics(gt_label, score, "abc", np.ones((1, 40)))
    for name, values in weighted.items():
        assert values.tolist() == pytest.approx([once[name][0], counted[name][0]])


def test_the_areas_of_resamples_are_those_of_the_curves() -> None:
    rng = np.random.default_rng(4)
    score, positive = rng.integers(0, 9, 50) / 9, rng.random(50) < 0.3
    weight = rng.integers(0, 3, (30, 50)).astype(float)
    weight[0, ~positive] = 0
    weight[1, positive] = 0
    area, average = resampled_areas(score, positive, weight)
    for i, times in enumerate(weight.astype(int)):
        rows = np.repeat(np.arange(50), times)
        assert area[i] == pytest.approx(roc(score[rows], positive[rows]).area, nan_ok=True)
        assert average[i] == pytest.approx(score_curve(score[rows], positive[rows]).average, nan_ok=True)
    assert np.isnan(area).tolist() == [True, True, *[False] * 28]
    assert np.isnan(average).tolist() == [False, True, *[False] * 28]


def test_recall_and_precision_by_hand() -> None:
    score = np.array([[0.8, 0.2], [0.6, 0.4], [0.3, 0.7], [0.9, 0.1]])
    metrics = class_metrics(np.array([0, 1, 1, 0]), score, ("mask", "bare"), np.ones((1, 4)))
    assert metrics["accuracy"] == 0.75
    assert (metrics["recall mask"], metrics["recall bare"]) == (1, 0.5)
    assert (metrics["precision mask"], metrics["precision bare"]) == (pytest.approx(2 / 3), 1)
    assert metrics["roc_auc mask"] == 1
    assert math.isnan(weighted_mean(np.array([True]), np.zeros((1, 1)))[0])


def test_photos_are_drawn_whole() -> None:
    # Four photos of 25 faces each, one of them all wrong: as single faces they would look like much more evidence.
    right = np.repeat([1.0, 1.0, 1.0, 0.0], 25)

    def metrics(weight: np.ndarray) -> dict[str, np.ndarray]:
        return {"accuracy": weighted_mean(right, weight), "nothing": np.full(len(weight), np.nan)}

    by_photo = with_intervals(metrics, np.repeat([7, 3, 5, 1], 25))
    by_face = with_intervals(metrics, np.arange(100))
    assert by_photo["accuracy"]["value"] == by_face["accuracy"]["value"] == 0.75
    # Binomial: of four draws, none or all right in 0.4 and 31.6 %; of a hundred, a standard deviation of .043.
    assert (by_photo["accuracy"]["low"], by_photo["accuracy"]["high"]) == (0.25, 1.0)
    assert by_face["accuracy"]["low"] == pytest.approx(0.75 - 1.96 * 0.0433, abs=0.02)
    assert by_face["accuracy"]["high"] == pytest.approx(0.75 + 1.96 * 0.0433, abs=0.02)
    assert all(math.isnan(value) for value in by_photo["nothing"].values())
    assert with_intervals(metrics, np.arange(100), seed=2)["accuracy"] != by_face["accuracy"]
    assert str(with_intervals(metrics, np.arange(100))) == str(by_face)


def test_one_or_two_groups_are_no_interval() -> None:
    def metrics(weight: np.ndarray) -> dict[str, np.ndarray]:
        return {"accuracy": weighted_mean(np.tile([1.0, 0.0], 6), weight)}

    for groups in (1, 2):
        fraction = with_intervals(metrics, np.arange(12) % groups)["accuracy"]
        assert fraction["value"] == 0.5
        assert math.isnan(fraction["low"])
        assert math.isnan(fraction["high"])
    three = with_intervals(metrics, np.arange(12) // 4)["accuracy"]
    assert three["low"] <= 0.5 <= three["high"]
    assert missing_intervals(3) is None
    assert "one group" in str(missing_intervals(1))
    assert "2 groups" in str(missing_intervals(2))


def test_a_missing_interval_is_a_dash_and_the_reason_is_reported() -> None:
    fraction = {"value": 0.179, "low": None, "high": None}
    assert interval_words(fraction) == "0.1790 (–)"
    assert interval_cells(**fraction) == ["17.9 %", "–", ""]
    assert number_cells(fraction, 0.0) == ["0.179", "–", ""]
    assert ends_words(fraction, percent) == "–"
    assert ends_words({"low": 0.25, "high": 0.5}, percent) == "25.0 % to 50.0 %"
    assert brackets_words({"missing_intervals": None}) == "In brackets: 95 % intervals."
    assert brackets_words({"missing_intervals": "too few"}) == "No 95 % intervals: too few."


def test_scales_end_where_the_figures_do() -> None:
    assert [nice_top(value) for value in (0.7, 1, 1.1, 2.3, 26, 0.03, 0)] == [1, 1, 2, 2.5, 50, 0.05, 1]
    fractions = [{"value": 0.95, "low": 0.91, "high": 0.97}, {"value": 0.8, "low": 0.6, "high": 0.9}]
    assert (bar_start(fractions[:1]), bar_start(fractions), bar_start([])) == (0.9, 0.5, 0)
    assert interval_cells(**fractions[1], digits=1)[:2] == ["80.0 %", "60.0 to 90.0"]
    assert interval_cells(None, None, None) == ["–", "", ""]
