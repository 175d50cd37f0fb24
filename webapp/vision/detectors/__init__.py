"""Face detectors: one protocol, one file per detector."""

from __future__ import annotations

from typing import Protocol

from webapp.vision.detections import Detections
from webapp.vision.detectors.recent_logits import RecentLogits
from webapp.vision.frames import Frame

__all__ = ["FaceDetector", "RecentLogits"]


class FaceDetector(Protocol):
    """Finds faces in one frame. An instance belongs to one thread at a time.

    A detector that also labels masks returns labelled `Detections`; all others leave the labels None
    and the pipeline's classifier fills them in.
    """

    name: str
    """Name in responses and on pages."""

    score_threshold: float
    """The detector's own operating point, in [0, 1]: faces below are dropped unless the caller overrides it."""

    def detect(self, frame: Frame, score_threshold: float, recent: RecentLogits | None = None) -> Detections:
        """Return the faces whose detection score reaches the threshold, best first.

        Args:
            frame: uint8 (H, W, 3) BGR.
            score_threshold: in [0, 1].
            recent: of the live stream that the frame belongs to; a detector without verification ignores it.
        """
        ...
