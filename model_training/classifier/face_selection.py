"""Which faces a classifier learns from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from model_training.data.face_samples import FaceSample
from model_training.data.labels import INCORRECT, WITHOUT_MASK
from webapp.vision.detections import LABELS


def two_classes(samples: Iterable[FaceSample], incorrect_is_without: bool) -> list[FaceSample]:
    """Return the samples with a mask and without one.

    Args:
        samples: of three classes.
        incorrect_is_without: badly worn masks count as none; else they are left out.
    """
    found = []
    for sample in samples:
        if sample.label != INCORRECT:
            found.append(sample)
        elif incorrect_is_without:
            found.append(replace(sample, label=WITHOUT_MASK))
    return found


def repeat_incorrect(samples: Iterable[FaceSample], times: int) -> list[FaceSample]:
    """Return the samples with every badly worn mask several times, since there are few."""
    return [sample for sample in samples for _ in range(times if sample.label == INCORRECT else 1)]


def require_classes(samples: Iterable[FaceSample], classes: int, what: str) -> None:
    """Refuse samples in which a class has no face.

    Args:
        samples: to learn from or to measure on.
        classes: how many there must be, the first ones of `LABELS`.
        what: the samples are, for the sentence.

    Raises:
        ValueError: a class is empty; the message names it.
    """
    found = {sample.label for sample in samples}
    for label in range(classes):
        if label not in found:
            hint = "; --classes 2 does without" if label == INCORRECT else ""
            raise ValueError(f"Among the {what} faces none is labelled {LABELS[label]}{hint}.")
