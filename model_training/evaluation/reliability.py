"""Reliability of scores: tables by bin and expected calibration error (Guo et al. 2017, arXiv:1706.04599)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_training.evaluation.matching import IGNORED, TRUE_POSITIVE, Matches, Scene
from webapp.vision.detections import Float64Array

BINS = 10


def detection_calibration(matches: Matches, threshold: float) -> dict[str, Any]:
    """Compare detection scores with the fraction of detections that are faces.

    Args:
        matches: on all faces, labels ignored.
        threshold: lowest score that is shown; the thousands of detections below it are never shown, and they
            would make the error seem small.
    """
    counted = (matches.result != IGNORED) & (matches.score >= threshold)
    return reliability(matches.score[counted], matches.result[counted] == TRUE_POSITIVE)


def label_calibration(scenes: Sequence[Scene], matches: Matches, threshold: float) -> dict[str, Any] | None:
    """Compare label scores with the fraction of labels that are right (three classes), on faces that are found.

    Args:
        scenes: all photos.
        matches: on all faces, labels ignored.
        threshold: lowest detection score that is shown.

    Returns:
        None where the predictions have no label scores.
    """
    shown = (matches.result == TRUE_POSITIVE) & (matches.score >= threshold)
    rows = list(zip(matches.scene[shown], matches.detection[shown], matches.face[shown], strict=True))
    score = np.array([scenes[s].found.label_score[a] for s, a, _ in rows], float)
    if np.isnan(score).any():
        return None
    right = np.array([scenes[s].found.label[a] == scenes[s].gt_label[f] for s, a, f in rows], bool)
    return reliability(score, right)


def reliability(score: Float64Array, right: NDArray[np.bool_]) -> dict[str, Any]:
    """Sort scores into ten bins of the same width.

    Args:
        score: float64 (n,) in [0, 1].
        right: bool (n,).

    Returns:
        `count`, `expected_calibration_error` (NaN without a score) and `bins`, those that are not empty: `low`, `high`,
        `count`, `mean_score`, `fraction_correct`.
    """
    index = np.minimum((score * BINS).astype(np.int64), BINS - 1)
    bins, error = [], 0.0
    for k in np.unique(index):
        inside = index == k
        mean, correct, count = float(score[inside].mean()), float(right[inside].mean()), int(inside.sum())
        bins.append(
            {"low": k / BINS, "high": (k + 1) / BINS, "count": count, "mean_score": mean, "fraction_correct": correct}
        )
        error += count / len(score) * abs(mean - correct)
    return {
        "count": len(score),
        "expected_calibration_error": error if len(score) else float("nan"),
        "bins": bins,
    }
