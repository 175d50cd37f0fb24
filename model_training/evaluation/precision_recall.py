"""Precision, recall, average precision, and the threshold that lets a stated number of false alarms through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_training.data.arrays import Floats
from model_training.evaluation.matching import FALSE_ALARM, HIT, IGNORED, Verdicts

ALARMS_PER_PHOTO = 0.1
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


def precision_recall(verdicts: Verdicts) -> Curve:
    """Draw the curve of one question."""
    wanted, judged = len(verdicts.wanted), verdicts.verdict != IGNORED
    order = np.argsort(-verdicts.score[judged], kind="stable")
    hits = np.cumsum(verdicts.verdict[judged][order] == HIT)
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


def threshold_for(verdicts: Verdicts, photos: int, alarms_per_photo: float = ALARMS_PER_PHOTO) -> float:
    """Return the lowest score at which the false alarms stay within the rate.

    Args:
        verdicts: on all faces, labels ignored.
        photos: how many were looked at.
        alarms_per_photo: the rate.
    """
    allowed = int(np.floor(alarms_per_photo * photos))
    alarms = np.sort(verdicts.score[verdicts.verdict == FALSE_ALARM])[::-1]
    if len(alarms) <= allowed:
        return float(verdicts.score.min(initial=1.0)) if len(verdicts.score) else 0.0
    # The first alarm too many must stay out, and with it everything that scores the same.
    above = verdicts.score[verdicts.score > alarms[allowed]]
    return float(above.min()) if len(above) else float(alarms[allowed]) + 1e-9


def alarms_per_photo(verdicts: Verdicts, photos: int, threshold: float) -> float:
    """Return how many false alarms a photo has at a threshold."""
    return float(((verdicts.verdict == FALSE_ALARM) & (verdicts.score >= threshold)).sum() / max(photos, 1))
