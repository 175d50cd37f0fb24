"""One stream of frames, live or of a video: its tracker, and second opinions on its faces."""

from __future__ import annotations

from dataclasses import replace

from webapp.vision.certainty import unsure_faces
from webapp.vision.crops import Frame
from webapp.vision.detections import Detections
from webapp.vision.second_opinion import ClassifyCrops, classify_selected, verified
from webapp.vision.tracking.tracker import Tracker


class Stream:
    """Takes the detections of one frame after the other. An instance belongs to one stream and to one thread at a time.

    It holds no model: the caller passes the classifier to each call.

    Args:
        track: track the faces; else each frame is processed alone.
    """

    def __init__(self, track: bool) -> None:
        self._tracker = Tracker() if track else None

    def follow(
        self, frame: Frame, detections: Detections, time_s: float, classify_crops: ClassifyCrops | None
    ) -> Detections:
        """Return the faces as they are shown, in their order; see `Tracker.update`.

        Args:
            frame: uint8 (H, W, 3) BGR.
            detections: of this frame, labelled or not, boxes in pixels.
            time_s: when the frame was taken, seconds of the stream.
            classify_crops: for second opinions on labels of low confidence, or None.
        """
        if self._tracker is None:
            labelled = detections if classify_crops is None else verified(frame, detections, classify_crops)
            return labelled if labelled.label is None else replace(labelled, unsure=unsure_faces(labelled))
        if classify_crops is None:
            return self._tracker.update(detections, time_s)
        classify = classify_crops
        return self._tracker.update(
            detections, time_s, lambda state: classify_selected(frame, detections, state, classify)
        )
