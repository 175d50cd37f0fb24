"""A visitor's own classifier as a JSON file with its card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from webapp.vision.detections import LABELS
from webapp.vision.errors import PersonalError
from webapp.vision.personal.personal_classifier import PersonalClassifier
from webapp.vision.personal.softmax_regression import SoftmaxRegression

TASK = "personal_classifier"
MAX_BYTES = 2_000_000
"""Of a file; one for 1,280 features and three labels has some 80,000."""

DAMAGED = "is no file of your own classifier, or a damaged one."


def personal_json(personal: PersonalClassifier) -> dict[str, Any]:
    """Return the content of the file."""
    return {
        "task": TASK,
        "labels": [LABELS[label] for label in personal.labels],
        "classifier_sha256": personal.classifier_sha256,
        "weight": personal.weight,
        **personal.card,
        "offsets": personal.regression.offsets.tolist(),
        "weights": personal.regression.weights.tolist(),
    }


def read_personal(path: Path) -> PersonalClassifier:
    """Read a file.

    Raises:
        PersonalError: it cannot be read, or is no such file; the message is one sentence.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        return parse_personal(json.loads(path.read_bytes()))
    except OSError as error:
        raise PersonalError(f"{path.name} cannot be read: {error.strerror}.") from None
    except (KeyError, ValueError, TypeError, OverflowError, RecursionError):
        raise PersonalError(f"{path.name} {DAMAGED}") from None


def parse_personal(content: Any) -> PersonalClassifier:
    """Return the classifier of a file's content.

    Raises:
        KeyError, TypeError, ValueError, OverflowError: an entry is missing or malformed.
    """
    if content["task"] != TASK:
        raise ValueError("task")
    labels = tuple(LABELS.index(name) for name in content["labels"])
    weights, offsets = np.array(content["weights"], np.float64), np.array(content["offsets"], np.float64)
    weight = float(content["weight"])
    if list(labels) != sorted(set(labels)) or len(labels) < 2 or not 0 <= weight <= 1:
        raise ValueError("labels or weight")
    if weights.ndim != 2 or weights.shape[0] != len(labels) or offsets.shape != (len(labels),):
        raise ValueError("weights")
    if not (np.isfinite(weights).all() and np.isfinite(offsets).all()):
        raise ValueError("weights")
    own = {"task", "labels", "classifier_sha256", "weight", "weights", "offsets"}
    card = {key: value for key, value in content.items() if key not in own}
    return PersonalClassifier(
        labels, SoftmaxRegression(weights, offsets), weight, str(content["classifier_sha256"]), card
    )
