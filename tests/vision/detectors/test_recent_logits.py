"""Log-odds of large boxes along a stream: computed again when the box, the time or the frame is another one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.pictures import astronaut_bgr
from webapp.vision.detections import FloatArray
from webapp.vision.detectors.multiface import MultiFaceDetector
from webapp.vision.detectors.recent_logits import RecentLogits
from webapp.vision.detectors.views import stream_views
from webapp.vision.frames import Frame
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import load_model
from webapp.vision.tracking.stream import Stream

BOX, MOVED, ELSEWHERE = [100, 100, 300, 300], [110, 100, 310, 300], [180, 100, 380, 300]
SIZE_WH = (640, 480)


class Asked:
    """Gives 1 for the first box it is asked about, 2 for the second …"""

    def __init__(self) -> None:
        self.boxes: list[list[float]] = []

    def __call__(self, xyxy: FloatArray) -> FloatArray:
        self.boxes.append(xyxy[0].tolist())
        return np.array([len(self.boxes)], np.float32)


def seen(recent: RecentLogits, asked: Asked, box: list[int], time_s: float, wh: tuple[int, int] = SIZE_WH) -> float:
    recent.begin(time_s, wh)
    return float(recent.reusing(asked)(np.array([box], np.float32))[0])


def test_a_box_that_stays_is_computed_twice_a_second() -> None:
    recent, asked = RecentLogits(), Asked()
    logits = [seen(recent, asked, BOX if i % 2 else MOVED, i / 10) for i in range(20)]
    assert logits == [1] * 5 + [2] * 5 + [3] * 5 + [4] * 5


def test_a_box_elsewhere_is_computed() -> None:
    recent, asked = RecentLogits(), Asked()
    assert [seen(recent, asked, box, 0.1) for box in (BOX, ELSEWHERE, MOVED, ELSEWHERE)] == [1, 2, 1, 2]


def test_nothing_is_reused_from_frames_of_another_size() -> None:
    recent, asked = RecentLogits(), Asked()
    assert [seen(recent, asked, BOX, 0.1, size) for size in (SIZE_WH, (416, 312), (416, 312))] == [1, 2, 2]


class CountingClassifier(MaskClassifier):
    crops = 0

    def outputs(self, crops_rgb: Frame) -> FloatArray:
        self.crops += len(crops_rgb)
        return super().outputs(crops_rgb)


@pytest.mark.parametrize(("track", "crops"), [(True, 2), (False, 10)])
def test_the_face_of_a_stream_is_verified_twice_a_second(track: bool, crops: int) -> None:
    classifier = CountingClassifier(load_model(Path("mask_classifier"), "mask_classifier"))
    detector = MultiFaceDetector(load_model(Path("multiface"), "face_detector"), stream_views(416), verifier=classifier)
    frame, stream = astronaut_bgr()[:360, 60:440], Stream(track)
    found = [detector.detect(frame, detector.score_threshold, stream.recent_logits(frame, i / 10)) for i in range(10)]
    assert [len(faces) for faces in found] == [1] * 10
    assert {faces.detection_score.tobytes() for faces in found} == {found[0].detection_score.tobytes()}
    assert classifier.crops == crops
