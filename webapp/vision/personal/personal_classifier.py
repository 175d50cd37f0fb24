"""A visitor's own classifier: label probabilities from features, averaged with those of the shipped classifier."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from webapp.vision.detections import LABELS, Float64Array, FloatArray
from webapp.vision.personal.softmax_regression import SoftmaxRegression


@dataclass(frozen=True, eq=False)
class PersonalClassifier:
    """A softmax regression on the features of one classifier's file, and its weight in the mean.

    Args:
        labels: indices into `LABELS` of its classes, ascending.
        regression: of the features, its classes in the order of `labels`.
        weight: of its probabilities in the mean with those of the shipped classifier, in [0, 1].
        classifier_sha256: checksum of the file that gives the features.
        card: what else its file says: counts of examples, cross-validation, date.
    """

    labels: tuple[int, ...]
    regression: SoftmaxRegression
    weight: float
    classifier_sha256: str
    card: dict[str, Any] = field(default_factory=dict)

    def fits(self, classifier_sha256: str, feature_count: int) -> bool:
        """Return whether it was fitted to the features of this file."""
        return self.classifier_sha256 == classifier_sha256 and self.regression.weights.shape[1] == feature_count

    def label_probs(self, features: FloatArray, shipped: FloatArray) -> FloatArray:
        """Return the probability of each label, float32 (n, 3).

        Args:
            features: float32 (n, k).
            shipped: float32 (n, 3), label probabilities of the shipped classifier for the same crops.
        """
        own = own_probs(self.labels, self.regression, features, shipped)
        return averaged(own, shipped, self.weight).astype(np.float32)


def own_probs(
    labels: tuple[int, ...], regression: SoftmaxRegression, features: FloatArray, shipped: FloatArray
) -> Float64Array:
    """Return label probabilities of the regression alone, float64 (n, 3).

    A label that it has not learnt keeps the probability that the shipped classifier gives; it divides the rest.

    Args:
        labels: of its classes, see `PersonalClassifier`.
        regression: of the features.
        features: float32 (n, k).
        shipped: float32 (n, 3).
    """
    probs = shipped.astype(np.float64)
    others = [label for label in range(len(LABELS)) if label not in labels]
    rest = 1 - probs[:, others].sum(axis=1, keepdims=True)
    probs[:, list(labels)] = rest * regression.probabilities(features)
    return probs


def averaged(own: Float64Array, shipped: FloatArray, weight: float) -> Float64Array:
    """Return the weighted mean of label probabilities, float64 (n, 3).

    Args:
        own: float64 (n, 3), of the visitor's classifier.
        shipped: float32 (n, 3), of the shipped one.
        weight: of `own`, in [0, 1].
    """
    return weight * own + (1 - weight) * shipped.astype(np.float64)
