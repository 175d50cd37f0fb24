from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model_training.evaluation.matching import (
    FALSE_POSITIVE,
    IGNORED,
    TRUE_POSITIVE,
    MatchingParameters,
    match_detections,
    overlaps,
)
from tests.model_training.ground_truth_photos import BAD, BARE, MASK, Row, photo, scenes

FACE = [100, 100, 150, 150]


ANY = MatchingParameters(0.5)


def matches(faces: list[Row], rows: list[Row], parameters: MatchingParameters = ANY, **about_photo: Any) -> list[int]:
    return match_detections(scenes([photo(faces, **about_photo)], {"a.jpg": rows}), parameters).result.tolist()


def test_overlap_by_hand() -> None:
    assert overlaps(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 0, 3, 2], [5, 5, 6, 6]])) == pytest.approx(
        np.array([[1 / 3, 0]])
    )


def test_the_most_confident_detection_takes_the_face_and_the_second_is_a_false_positive() -> None:
    rows = [[*FACE, 0.4, MASK], [101, 100, 151, 150, 0.9, MASK]]
    (scene,) = scenes([photo([[*FACE, MASK]])], {"a.jpg": rows})
    found = match_detections([scene], MatchingParameters(0.5))
    assert (found.score.tolist(), found.result.tolist()) == ([0.9, 0.4], [TRUE_POSITIVE, FALSE_POSITIVE])


def test_an_prediction_takes_the_face_it_overlaps_most_and_leaves_the_other_to_the_next() -> None:
    faces = [[100, 100, 200, 200, MASK], [110, 100, 210, 200, BARE]]
    rows = [[108, 100, 208, 200, 0.9, MASK], [109, 100, 209, 200, 0.8, MASK]]
    found = match_detections(scenes([photo(faces)], {"a.jpg": rows}), MatchingParameters(0.5))
    assert (found.result.tolist(), found.face.tolist()) == ([TRUE_POSITIVE, TRUE_POSITIVE], [1, 0])


def test_faces_under_12_px_and_ignored_ones_are_neither_wanted_nor_punished() -> None:
    small = [100, 100, 111, 130]
    assert matches([[*small, MASK]], [[*small, 0.9, MASK]]) == [IGNORED]
    assert matches([[*FACE, MASK]], [[*FACE, 0.9, MASK]], ignore=[True]) == [IGNORED]
    assert len(match_detections(scenes([photo([[*small, MASK]])], {}), MatchingParameters(0.5)).gt_faces) == 0
    # Nor is a small detection where no face is.
    assert matches([], [[300, 300, 311, 340, 0.9, MASK], [300, 300, 312, 340, 0.8, MASK]]) == [IGNORED, FALSE_POSITIVE]


def test_sizes_are_those_at_576_px() -> None:
    # 20 px in a photo of 1,152 are 10 of 576; 20 px in one of 288 are 40.
    face = [50, 50, 70, 80]
    assert matches([[*face, MASK]], [[*face, 0.9, MASK]], size=(1152, 600)) == [IGNORED]
    assert matches([[*face, MASK]], [[*face, 0.9, MASK]], MatchingParameters(0.5, 32, 96), size=(288, 200)) == [
        TRUE_POSITIVE
    ]
    assert matches([[*face, MASK]], [[*face, 0.9, MASK]], MatchingParameters(0.5, 12, 32), size=(288, 200)) == [IGNORED]


def test_predictions_are_cut_at_the_edge_of_the_photo() -> None:
    assert matches([[0, 0, 50, 50, MASK]], [[-60, 0, 50, 50, 0.9, MASK]]) == [TRUE_POSITIVE]


def test_matching_of_a_label_sees_that_label_alone() -> None:
    faces, rows = [[*FACE, BAD]], [[*FACE, 0.9, BARE]]
    assert matches(faces, rows, MatchingParameters(0.5, label=0)) == []
    assert matches(faces, rows, MatchingParameters(0.5, label=1)) == [FALSE_POSITIVE]
    assert matches(faces, rows, MatchingParameters(0.5, label=2)) == []
    assert matches(faces, rows, MatchingParameters(0.5, label=1, two_classes=True)) == [TRUE_POSITIVE]


def test_photos_without_an_prediction_count() -> None:
    found = match_detections(scenes([photo([[*FACE, MASK]]), photo([], "b.jpg")], {}), MatchingParameters(0.5))
    assert (found.gt_faces.tolist(), len(found.score)) == ([[0, 0]], 0)


def test_the_thousand_detections_of_the_highest_scores_take_part() -> None:
    # The face's own detection comes after a thousand others, or before them.
    others = [[300, 300, 350, 350, 0.5, MASK]] * 1000
    for score, found in ((0.4, 0), (0.6, 1)):
        results = matches([[*FACE, MASK]], [*others, [*FACE, score, MASK]])
        assert (len(results), results.count(TRUE_POSITIVE)) == (1000, found)
