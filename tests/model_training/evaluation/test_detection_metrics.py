from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from model_training.detector.metrics import measure
from model_training.evaluation.detection_metrics import (
    SIZES_PX,
    face_results,
    false_positives,
    operating_metrics,
    size_metrics,
)
from model_training.evaluation.matching import IGNORED, TRUE_POSITIVE, Matches, MatchingParameters, match_detections
from model_training.evaluation.metrics_files import as_json
from model_training.evaluation.precision_recall import precision_recall, threshold_for
from model_training.evaluation.predictions import parse_predictions
from model_training.evaluation.reliability import detection_calibration, label_calibration, reliability
from tests.model_training.ground_truth_photos import BAD, BARE, MASK, Row, photo, scenes

FACE = [100, 100, 150, 150]
REGION = [300, 300, 400, 400]
EMPTY = [10, 400, 60, 450]
"""A place without a face."""


def matches(score: list[float], result: list[int], positives: int) -> Matches:
    nothing = np.zeros(len(score), np.int64)
    return Matches(np.array(score), np.array(result), nothing, nothing, nothing, np.zeros((positives, 2), np.int64))


def test_average_precision_by_hand() -> None:
    # True positive, false positive, true positive, and one of three faces never found: 1/3 of the way at 1, 1/3 at 2/3.
    curve = precision_recall(matches([0.7, 0.9, 0.8, 0.85], [1, 1, 0, -1], positives=3))
    assert curve.recall.tolist() == pytest.approx([1 / 3, 1 / 3, 2 / 3])
    assert curve.precision.tolist() == pytest.approx([1, 1 / 2, 2 / 3])
    assert curve.average == pytest.approx(1 / 3 + 2 / 9)


def test_average_precision_at_the_ends() -> None:
    assert precision_recall(matches([0.9, 0.8], [1, 1], positives=2)).average == 1
    assert precision_recall(matches([], [], positives=2)).average == 0
    assert math.isnan(precision_recall(matches([0.9], [0], positives=0)).average)


def test_the_threshold_lets_one_false_positive_in_ten_photos_through_and_no_tie_with_the_second() -> None:
    matched = matches([0.9, 0.8, 0.7, 0.6, 0.6, 0.5], [1, 0, 1, 1, 0, 1], positives=9)
    assert threshold_for(matched, photos=10) == 0.7
    assert threshold_for(matched, photos=20) == 0.5
    assert threshold_for(matched, photos=9) == 0.9
    assert threshold_for(matches([0.6], [0], positives=1), photos=1) > 0.6
    assert threshold_for(matches([], [], positives=1), photos=1) == 0


def test_recall_hit_and_label_accuracy_by_hand() -> None:
    faces = [[i * 100, 0, i * 100 + 50, 50, label] for i, label in enumerate((MASK, BARE, BAD, BAD))]
    predicted = (MASK, MASK, BARE)
    rows = [
        [*face[:4], 0.9 - i / 10, label, 0.8] for i, (face, label) in enumerate(zip(faces, predicted, strict=False))
    ]
    seen_scenes = scenes([photo(faces)], {"a.jpg": rows})
    metrics = size_metrics(seen_scenes, 0.5, 0.5, "all")
    assert (metrics["faces"], metrics["recall"], metrics["end_to_end_recall"]) == (4, 0.75, 0.5)
    assert metrics["label_accuracy"] == pytest.approx(2 / 3)
    assert metrics["by_label"][BAD] == {"faces": 2, "recall": 0.5, "label_accuracy": 1.0}
    assert metrics["ap_3_classes"] == {MASK: 1.0, BARE: 0.0, BAD: 0.0}
    assert metrics["ap_2_classes"] == {MASK: 1.0, BARE: pytest.approx(1 / 3)}
    assert metrics["map_3_classes"] == pytest.approx(1 / 3)
    above = face_results(seen_scenes, match_detections(seen_scenes, MatchingParameters(0.5)), threshold=0.85)
    assert above.found.tolist() == [True, False, False, False]


