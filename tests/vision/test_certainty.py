import numpy as np
import pytest

from webapp.vision.certainty import SURE_FROM, UNSURE_BELOW, still_unsure, unsure, unsure_faces
from webapp.vision.detections import Detections


def faces(scores: list[float], **more: np.ndarray) -> Detections:
    n = len(scores)
    boxes, ones = np.zeros((n, 4), np.float32), np.ones(n, np.float32)
    return Detections(boxes, ones, np.zeros(n, np.int64), np.array(scores, np.float32), **more)


def test_a_single_frame_is_unsure_below_the_limit() -> None:
    assert unsure(np.array([0.34, 0.59, 0.6, 1.0], np.float32)).tolist() == [True, True, False, False]
    assert unsure(np.zeros(0, np.float32)).tolist() == []


def test_between_the_limits_a_face_stays_what_it_was() -> None:
    between = np.full(2, (UNSURE_BELOW + SURE_FROM) / 2, np.float32)
    was = np.array([True, False])
    assert still_unsure(between, was).tolist() == [True, False]
    assert still_unsure(between - 0.1, was).tolist() == [True, True]
    assert still_unsure(between + 0.1, was).tolist() == [False, False]


def test_the_state_of_a_track_comes_before_the_score() -> None:
    assert unsure_faces(faces([0.5, 0.9])).tolist() == [True, False]
    assert unsure_faces(faces([0.5, 0.9], unsure=np.array([False, True]))).tolist() == [False, True]


def test_unlabelled_faces_are_neither() -> None:
    with pytest.raises(ValueError, match="labelled"):
        unsure_faces(Detections(np.zeros((1, 4), np.float32), np.ones(1, np.float32)))
