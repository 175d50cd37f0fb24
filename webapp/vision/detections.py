"""The detections of one frame, as a validated struct of arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

LABELS: tuple[str, ...] = ("with_mask", "without_mask", "mask_worn_incorrectly")
"""All labels, in the order of the outputs of models and of the `classes` of cards."""

FloatArray = NDArray[np.float32]
Float64Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Detections:
    """The faces of one frame; the i-th row of every array belongs to the same face.

    Args:
        xyxy: float32 (n, 4), corners x1, y1, x2, y2 in pixels of the frame; empty is (0, 4).
        detection_score: float32 (n,) in [0, 1], confidence of the detector.
        label: int64 (n,), index into `LABELS`, or None while the faces are not classified.
        label_score: float32 (n,) in [0, 1], or None together with `label`.
        track_id: int64 (n,), one number per face within one stream, or None without a tracker.
        label_probs: float32 (n, 3), probability of each label, or None where no model gives any.
        unsure: bool (n,), faces shown as "Not sure", or None where that is not decided yet; see
            `certainty`.

    Raises:
        ValueError: a shape, a range or a dtype does not fit.
    """

    xyxy: FloatArray
    detection_score: FloatArray
    label: IntArray | None = None
    label_score: FloatArray | None = None
    track_id: IntArray | None = None
    label_probs: FloatArray | None = None
    unsure: BoolArray | None = None

    def __post_init__(self) -> None:
        n = len(self.xyxy)
        check_array("xyxy", self.xyxy, (n, 4), np.float32)
        check_array("detection_score", self.detection_score, (n,), np.float32)
        _check_unit_range("detection_score", self.detection_score)
        if (self.label is None) != (self.label_score is None):
            raise ValueError("label and label_score come together or not at all")
        if self.label is not None and self.label_score is not None:
            check_array("label", self.label, (n,), np.int64)
            check_array("label_score", self.label_score, (n,), np.float32)
            _check_unit_range("label_score", self.label_score)
            if n and not (self.label.min() >= 0 and self.label.max() < len(LABELS)):
                raise ValueError(f"label must index {LABELS}")
        if self.track_id is not None:
            check_array("track_id", self.track_id, (n,), np.int64)
        if self.label_probs is not None:
            check_array("label_probs", self.label_probs, (n, len(LABELS)), np.float32)
        if self.unsure is not None:
            check_array("unsure", self.unsure, (n,), np.bool_)

    @classmethod
    def empty(cls) -> Detections:
        """Return the detections of a frame without faces, labelled (with nothing)."""
        return cls(
            np.zeros((0, 4), np.float32),
            np.zeros(0, np.float32),
            np.zeros(0, np.int64),
            np.zeros(0, np.float32),
        )

    def __len__(self) -> int:
        return len(self.xyxy)

    def select(self, index: NDArray[Any]) -> Detections:
        """Return the rows that a boolean mask or an index array picks.

        Args:
            index: bool (n,) or integer (k,).
        """

        def pick(array: NDArray[Any] | None) -> Any:
            return None if array is None else array[index]

        return Detections(
            self.xyxy[index],
            self.detection_score[index],
            pick(self.label),
            pick(self.label_score),
            pick(self.track_id),
            pick(self.label_probs),
            pick(self.unsure),
        )

    def with_labels(self, label: IntArray, label_score: FloatArray) -> Detections:
        """Return the same faces with these labels, and without the probabilities of the labels before.

        Args:
            label: int64 (n,), index into `LABELS`.
            label_score: float32 (n,) in [0, 1].
        """
        return replace(self, label=label, label_score=label_score, label_probs=None, unsure=None)

    def with_label_probs(self, label_probs: FloatArray) -> Detections:
        """Return the same faces, each with its most probable label.

        Args:
            label_probs: float32 (n, 3), each row sums to 1.
        """
        label = label_probs.argmax(axis=1).astype(np.int64)
        score = np.clip(label_probs[np.arange(len(label)), label], 0, 1)
        return replace(self, label=label, label_score=score, label_probs=label_probs, unsure=None)

    def with_boxes(self, xyxy: FloatArray) -> Detections:
        """Return the same faces with these boxes (for example scaled to another resolution).

        Args:
            xyxy: float32 (n, 4), pixels.
        """
        return replace(self, xyxy=xyxy)

    def counts(self) -> dict[str, int]:
        """Return how many faces carry each label, zero included; all zero while unlabelled."""
        labels = np.zeros(0, np.int64) if self.label is None else self.label
        return {name: int((labels == i).sum()) for i, name in enumerate(LABELS)}


def check_array(name: str, array: NDArray[Any], shape: tuple[int, ...], dtype: type) -> None:
    """Refuse an array of another shape or dtype.

    Raises:
        ValueError: the message has `name`, what was expected and what it is.
    """
    if array.shape != shape or array.dtype != dtype:
        raise ValueError(f"{name} must be {np.dtype(dtype)} {shape}, got {array.dtype} {array.shape}")


def _check_unit_range(name: str, array: FloatArray) -> None:
    # The negated form also catches NaN, which compares false with everything.
    if len(array) and not (array.min() >= 0.0 and array.max() <= 1.0):
        raise ValueError(f"{name} must lie in [0, 1]")