def test_false_positives_on_photos_without_faces_count_at_any_size() -> None:
    empty = parse_predictions({"1": [[0, 0, 5, 5, 0.7, MASK], [0, 0, 50, 50, 0.6, BARE]], "2": [], "3": []})
    metrics = false_positives({"grey": [empty["1"], empty["2"]], "tinted": [empty["3"]]}, 0.6)
    assert metrics["grey"] == {"photos": 2, "per_photo": 1.0, "photos_with_any": 0.5}
    assert metrics["tinted"]["per_photo"] == 0
    assert metrics["all"]["per_photo"] == pytest.approx(2 / 3)


def test_calibration_by_hand() -> None:
    table = reliability(np.array([0.91, 0.95, 0.42, 1.0]), np.array([True, False, True, True]))
    assert [row["count"] for row in table["bins"]] == [1, 3]
    assert table["bins"][1]["low"] == 0.9
    assert table["bins"][1]["fraction_correct"] == pytest.approx(2 / 3)
    expected = (1 * abs(0.42 - 1) + 3 * abs(2.86 / 3 - 2 / 3)) / 4
    assert table["expected_calibration_error"] == pytest.approx(expected)


def test_calibration_looks_at_what_is_shown_and_labels_at_what_is_found() -> None:
    faces = [[0, 0, 50, 50, MASK], [100, 0, 150, 50, BAD]]
    rows = [[0, 0, 50, 50, 0.9, MASK, 0.8], [100, 0, 150, 50, 0.7, BARE, 0.6], [300, 300, 350, 350, 0.8, BARE, 0.99]]
    low = [400, 400, 450, 450, 0.2, BARE, 0.99]
    seen = scenes([photo(faces)], {"a.jpg": [*rows, low]})
    matched = match_detections(seen, MatchingParameters(0.5))
    detection, label = detection_calibration(matched, 0.5), label_calibration(seen, matched, 0.5)
    assert (detection["count"], sum(row["count"] * row["fraction_correct"] for row in detection["bins"])) == (3, 2)
    assert label is not None
    assert [(row["mean_score"], row["fraction_correct"]) for row in label["bins"]] == [(0.6, 0), (0.8, 1)]
    unscored = scenes([photo(faces)], {"a.jpg": [row[:6] for row in rows]})
    assert label_calibration(unscored, match_detections(unscored, MatchingParameters(0.5)), 0.5) is None


def test_json_has_no_nan() -> None:
    text = json.dumps(as_json(measure([photo([])], scenes([photo([])], {}), [], None, 0.5)))
    assert "NaN" not in text
    assert json.loads(text)["iou_0.5"]["sizes"]["all"]["face_ap"] is None


def face_ap(faces: list[Row], rows: list[Row], iou_threshold: float = 0.5, **about_photo: Any) -> float:
    found = scenes([photo(faces, **about_photo)], {"a.jpg": rows})
    return float(size_metrics(found, iou_threshold, 0.5, "all")["face_ap"])


def test_detections_on_a_region_to_ignore_count_neither_way() -> None:
    faces, ignore = [[*FACE, MASK], [*REGION, BARE]], [False, True]
    # Both are on the region, at IoU 1 and 1/3 (50 of 150 columns): the face, third by score, is the first that counts.
    on_region = [[*REGION, 0.9, MASK], [350, 300, 450, 400, 0.8, MASK]]
    found = scenes([photo(faces, ignore=ignore)], {"a.jpg": [*on_region, [*FACE, 0.7, MASK]]})
    metrics = size_metrics(found, 0.5, 0.5, "all")
    assert (metrics["faces"], metrics["face_ap"], metrics["recall"]) == (1, 1, 1)
    assert (
        operating_metrics(found, match_detections(found, MatchingParameters(0.5)), 0.5, None)[
            "false_positives_per_photo"
        ]
        == 0
    )
    # The region's label says nothing: it takes in detections of every label.
    assert metrics["ap_3_classes"][MASK] == 1
    assert math.isnan(metrics["ap_3_classes"][BARE])
    # IoU 1/4 (40 of 160 columns) is under .3: a false positive above the face, whatever the threshold for faces.
    beside = [360, 300, 460, 400, 0.8, MASK]
    for iou_threshold in (0.3, 0.5):
        assert face_ap(faces, [beside, [*FACE, 0.7, MASK]], iou_threshold, ignore=ignore) == 0.5


