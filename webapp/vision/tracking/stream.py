"""One stream of frames, live or of a video: its tracker, second opinions on its faces, verified boxes to reuse."""

from __future__ import annotations

from dataclasses import replace

from webapp.vision.certainty import unsure_faces
from webapp.vision.detections import Detections
from webapp.vision.detectors.recent_logits import RecentLogits
from webapp.vision.frames import Frame
from webapp.vision.second_opinion import CONFIDENT_SCORE, ClassifyCrops, classify_selected, verified
from webapp.vision.tracking.tracker import Tracker


class Stream:
    """Takes the detections of one frame after the other. An instance belongs to one stream and to one thread at a time.

    It holds no model: the caller passes the classifier to each call.

    Args:
        track: track the faces; else each frame is processed alone.
    """

    def __init__(self, track: bool) -> None:
        self._tracker = Tracker() if track else None
        self._recent = RecentLogits() if track else None
        self._frame_wh: tuple[int, int] | None = None

    def recent_logits(self, frame: Frame, time_s: float) -> RecentLogits | None:
        """Return what the detection of the next frame may reuse, None where each frame is processed alone.

        Args:
            frame: uint8 (H, W, 3) BGR.
            time_s: when it was taken, seconds of the stream.
        """
        if self._recent is not None:
            self._recent.begin(time_s, (frame.shape[1], frame.shape[0]))
        return self._recent

    def follow(
        self,
        frame: Frame,
        detections: Detections,
        time_s: float,
        classify_crops: ClassifyCrops | None,
        confident_score: float = CONFIDENT_SCORE,
    ) -> Detections:
        """Return the faces as they are shown, in their order; see `Tracker.update`.

        Args:
            frame: uint8 (H, W, 3) BGR.
            detections: of this frame, labelled or not, boxes in pixels.
            time_s: when the frame was taken, seconds of the stream.
            classify_crops: for second opinions on labels of low confidence, or None.
            confident_score: label score from which on there is none, see `select_faces`.
        """
        if self._tracker is None:
            labelled = detections
            if classify_crops is not None:
                labelled = verified(frame, detections, classify_crops, confident_score)
            return labelled if labelled.label is None else replace(labelled, unsure=unsure_faces(labelled))
        self._follow_size(self._tracker, frame)
        if classify_crops is None:
            return self._tracker.update(detections, time_s)
        classify = classify_crops
        return self._tracker.update(
            detections, time_s, lambda state: classify_selected(frame, detections, state, classify, confident_score)
        )

    def _follow_size(self, tracker: Tracker, frame: Frame) -> None:
        """Keep the tracks where a client sends larger or smaller frames from now on."""
        height, width = frame.shape[:2]
        if self._frame_wh is not None and self._frame_wh != (width, height):
            tracker.scale(width / self._frame_wh[0], height / self._frame_wh[1])
        self._frame_wh = width, height
