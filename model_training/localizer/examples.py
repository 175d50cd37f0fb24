"""Choose examples for the localizer's report: a random sample, loose boxes, misses, false positives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model_training.localizer.metrics import CONFIDENT_SCORE, Located
from model_training.localizer.samples import CLOSE_WINDOW
from model_training.report.contact_sheets import GROUND_TRUTH, Example, Group
from webapp.vision.detections import IntArray

PANELS, ERRORS, EXPLAINED = 24, 15, 6
FOUND = "face"
"""Style of the localizer's box."""


def panels(located: Located, seed: int = 1) -> Group:
    """Return some of the samples, drawn at random; with the box where the score is above .9."""
    rows = sorted(np.random.default_rng(seed).permutation(len(located.samples))[:PANELS].tolist())
    confident = int((located.score > CONFIDENT_SCORE).sum())
    title = f"Drawn at random ({len(rows)} of {len(located.samples):,} samples; {confident:,} of all score above .9)"
    return Group(title, tuple(_example(located, i, located.score[i] > CONFIDENT_SCORE) for i in rows))


def worst_errors(located: Located) -> list[Group]:
    """Return the loosest boxes, the misses and the false positives, the worst first."""
    present, faces = located.present, int(located.present.sum())
    loose = _order(located.iou, present)
    missed = _order(located.score, present & ~located.found)
    false_positives = _order(-located.score, ~present & located.found)
    return [
        Group(f"The least overlap, found or not (of {faces:,} faces)", _examples(located, loose)),
        Group(f"Missed ({len(missed):,} of {faces:,} faces)", _examples(located, missed)),
        Group(
            f"False positives ({len(false_positives):,} of {len(present) - faces:,} without a face)",
            _examples(located, false_positives),
        ),
    ]


def loosest_windows(close_ups: Located) -> Group:
    """Return the close windows whose boxes overlap the face the least, the worst first."""
    rows = _order(close_ups.iou, close_ups.kind == CLOSE_WINDOW)
    return Group(f"The least overlap near the camera (of {len(rows):,} windows)", _examples(close_ups, rows))


def samples_to_explain(located: Located, seed: int = 1) -> dict[str, list[int]]:
    """Return indices of samples with a heat map, by heading: faces found, misses, false positives."""
    present, found = located.present, located.found
    right = np.random.default_rng(seed).permutation(np.flatnonzero(present & found))[:EXPLAINED]
    return {
        "Found": right.tolist(),
        "Missed, the lowest score first": _order(located.score, present & ~found)[:EXPLAINED].tolist(),
        "False positives, the highest score first": _order(-located.score, ~present & found)[:EXPLAINED].tolist(),
    }


def sample_name(located: Located, i: int) -> str:
    """Return a name for a sample that no other one has."""
    sample = located.samples[i]
    return f"{i}: {sample.file_name}, {sample.kind}"


def words(located: Located, i: int) -> str:
    """Return the score of a sample and the IoU of its box."""
    score = f"score {located.score[i]:.2f}"
    return f"{score}, IoU {located.iou[i]:.2f}" if located.present[i] else f"no face, {score}"


def _order(values: np.ndarray, chosen: np.ndarray) -> IntArray:
    rows = np.flatnonzero(chosen)
    return rows[np.argsort(values[rows], kind="stable")]


def _examples(located: Located, rows: Sequence[int] | IntArray) -> tuple[Example, ...]:
    return tuple(_example(located, int(i), True) for i in rows[:ERRORS])


def _example(located: Located, i: int, drawn: bool) -> Example:
    sample, side = located.samples[i], located.samples[i].frame.shape[0]
    boxes = [(GROUND_TRUTH, sample.box.astype(float) * side)] if sample.present and sample.boxed else []
    if drawn:
        boxes.append((FOUND, located.box[i] * side))
    note = words(located, i)
    if not drawn and located.score[i] > 1 - CONFIDENT_SCORE:
        note += ": uncertain"
    return Example(sample_name(located, i), tuple(boxes), None, None, note, whole=True)
