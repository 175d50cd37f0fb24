"""From labelled crops to a visitor's own classifier. Counterpart of static/js/device/personal/fitting.js."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from webapp.vision.personal.cross_validation import cross_validate, fit
from webapp.vision.personal.examples import Examples
from webapp.vision.personal.personal_classifier import PersonalClassifier
from webapp.vision.personal.softmax_regression import L2


def fit_personal(examples: Examples, classifier_sha256: str, date: str) -> PersonalClassifier:
    """Fit and cross-validate a visitor's own classifier; the same examples always give the same.

    Labels of too few examples are left out.

    Args:
        examples: in the order in which they were taken.
        classifier_sha256: checksum of the file that gave the features.
        date: of today, like 2026-11-30, for the card.

    Raises:
        PersonalError: fewer than two labels have enough examples; the message says how many are needed.
    """
    learnt = examples.of_learnt_labels()
    found = cross_validate(learnt)
    labels, regression = fit(learnt)
    card: dict[str, Any] = {
        "examples": learnt.counts(),
        "cross_validation": {key: value for key, value in asdict(found).items() if key != "weight"},
        "l2": L2,
        "fitted": date,
    }
    return PersonalClassifier(labels, regression, found.weight, classifier_sha256, card)
