"""Face detectors: one protocol, one file each."""

from __future__ import annotations

from typing import Protocol

from webapp.vision.crops import Frame
from webapp.vision.detections import Detections


class FaceDetector(Protocol):
    """Finds faces in one frame. An instance belongs to one thread at a time.

    A detector that can tell masks as well returns labelled `Detections`; all others leave the labels None
    and the pipeline's classifier fills them in.
    """

    name: str
    """How answers and pages call it."""

    score_threshold: float
    """The detector's own operating point, in [0, 1]: faces below are left out unless somebody says otherwise."""

    def detect(self, frame: Frame, score_threshold: float) -> Detections:
        """Return the faces whose detection score reaches the threshold, best first.

        Args:
            frame: uint8 (H, W, 3) BGR.
            score_threshold: in [0, 1].
        """
        ...
