"""Cross-validation of a visitor's own classifier: by sitting, or by blocks of time where there is one sitting only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from webapp.vision.detections import Float64Array, IntArray
from webapp.vision.personal.examples import Examples
from webapp.vision.personal.personal_classifier import averaged, own_probs
from webapp.vision.personal.softmax_regression import SoftmaxRegression, fit_softmax_regression

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Weights of the visitor's classifier in the mean, of which cross-validation chooses."""

TIME_BLOCKS = 5

LEAST_PROB = 1e-6
"""Probabilities below count as this one in the log loss, so that no single crop decides."""


@dataclass(frozen=True)
class Score:
    """How well label probabilities fit labels.

    Args:
        accuracy: fraction of the crops whose most probable label is right.
        log_loss: mean of the negative logarithm of the right label's probability.
    """

    accuracy: float
    log_loss: float


@dataclass(frozen=True)
class CrossValidation:
    """What cross-validation found.

    Args:
        by: `sitting`, or `time_block`, which flatters: the blocks of one sitting are alike.
        folds: number of parts, each left out once.
        examples: number of crops.
        before: of the shipped classifier.
        after: of the mean with `weight`.
        weight: of `WEIGHTS`, see `cross_validate`; 0 where none helps.
    """

    by: str
    folds: int
    examples: int
    before: Score
    after: Score
    weight: float


def cross_validate(examples: Examples) -> CrossValidation:
    """Measure what a classifier fitted to the other folds adds to the shipped one, and choose its weight.

    Of the weights that cost no accuracy it is the smallest whose log loss, over folds, is within one standard error of
    the lowest (Breiman et al., Classification and Regression Trees, 1984): small gains may be those of this lamp.

    Args:
        examples: of at least two labels.
    """
    by, fold = folds_of(examples)
    own = np.zeros(examples.shipped.shape)
    for left_out in range(fold.max() + 1):
        labels, regression = fit(examples.select(fold != left_out))
        part = fold == left_out
        own[part] = own_probs(labels, regression, examples.features[part], examples.shipped[part])
    means = [averaged(own, examples.shipped, weight) for weight in WEIGHTS]
    scores = [score(probs, examples.label) for probs in means]
    useful = [i for i, each in enumerate(scores) if each.accuracy >= scores[0].accuracy]
    best = min(useful, key=lambda i: scores[i].log_loss)
    size = np.bincount(fold)
    by_fold = [np.bincount(fold, losses(probs, examples.label)) / size for probs in means]
    chosen = next(i for i in useful if _within_one_error(by_fold[i] - by_fold[best]))
    return CrossValidation(by, len(size), len(examples), scores[0], scores[chosen], WEIGHTS[chosen])


def fit(examples: Examples) -> tuple[tuple[int, ...], SoftmaxRegression]:
    """Return the labels of some examples, ascending, and a regression fitted to all of them."""
    labels, index = np.unique(examples.label, return_inverse=True)
    return tuple(labels.tolist()), fit_softmax_regression(examples.features, index.astype(np.int64), len(labels))


def folds_of(examples: Examples) -> tuple[str, IntArray]:
    """Return what the folds are, see `CrossValidation.by`, and the fold of each example, int64 (n,).

    A block of time has as many examples of each label as the others, give or take one.
    """
    sittings = list(dict.fromkeys(examples.sitting))
    if len(sittings) > 1:
        return "sitting", np.array([sittings.index(name) for name in examples.sitting], np.int64)
    fold = np.zeros(len(examples), np.int64)
    for label in np.unique(examples.label):
        rows = np.flatnonzero(examples.label == label)
        fold[rows] = np.arange(len(rows)) * TIME_BLOCKS // len(rows)
    return "time_block", fold


def score(probs: Float64Array, label: IntArray) -> Score:
    """Return accuracy and log loss.

    Args:
        probs: float64 (n, 3).
        label: int64 (n,), index into `LABELS`.
    """
    return Score(float((probs.argmax(axis=1) == label).mean()), float(losses(probs, label).mean()))


def losses(probs: Float64Array, label: IntArray) -> Float64Array:
    """Return the negative logarithm of the right label's probability, float64 (n,).

    Args:
        probs: float64 (n, 3).
        label: int64 (n,), index into `LABELS`.
    """
    return np.asarray(-np.log(np.maximum(probs[np.arange(len(label)), label], LEAST_PROB)))


def _within_one_error(difference: Float64Array) -> bool:
    return bool(difference.mean() <= difference.std(ddof=1) / np.sqrt(len(difference)))
