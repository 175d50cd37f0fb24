import numpy as np
import pytest

from webapp.vision.boxes import areas, box_iou, clip_boxes, nms, scale_boxes, square_boxes

NO_BOXES = np.zeros((0, 4), np.float32)


def boxes(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32)


def test_no_boxes_stay_no_boxes() -> None:
    assert clip_boxes(NO_BOXES, (10, 10)).shape == (0, 4)
    assert scale_boxes(NO_BOXES, 2, 2).shape == (0, 4)
    assert square_boxes(NO_BOXES, 0.1).shape == (0, 4)
    assert box_iou(NO_BOXES, boxes([0, 0, 1, 1])).shape == (0, 1)
    assert nms(NO_BOXES, np.zeros(0, np.float32), 0.5).tolist() == []
    assert areas(NO_BOXES).shape == (0,)


def test_the_examples_of_the_docstrings() -> None:
    assert clip_boxes(boxes([-5, 2, 30, 9]), (20, 10)).tolist() == [[0, 2, 20, 9]]
    assert scale_boxes(boxes([1, 2, 3, 4]), 2, 10).tolist() == [[2, 20, 6, 40]]
    assert square_boxes(boxes([0, 0, 10, 20]), 0).tolist() == [[-5, 0, 15, 20]]
    assert box_iou(boxes([0, 0, 2, 2]), boxes([1, 0, 3, 2]))[0, 0] == pytest.approx(1 / 3)


def test_padding_grows_a_square_around_its_centre() -> None:
    assert square_boxes(boxes([10, 10, 20, 20]), 0.1).tolist() == [[9, 9, 21, 21]]


def test_touching_and_inside_out_boxes_do_not_overlap() -> None:
    overlap = box_iou(boxes([0, 0, 2, 2]), boxes([2, 0, 4, 2], [1, 1, 0, 0]))
    assert overlap.tolist() == [[0, 0]]


def test_nms_keeps_the_best_of_each_group_best_first() -> None:
    candidates = boxes([0, 0, 10, 10], [1, 1, 11, 11], [50, 50, 60, 60])
    scores = np.array([0.6, 0.9, 0.7], np.float32)
    assert nms(candidates, scores, 0.5).tolist() == [1, 2]
    assert nms(candidates, scores, 0.9).tolist() == [1, 2, 0]


def test_nothing_changes_its_input() -> None:
    original = boxes([1, 2, 3, 4])
    kept = original.copy()
    clip_boxes(original, (2, 2))[:] = 9
    scale_boxes(original, 1, 1)[:] = 9
    square_boxes(original, 0)[:] = 9
    assert (original == kept).all()
