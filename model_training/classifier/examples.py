"""Choose which faces of a classifier's test are worth a look: a sample of all, the surest errors, some to explain."""

from __future__ import annotations

import numpy as np

from model_training.classifier.metrics import CONFIDENT_SCORE, Answers
from model_training.report.contact_sheets import GROUND_TRUTH, Example, Group
from webapp.vision.detections import LABELS

PANELS, ERRORS = 24, 30
RIGHT, WRONG = 6, 6
"""Faces whose heat is shown."""


def panels(answers: Answers, seed: int = 1) -> Group:
    """Return some of the faces, drawn by chance; with the answer's box where its score is above .9."""
    rows = sorted(np.random.default_rng(seed).permutation(len(answers.faces))[:PANELS].tolist())
    sure = int((answers.confidence > CONFIDENT_SCORE).sum())
    title = f"Drawn by chance ({len(rows)} of {len(answers.faces):,} faces; {sure:,} of all are answered above .9)"
    return Group(title, tuple(_panel(answers, i) for i in rows))


def worst_errors(answers: Answers) -> Group:
    """Return wrong answers, the surest first."""
    rows = _errors(answers)
    return Group(
        f"Wrong answers, the surest first ({len(rows):,} of {len(answers.faces):,} faces)",
        tuple(_example(answers, i, f"{answers.confidence[i]:.2f} sure, {_side(answers, i)}") for i in rows[:ERRORS]),
    )


def faces_to_explain(answers: Answers, seed: int = 1) -> tuple[list[int], list[int]]:
    """Return indices of right answers, drawn by chance from every label in turn, and of the surest errors."""
    truth, right = answers.truth, answers.said == answers.truth
    rng = np.random.default_rng(seed)
    by_label = [rng.permutation(np.flatnonzero(right & (truth == k))).tolist() for k in range(len(answers.labels))]
    turns = [row for rank in range(RIGHT) for rows in by_label for row in rows[rank : rank + 1]]
    return turns[:RIGHT], _errors(answers)[:WRONG]


def _errors(answers: Answers) -> list[int]:
    wrong = np.flatnonzero(answers.said != answers.truth)
    return wrong[np.argsort(-answers.confidence[wrong], kind="stable")].tolist()


def _panel(answers: Answers, i: int) -> Example:
    score = f"{answers.confidence[i]:.2f}"
    if answers.confidence[i] > CONFIDENT_SCORE:
        return _example(answers, i, f"{score}, {_side(answers, i)}")
    return _example(answers, i, f"{score}: unsure, not drawn; {_side(answers, i)}", drawn=False)


def _example(answers: Answers, i: int, note: str, drawn: bool = True) -> Example:
    face, said = answers.faces[i], LABELS[int(answers.said[i])]
    box = (said if drawn else GROUND_TRUTH, face.xyxy.astype(float))
    return Example(answers.pictures[i], (box,), LABELS[face.label], said, note)


def _side(answers: Answers, i: int) -> str:
    return f"{answers.faces[i].shorter_side_px:.0f} px"
