"""Parity of an exported localizer with its Keras model, and its metrics on validation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model_training.localizer.dataset import PlainSquares
from model_training.localizer.samples import LocalizerSample
from webapp.vision.boxes import box_iou
from webapp.vision.detections import FloatArray
from webapp.vision.detectors.localizer import LocalizerDetector


@dataclass(frozen=True, eq=False)
class LocalizerPredictions:
    """Predictions of a localizer.

    Args:
        score: float32 (n,), of a face.
        box: float32 (n, 4), fractions of the square.
    """

    score: FloatArray
    box: FloatArray


@dataclass(frozen=True)
class Parity:
    """How far an exported file is from its Keras model.

    Args:
        samples: compared.
        largest_score_difference: of the presence of a face.
        fraction_decided_otherwise: of the samples where only one of them finds a face.
        mean_box_iou: of both boxes, on samples with a face.
    """

    samples: int
    largest_score_difference: float
    fraction_decided_otherwise: float
    mean_box_iou: float


def predict_with_keras(network: keras.Model, samples: Sequence[LocalizerSample]) -> LocalizerPredictions:
    """Return the predictions of the Keras model."""
    found = network.predict(PlainSquares(samples, 32), verbose=0)
    return LocalizerPredictions(found["face_score"][:, 0], found["box"])


def predict_with_export(detector: LocalizerDetector, samples: Sequence[LocalizerSample]) -> LocalizerPredictions:
    """Return the predictions of an exported file, as serving runs it."""
    outputs = [detector.raw(sample.frame) for sample in samples]
    return LocalizerPredictions(np.concatenate([score for score, _ in outputs]), np.stack([box for _, box in outputs]))


def measure_parity(
    expected: LocalizerPredictions, found: LocalizerPredictions, present: NDArray[np.bool_], threshold: float
) -> Parity:
    """Compare predictions for the same samples.

    Args:
        expected: of the Keras model.
        found: of the exported file.
        present: bool (n,), where there is a face.
        threshold: score from which the app shows a face.
    """
    decided_otherwise = (expected.score >= threshold) != (found.score >= threshold)
    return Parity(
        len(present),
        float(np.abs(expected.score - found.score).max()),
        float(decided_otherwise.mean()),
        float(_ious(expected.box, found.box)[present].mean()),
    )


def choose_threshold(score: FloatArray, present: NDArray[np.bool_], false_positive_rate: float, lowest: float) -> float:
    """Return the lowest threshold at which few enough samples without a face show one.

    Args:
        score: float32 (n,).
        present: bool (n,), where there is a face.
        false_positive_rate: largest fraction of the others whose score may reach the threshold.
        lowest: no threshold is below, however good the scores are.

    Returns:
        A score in [0, 1] of four decimals.

    Raises:
        ValueError: there is no sample without a face, or too many of them score 1.
    """
    absent = np.sort(score[~present])[::-1].astype(np.float64)
    if not len(absent):
        raise ValueError("Without a validation sample that shows no face there is no threshold to choose.")
    # The first score above the allowed number must be below the threshold.
    next_score = absent[int(false_positive_rate * len(absent))] if false_positive_rate < 1 else 0.0
    threshold = max(lowest, (np.floor(next_score * 1e4) + 1) / 1e4)
    if threshold > 1:
        raise ValueError("The localizer finds a face where there is none, whatever the threshold: train it longer.")
    return round(float(threshold), 4)


def measure_validation(
    samples: Sequence[LocalizerSample], found: LocalizerPredictions, threshold: float
) -> dict[str, Any]:
    """Return the validation metrics of a card."""
    present = np.array([sample.present for sample in samples])
    overlap = _ious(np.stack([sample.box for sample in samples]), found.box)[present]
    seen = found.score >= threshold
    metrics = {
        "faces_found": seen[present].mean(),
        "false_positive_rate": seen[~present].mean(),
        "accuracy": (seen == present).mean(),
        "mean_iou": overlap.mean(),
        "iou_above_0.5": (overlap > 0.5).mean(),
    }
    counts = Counter(sample.kind for sample in samples)
    return {"samples": dict(counts)} | {name: round(float(value), 4) for name, value in metrics.items()}


def _ious(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.array([box_iou(a[i : i + 1], b[i : i + 1])[0, 0] for i in range(len(a))], np.float32)
