"""Precision, recall, average precision, and the threshold that lets a stated number of false false_positives through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_training.data.arrays import Floats
from model_training.evaluation.matching import FALSE_POSITIVE, IGNORED, TRUE_POSITIVE, Matches

FALSE_POSITIVES_PER_PHOTO = 0.1
"""The rule by which the shipped threshold is chosen."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Precision and recall as the threshold falls.

    Args:
        recall: float64 (n,), share of the wanted faces found so far.
        precision: float64 (n,), share of the answers so far that were right.
        average: area under the curve, every point counted, precision made to fall (VOC 2010 and later); NaN where
            nobody was wanted.
    """

    recall: Floats
    precision: Floats
    average: float


def precision_recall(matches: Matches) -> Curve:
    """Draw the curve of one question."""
    wanted, judged = len(matches.wanted), matches.verdict != IGNORED
    order = np.argsort(-matches.score[judged], kind="stable")
    hits = np.cumsum(matches.verdict[judged][order] == TRUE_POSITIVE)
    return curve_from_counts(hits, np.arange(1, len(hits) + 1), wanted)


def curve_from_counts(hits: NDArray[Any], answers: NDArray[Any], wanted: float) -> Curve:
    """Turn running counts into a curve.

    Args:
        hits: (n,), right answers so far, as the threshold falls.
        answers: (n,), all answers so far, at least 1.
        wanted: how many there are to be found.
    """
    if wanted == 0:
        return Curve(np.zeros(0), np.zeros(0), float("nan"))
    recall, precision = hits / wanted, hits / answers
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return Curve(recall, precision, float((np.diff(recall, prepend=0) * falling).sum()))


def threshold_for(matches: Matches, photos: int, false_positives_per_photo: float = FALSE_POSITIVES_PER_PHOTO) -> float:
    """Return the lowest score at which the false false_positives stay within the rate.

    Args:
        matches: on all faces, labels ignored.
        photos: how many were looked at.
        false_positives_per_photo: the rate.
    """
    allowed = int(np.floor(false_positives_per_photo * photos))
    false_positives = np.sort(matches.score[matches.verdict == FALSE_POSITIVE])[::-1]
    if len(false_positives) <= allowed:
        return float(matches.score.min(initial=1.0)) if len(matches.score) else 0.0
    # The first alarm too many must stay out, and with it everything that scores the same.
    above = matches.score[matches.score > false_positives[allowed]]
    return float(above.min()) if len(above) else float(false_positives[allowed]) + 1e-9


def false_positives_per_photo(matches: Matches, photos: int, threshold: float) -> float:
    """Return how many false false_positives a photo has at a threshold."""
    return float(((matches.verdict == FALSE_POSITIVE) & (matches.score >= threshold)).sum() / max(photos, 1))
