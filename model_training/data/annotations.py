"""The labelled regions of a picture; photos on disk that have them, and frames in memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_training.data.image_files import read_bgr
from model_training.data.labels import one_hot
from webapp.vision.detections import LABELS, BoolArray, FloatArray, IntArray, check_array
from webapp.vision.frames import Frame


@dataclass(frozen=True, eq=False)
class Annotations:
    """The labelled regions of one picture; the i-th row of every array belongs to the same region.

    Args:
        xyxy: float32 (n, 4), pixels of the picture.
        label: int64 (n,), index into `LABELS`.
        ignore: bool (n,), regions that count neither as face nor as background (COCO's `iscrowd`).
        label_probs: float32 (n, 3), probability of each label by a teacher, or None: the labels are certain.

    Raises:
        ValueError: a shape or a dtype does not fit.
    """

    xyxy: FloatArray
    label: IntArray
    ignore: BoolArray
    label_probs: FloatArray | None = None

    def __post_init__(self) -> None:
        n = len(self.xyxy)
        check_array("xyxy", self.xyxy, (n, 4), np.float32)
        check_array("label", self.label, (n,), np.int64)
        check_array("ignore", self.ignore, (n,), np.bool_)
        if self.label_probs is not None:
            check_array("label_probs", self.label_probs, (n, len(LABELS)), np.float32)

    @classmethod
    def empty(cls) -> Annotations:
        """Return the annotations of a picture without faces."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, bool))

    def __len__(self) -> int:
        return len(self.xyxy)

    def select(self, index: NDArray[Any]) -> Annotations:
        """Return the rows that a boolean mask or an index array picks.

        Args:
            index: bool (n,) or integer (k,).
        """
        probs = None if self.label_probs is None else self.label_probs[index]
        return Annotations(self.xyxy[index], self.label[index], self.ignore[index], probs)

    @property
    def probabilities(self) -> FloatArray:
        """Probability of each label for each region, float32 (n, 3): those of a teacher, else all on the label."""
        return one_hot(self.label) if self.label_probs is None else self.label_probs

    @property
    def shorter_side_px(self) -> FloatArray:
        """Shorter side of each region, float32 (n,)."""
        return (self.xyxy[:, 2:] - self.xyxy[:, :2]).min(axis=1, initial=np.inf)

    def label_counts(self) -> IntArray:
        """Return how many faces carry each label, int64 (3,); ignored regions do not count."""
        return np.bincount(self.label[~self.ignore], minlength=len(LABELS)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class LabelledFrame:
    """A picture in memory with its annotations.

    Args:
        frame: uint8 (H, W, 3) BGR.
        annotations: in pixels of the frame.
        source: name of the set it comes from.
    """

    frame: Frame
    annotations: Annotations
    source: str = ""

    @property
    def resolution_wh(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.frame.shape[1], self.frame.shape[0]


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo on disk with its annotations, an image of a manifest; see `coco`.

    Args:
        file_name: relative to the folder of photos, with `/`.
        resolution_wh: width and height, pixels; (0, 0) of photos without faces, which no manifest lists.
        annotations: in pixels of the photo as it is meant to be seen (EXIF rotation applied).
        source: name of the set it comes from.
        session: of one sitting, video or place; None if it stands for itself.
        split: of `SPLITS`, None before splitting.
        group: photos of one number stay in one split; None before splitting.
        made_from: file name of the photo that it was cut or augmented from.
        folder: of the photos; the current one where nothing is read.
    """

    file_name: str
    resolution_wh: tuple[int, int]
    annotations: Annotations
    source: str
    session: str | None = None
    split: str | None = None
    group: int | None = None
    made_from: str | None = None
    folder: Path = Path()

    @property
    def path(self) -> Path:
        """Where the picture is."""
        return self.folder / self.file_name

    def read(self) -> LabelledFrame:
        """Return the photo with its picture.

        Raises:
            ValueError: it cannot be read; the message names it.
        """
        return LabelledFrame(read_bgr(self.path), self.annotations, self.source)
