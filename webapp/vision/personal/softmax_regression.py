"""Softmax regression (multinomial logistic regression) with an L2 penalty, for more features than examples.

static/js/device/personal/softmax_regression.js does the same: both take so many steps that they reach the optimum,
which is unique. So the order of sums does not count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from webapp.vision.detections import Float64Array, FloatArray, IntArray

L2 = 0.3
"""Penalty: half of it times the squared weights of the standardised features is added to the mean loss. With 30 or 90
examples of three sources of photos, .1 to 1 gave nearly the same log loss on the others (EXPERIMENTS.md)."""

STEPS = 20
"""Times the square root of the condition number, whose bound is a loose one: with real examples the largest entry of
the gradient is 1e-10 after them."""


@dataclass(frozen=True, eq=False)
class SoftmaxRegression:
    """Weights of raw features.

    Args:
        weights: float64 (classes, k).
        offsets: float64 (classes,).
    """

    weights: Float64Array
    offsets: Float64Array

    def probabilities(self, features: FloatArray) -> Float64Array:
        """Return the probability of each class, float64 (n, classes).

        Args:
            features: float32 (n, k).
        """
        return softmax(features.astype(np.float64) @ self.weights.T + self.offsets)


def softmax(logits: Float64Array) -> Float64Array:
    """Return probabilities, float64 (n, classes), each row summing to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_softmax_regression(features: FloatArray, label: IntArray, classes: int, l2: float = L2) -> SoftmaxRegression:
    """Fit weights to labelled examples; every class that occurs weighs alike.

    Accelerated gradient descent with a constant step (Nesterov, Introductory Lectures on Convex Optimization, 2004,
    2.2.1). Weights that begin at 0 stay sums of examples, so the examples' coefficients are what is computed, with the
    Gram matrix of their features: few dozen numbers instead of thousands.

    Args:
        features: float32 (n, k).
        label: int64 (n,), in [0, classes).
        classes: number of classes; one that does not occur gets a low probability.
        l2: see `L2`.
    """
    raw = features.astype(np.float64)
    mean, scale = standardisation(raw)
    standardised = (raw - mean) / scale
    target = np.eye(classes)[label]
    counts = target.sum(axis=0)
    importance = (1 / counts[label] / np.count_nonzero(counts))[:, None]
    # The added 1 stands for a constant feature, whose weight is the offset.
    gram = standardised @ standardised.T + 1
    # The loss has at most half the curvature of the weighted Gram matrix (Boehning 1992), whose largest eigenvalue is
    # at most its trace.
    steepest = 0.5 * float((importance[:, 0] * gram.diagonal()).sum()) + l2
    root = math.sqrt(steepest / l2)
    momentum = (root - 1) / (root + 1)
    coefficients = ahead = np.zeros_like(target)
    for _ in range(math.ceil(STEPS * root)):
        gradient = importance * (softmax(gram @ ahead) - target) + l2 * ahead
        previous, coefficients = coefficients, ahead - gradient / steepest
        ahead = coefficients + momentum * (coefficients - previous)
    weights = coefficients.T @ standardised / scale
    return SoftmaxRegression(weights, coefficients.sum(axis=0) - weights @ mean)


def standardisation(features: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Return mean and scale of each feature, float64 (k,).

    The mean variance of all features is added to that of each: one that is nearly constant among a few dozen examples
    would else be enlarged without limit.

    Args:
        features: float64 (n, k).
    """
    variance = features.var(axis=0)
    # Examples that are all the same leave nothing to scale by.
    return features.mean(axis=0), np.sqrt(variance + (variance.mean() or 1.0))
