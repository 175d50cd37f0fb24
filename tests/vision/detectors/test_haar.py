import numpy as np
import pytest

from tests.pictures import FACE_XYXY, astronaut_bgr
from webapp.vision.boxes import box_iou
from webapp.vision.detectors.haar import HaarDetector, weight_to_score
from webapp.vision.errors import ModelError

FACE = np.array([FACE_XYXY], np.float32)


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_finds_the_astronaut_in_frame_coordinates(scale: float) -> None:
    found = HaarDetector(scale).detect(astronaut_bgr(), 0.5)
    assert box_iou(found.xyxy, FACE).max() > 0.7
    assert found.label is None


def test_finds_nobody_in_an_empty_frame() -> None:
    found = HaarDetector().detect(np.full((480, 640, 3), 90, np.uint8), 0.0)
    assert found.xyxy.shape == (0, 4)


def test_the_threshold_leaves_out_and_the_best_comes_first() -> None:
    detector = HaarDetector(1.0)
    everything = detector.detect(astronaut_bgr(), 0.0)
    assert (np.diff(everything.detection_score) <= 0).all()
    strict = detector.detect(astronaut_bgr(), float(everything.detection_score[0]))
    assert len(strict) == 1


def test_boxes_of_a_large_picture_are_in_its_own_pixels() -> None:
    big = np.repeat(np.repeat(astronaut_bgr(), 4, axis=0), 4, axis=1)
    found = HaarDetector(1.0).detect(big, 0.5)
    assert box_iou(found.xyxy, FACE * 4).max() > 0.7


def test_scores_grow_with_the_weight_and_stay_in_range() -> None:
    scores = weight_to_score(np.array([-100, -2, 0.8, 5, 100], np.float32))
    assert (np.diff(scores) > 0).all()
    assert scores[2] == pytest.approx(0.5)
    assert scores.min() >= 0
    assert scores.max() <= 1


@pytest.mark.parametrize("scale", [0, -1, 1.5])
def test_a_senseless_scale_is_refused(scale: float) -> None:
    with pytest.raises(ModelError, match="scale"):
        HaarDetector(scale)
