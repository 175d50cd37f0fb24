"""Choose examples for the classifier's report: a random sample, the most confident errors, faces for Grad-CAM."""

from __future__ import annotations

import numpy as np

from model_training.classifier.metrics import CONFIDENT_SCORE, ClassifierPredictions
from model_training.report.contact_sheets import GROUND_TRUTH, Example, Group
from webapp.vision.detections import LABELS

PANELS, ERRORS = 24, 30
RIGHT, WRONG = 6, 6
"""Faces with a heat map."""


def panels(predictions: ClassifierPredictions, seed: int = 1) -> Group:
    """Return some of the faces, drawn at random; with the prediction's box where its score is above .9."""
    rows = sorted(np.random.default_rng(seed).permutation(len(predictions.faces))[:PANELS].tolist())
    confident = int((predictions.confidence > CONFIDENT_SCORE).sum())
    title = (
        f"Drawn at random ({len(rows)} of {len(predictions.faces):,} faces; {confident:,} of all have a score above .9)"
    )
    return Group(title, tuple(_panel(predictions, i) for i in rows))


def worst_errors(predictions: ClassifierPredictions) -> Group:
    """Return wrong predictions, the most confident first."""
    rows = _errors(predictions)
    return Group(
        f"Wrong predictions, the most confident first ({len(rows):,} of {len(predictions.faces):,} faces)",
        tuple(
            _example(predictions, i, f"{predictions.confidence[i]:.2f} confidence, {_side(predictions, i)}")
            for i in rows[:ERRORS]
        ),
    )


def faces_to_explain(predictions: ClassifierPredictions, seed: int = 1) -> tuple[list[int], list[int]]:
    """Return indices of right predictions, drawn at random from all labels in turn, and of the worst errors."""
    gt_label, right = predictions.gt_label, predictions.predicted_label == predictions.gt_label
    rng = np.random.default_rng(seed)
    by_label = [
        rng.permutation(np.flatnonzero(right & (gt_label == k))).tolist() for k in range(len(predictions.labels))
    ]
    turns = [row for rank in range(RIGHT) for rows in by_label for row in rows[rank : rank + 1]]
    return turns[:RIGHT], _errors(predictions)[:WRONG]


def _errors(predictions: ClassifierPredictions) -> list[int]:
    wrong = np.flatnonzero(predictions.predicted_label != predictions.gt_label)
    return wrong[np.argsort(-predictions.confidence[wrong], kind="stable")].tolist()


def _panel(predictions: ClassifierPredictions, i: int) -> Example:
    score = f"{predictions.confidence[i]:.2f}"
    if predictions.confidence[i] > CONFIDENT_SCORE:
        return _example(predictions, i, f"{score}, {_side(predictions, i)}")
    return _example(predictions, i, f"{score}: uncertain, not drawn; {_side(predictions, i)}", drawn=False)


def _example(predictions: ClassifierPredictions, i: int, note: str, drawn: bool = True) -> Example:
    face, predicted = predictions.faces[i], LABELS[int(predictions.predicted_label[i])]
    box = (predicted if drawn else GROUND_TRUTH, face.xyxy.astype(float))
    return Example(predictions.pictures[i], (box,), LABELS[face.label], predicted, note)


def _side(predictions: ClassifierPredictions, i: int) -> str:
    return f"{predictions.faces[i].shorter_side_px:.0f} px"