def test_a_face_takes_detections_before_a_region_to_ignore_does() -> None:
    # The face lies inside the region: IoU 1 with the region, 1/2 with the face (100 x 50 of 100 x 100).
    faces, ignore = [[*REGION, MASK], [300, 300, 400, 350, MASK]], [True, False]
    found = scenes([photo(faces, ignore=ignore)], {"a.jpg": [[*REGION, 0.9, MASK], [*REGION, 0.8, MASK]]})
    assert match_detections(found, MatchingParameters(0.5)).result.tolist() == [TRUE_POSITIVE, IGNORED]


def test_two_detections_on_one_face() -> None:
    # One of two faces is found twice, the other later: 1/2 of the way at 1, 1/2 at 2/3.
    other = [200, 200, 260, 260]
    faces = [[*FACE, MASK], [*other, BARE]]
    rows = [[*FACE, 0.9, MASK], [102, 100, 152, 150, 0.8, MASK], [*other, 0.7, BARE]]
    assert face_ap(faces, rows) == pytest.approx(1 / 2 + 1 / 2 * 2 / 3)
    # The second one is of another label: for each label by itself nothing is found twice.
    rows[1][5] = BAD
    metrics = size_metrics(scenes([photo(faces)], {"a.jpg": rows}), 0.5, 0.5, "all")
    assert metrics["face_ap"] == pytest.approx(1 / 2 + 1 / 2 * 2 / 3)
    assert (metrics["ap_3_classes"][MASK], metrics["ap_3_classes"][BARE]) == (1, 1)
    # A badly worn mask counts as none: a false positive at .8 before the bare face at .7.
    assert metrics["ap_2_classes"] == {MASK: 1, BARE: 0.5}


def test_an_overlap_of_exactly_the_threshold_is_enough() -> None:
    # 40 of 80 columns, and 30 of 100.
    for row, iou_threshold in (([100, 100, 140, 180], 0.5), ([100, 100, 180, 124], 0.3)):
        assert face_ap([[100, 100, 180, 180, MASK]], [[*row, 0.9, MASK]], iou_threshold) == 1
        assert face_ap([[100, 100, 180, 180, MASK]], [[*row, 0.9, MASK]], iou_threshold + 0.001) == 0


def test_equal_scores_keep_the_order_of_the_photos() -> None:
    # Both at .6: after the false positive the face is found at precision 1/2, before it at 1.
    wrong, right = [*EMPTY, 0.6, MASK], [*FACE, 0.6, MASK]
    photos = [photo([], "a.jpg"), photo([[*FACE, MASK]], "b.jpg")]
    for order, expected in ((photos, 0.5), (photos[::-1], 1.0)):
        found = scenes(order, {"a.jpg": [wrong], "b.jpg": [right]})
        assert size_metrics(found, 0.5, 0.5, "all")["face_ap"] == expected
    # In one photo they keep the order of the predictions.
    assert face_ap([[*FACE, MASK]], [wrong, right]) == 0.5
    assert face_ap([[*FACE, MASK]], [right, wrong]) == 1


def test_of_faces_that_overlap_equally_the_last_one_is_taken() -> None:
    # Twice the same box: the detection's label is right for the second.
    found = scenes([photo([[*FACE, BARE], [*FACE, MASK]])], {"a.jpg": [[*FACE, 0.9, MASK]]})
    matched = match_detections(found, MatchingParameters(0.5))
    assert matched.face.tolist() == [1]
    assert size_metrics(found, 0.5, 0.5, "all")["end_to_end_recall"] == 0.5


def test_sizes_are_the_shorter_side_with_the_photo_at_576_px() -> None:
    # Shorter sides of 12, 31.5, 32, 95.5, 96 px in a photo of 576, and one of 11.5 that does not count.
    sides = [12, 31.5, 32, 95.5, 96, 11.5]
    faces = [[i * 95, i * 95, i * 95 + side, i * 95 + side * 1.5, MASK] for i, side in enumerate(sides)]
    for scale in (0.5, 1.0, 2.0):
        # The photo is wide or tall: its longer side is what counts.
        for size in ((int(576 * scale), int(300 * scale)), (int(300 * scale), int(576 * scale))):
            scaled = [[*(edge * scale for edge in face[:4]), MASK] for face in faces]
            found = scenes([photo(scaled, size=size)], {})
            counts = [size_metrics(found, 0.5, 0.5, name)["faces"] for name in SIZES_PX]
            assert dict(zip(SIZES_PX, counts, strict=True)) == {"all": 5, "12-32": 2, "32-96": 2, ">96": 1}


