import numpy as np
import pytest

from webapp.vision.detections import LABELS, Detections


def make(n: int = 2) -> Detections:
    boxes = np.array([[i, i, i + 10, i + 20] for i in range(n)], np.float32).reshape(-1, 4)
    return Detections(boxes, np.full(n, 0.5, np.float32))


def test_empty_has_no_rows_and_is_labelled() -> None:
    empty = Detections.empty()
    assert len(empty) == 0
    assert empty.xyxy.shape == (0, 4)
    assert empty.counts() == dict.fromkeys(LABELS, 0)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"xyxy": np.zeros((2, 5), np.float32)}, "xyxy"),
        ({"xyxy": np.zeros((2, 4), np.float64)}, "xyxy"),
        ({"detection_score": np.zeros(3, np.float32)}, "detection_score"),
        ({"detection_score": np.array([0.5, 1.5], np.float32)}, r"\[0, 1\]"),
        ({"detection_score": np.array([0.5, np.nan], np.float32)}, r"\[0, 1\]"),
        ({"label": np.zeros(2, np.int64)}, "together"),
        ({"label": np.array([0, 3]), "label_score": np.ones(2, np.float32)}, "index"),
        ({"track_id": np.zeros(1, np.int64)}, "track_id"),
        ({"label_probs": np.zeros((2, 2), np.float32)}, "label_probs"),
        ({"unsure": np.zeros(3, bool)}, "unsure"),
        ({"unsure": np.zeros(2, np.int64)}, "unsure"),
    ],
)
def test_bad_arrays_are_refused(changes: dict[str, np.ndarray], complaint: str) -> None:
    whole = make()
    arguments = {"xyxy": whole.xyxy, "detection_score": whole.detection_score} | changes
    with pytest.raises(ValueError, match=complaint):
        Detections(**arguments)


def test_select_picks_rows_of_every_array() -> None:
    labelled = make(3).with_labels(np.array([0, 1, 2]), np.array([0.7, 0.8, 0.9], np.float32))
    picked = labelled.select(np.array([False, True, True]))
    assert picked.xyxy[:, 0].tolist() == [1, 2]
    assert picked.label is not None
    assert picked.label.tolist() == [1, 2]
    assert picked.counts() == {"with_mask": 0, "without_mask": 1, "mask_worn_incorrectly": 1}
    assert labelled.select(np.array([2, 0])).xyxy[:, 0].tolist() == [2, 0]
    probs, unsure = np.eye(3, dtype=np.float32), np.array([False, False, True])
    again = Detections(labelled.xyxy, labelled.detection_score, label_probs=probs, unsure=unsure).select(np.array([2]))
    assert again.label_probs is not None
    assert again.label_probs.tolist() == [[0, 0, 1]]
    assert again.unsure is not None
    assert again.unsure.tolist() == [True]


def test_the_label_is_the_most_probable_one() -> None:
    probs = np.array([[0.2, 0.7, 0.1], [0.3, 0.3, 0.4]], np.float32)
    again = make().with_label_probs(probs)
    assert (again.label_probs == probs).all()
    assert again.label is not None
    assert again.label_score is not None
    assert again.label.tolist() == [1, 2]
    assert again.label_score.tolist() == pytest.approx([0.7, 0.4])
    none = make(0).with_label_probs(np.zeros((0, 3), np.float32))
    assert none.counts() == dict.fromkeys(LABELS, 0)


def test_other_labels_do_not_keep_the_probabilities_of_the_labels_before() -> None:
    again = make().with_label_probs(np.array([[0.2, 0.7, 0.1], [0.3, 0.3, 0.4]], np.float32))
    assert again.with_labels(np.array([0, 0]), np.ones(2, np.float32)).label_probs is None
