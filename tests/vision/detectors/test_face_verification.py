"""Verification of large detections, with hand-made log-odds and with the shipped files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.pictures import FACE_XYXY, astronaut_bgr, masked_astronaut_bgr
from webapp.vision.boxes import box_iou
from webapp.vision.detections import Detections, FloatArray
from webapp.vision.detectors.face_verification import FaceLogits, Verification, large_rows, verify_large
from webapp.vision.detectors.multiface import MultiFaceDetector
from webapp.vision.detectors.views import Views, photo_views, stream_views
from webapp.vision.frames import Frame
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import Model, load_model

LARGE, INSIDE, BESIDE, SMALL = [20, 20, 220, 220], [40, 60, 180, 200], [300, 20, 500, 220], [600, 20, 660, 90]
NEUTRAL = Verification(1.0, 0.0, 0.5)


def found(*boxes: list[int], score: float = 0.5) -> Detections:
    return Detections(np.array(boxes, np.float32).reshape(-1, 4), np.full(len(boxes), score, np.float32))


def face_logits(value: float) -> tuple[list[FloatArray], FaceLogits]:
    asked: list[FloatArray] = []

    def give(xyxy: FloatArray) -> FloatArray:
        asked.append(xyxy)
        return np.full(len(xyxy), value, np.float32)

    return asked, give


@pytest.fixture(scope="module")
def classifier() -> MaskClassifier:
    return MaskClassifier(load_model(Path("mask_classifier"), "mask_classifier"))


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(Path("multiface"), "face_detector")


def test_large_means_a_fifth_of_the_longer_side() -> None:
    boxes = np.array([[0, 0, 128, 128], [0, 0, 127, 127], [0, 0, 64, 256]], np.float32)
    assert large_rows(boxes, 640).tolist() == [True, False, True]


def test_the_log_odds_of_both_are_added() -> None:
    asked, give = face_logits(2.0)
    after = verify_large(found(LARGE, SMALL, score=0.5), 800, Verification(2.0, -1.0, 0.5), give)
    # logit(0.5) is 0: 2 * (0 + 2) - 1 = 3. The small face is neither examined nor changed.
    assert after.detection_score == pytest.approx([1 / (1 + np.exp(-3.0)), 0.5])
    assert [xyxy.tolist() for xyxy in asked] == [[LARGE]]


def test_a_part_of_an_accepted_face_is_left_out_without_being_examined() -> None:
    asked, give = face_logits(3.0)
    after = verify_large(found(LARGE, INSIDE, BESIDE), 650, NEUTRAL, give)
    assert after.xyxy.tolist() == [LARGE, BESIDE]
    assert len(asked) == 2


def test_a_part_of_what_is_no_face_stays() -> None:
    _, give = face_logits(-3.0)
    after = verify_large(found(LARGE, INSIDE), 650, NEUTRAL, give)
    assert after.xyxy.tolist() == [LARGE, INSIDE]
    assert (after.detection_score < 0.1).all()


def test_a_score_of_next_to_nothing_is_not_verified() -> None:
    asked, give = face_logits(9.0)
    after = verify_large(found(LARGE, score=0.009), 650, NEUTRAL, give)
    assert (after.detection_score.tolist(), asked) == ([np.float32(0.009)], [])


@pytest.mark.parametrize(
    "row", [{}, {"slope": 0, "offset": 0, "threshold": 0.5}, {"slope": 1, "offset": 0, "threshold": 2}]
)
def test_a_malformed_row_is_refused(row: dict[str, float]) -> None:
    with pytest.raises((KeyError, ValueError)):
        Verification.of_row(row)


def test_the_shipped_classifier_tells_faces_from_other_things(classifier: MaskClassifier) -> None:
    frame = astronaut_bgr()
    elsewhere = np.array([[0, 300, 150, 500], [300, 300, 500, 500]], np.float32)
    faces = [
        classifier.face_logits(each, np.array([FACE_XYXY], np.float32))[0] for each in (frame, masked_astronaut_bgr())
    ]
    assert min(faces) > 0 > classifier.face_logits(frame, elsewhere).max()


@pytest.mark.parametrize("picture", [astronaut_bgr, masked_astronaut_bgr])
@pytest.mark.parametrize("views", [stream_views(416), photo_views(960, "small")])
def test_a_face_that_fills_the_frame_is_one_detection(
    classifier: MaskClassifier, model: Model, picture: Callable[[], Frame], views: Views
) -> None:
    x1, y1, x2, y2 = (int(v) for v in FACE_XYXY)
    close = picture()[max(y1 - 15, 0) : y2 + 15, max(x1 - 15, 0) : x2 + 15]
    frame: Frame = cv2.resize(close, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    detector = MultiFaceDetector(model, views, verifier=classifier)
    detected = detector.detect(frame, detector.score_threshold)
    height, width = frame.shape[:2]
    assert len(detected) == 1
    assert box_iou(detected.xyxy, np.array([[60, 60, width - 60, height - 60]], np.float32))[0, 0] > 0.5


def test_another_classifier_than_that_of_the_calibration_is_not_used(classifier: MaskClassifier, model: Model) -> None:
    views = stream_views(416)
    shipped = load_model(Path("mask_classifier"), "mask_classifier")
    other = MaskClassifier(replace(shipped, card=shipped.card | {"sha256": "0" * 64}))
    row = model.card["calibration"]["416+160"]
    assert MultiFaceDetector(model, views, verifier=classifier).score_threshold == row["verification"]["threshold"]
    assert MultiFaceDetector(model, views, verifier=other).score_threshold == row["threshold"]
    assert MultiFaceDetector(model, views).score_threshold == row["threshold"]