def test_average_precision_by_size() -> None:
    # Two small faces and a large one; every detection of one size is ignored in the other.
    small, other, large = [50, 50, 70, 80], [200, 50, 220, 80], [300, 300, 400, 420]
    rows = [
        [*large, 0.9, MASK],
        [500, 500, 520, 530, 0.8, MASK],  # a small false positive
        [*small, 0.7, MASK],
        [450, 50, 560, 170, 0.6, MASK],  # a large false positive
        [*other, 0.5, MASK],
        [301, 300, 401, 420, 0.4, MASK],  # the large face again
    ]
    found = scenes([photo([[*box, MASK] for box in (small, other, large)])], {"a.jpg": rows})
    ap = {name: size_metrics(found, 0.5, 0.5, name)["face_ap"] for name in SIZES_PX}
    # Small: wrong, right, right, that is 1/2 and 2/3, of which 2/3 is the highest from either on.
    assert ap["12-32"] == pytest.approx(2 / 3)
    assert math.isnan(ap["32-96"])
    assert ap[">96"] == 1
    # All: right, wrong, right, wrong, right: 1, then 2/3 and 3/5.
    assert ap["all"] == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)


def test_a_large_detection_of_a_small_face_is_no_error_in_the_large_ones() -> None:
    # 30 x 30 px is found as 33 x 33: outside its own range, but the match counts; among the larger it is ignored.
    found = scenes([photo([[100, 100, 130, 130, MASK]])], {"a.jpg": [[100, 100, 133, 133, 0.9, MASK]]})
    results = {
        name: match_detections(found, MatchingParameters(0.5, low, high)).result.tolist()
        for name, (low, high) in SIZES_PX.items()
    }
    assert results == {"all": [1], "12-32": [1], "32-96": [IGNORED], ">96": [IGNORED]}


def test_the_metrics_of_the_rule_at_a_tenth_of_a_false_positive_per_photo() -> None:
    # Twenty photos with a face each: two false positives are allowed, the third at .5 is not, nor is the face at .5.
    photos = [photo([[*FACE, MASK]], f"{i}.jpg") for i in range(20)]
    rows: dict[str, list[Row]] = {f"{i}.jpg": [[*FACE, 0.95 - i / 100, MASK, 0.9]] for i in range(10)}
    rows |= {"10.jpg": [[*FACE, 0.55, BARE, 0.9]], "11.jpg": [[*FACE, 0.5, MASK, 0.9]]}
    for name, score in (("0.jpg", 0.99), ("1.jpg", 0.6), ("2.jpg", 0.5), ("3.jpg", 0.4)):
        rows[name].append([*EMPTY, score, MASK, 0.9])
    found = scenes(photos, rows)
    matched = match_detections(found, MatchingParameters(0.5))
    negatives = {"grey": list(parse_predictions({"a": [[*EMPTY, 0.6, MASK], [*FACE, 0.5, MASK]], "b": []}).values())}
    metrics = operating_metrics(found, matched, None, negatives)
    assert (metrics["threshold"], metrics["false_positives_per_photo"]) == (0.55, 0.1)
    assert metrics["recall"] == pytest.approx(11 / 20)
    assert metrics["end_to_end_recall"] == pytest.approx(10 / 20)
    assert metrics["label_accuracy"] == pytest.approx(10 / 11)
    assert metrics["negatives"]["grey"] == {"photos": 2, "per_photo": 0.5, "photos_with_any": 0.5}
    shipped = operating_metrics(found, matched, 0.4, None)
    assert shipped["false_positives_per_photo"] == pytest.approx(4 / 20)
    assert shipped["recall"] == pytest.approx(12 / 20)
