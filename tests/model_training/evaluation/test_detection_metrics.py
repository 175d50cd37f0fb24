from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from model_training.data.coco import read_ground_truth
from model_training.detector.metrics import measure
from model_training.evaluation.detection_metrics import (
    SIZES_PX,
    face_results,
    false_positives,
    operating_metrics,
    size_metrics,
)
from model_training.evaluation.matching import Matches, MatchingParameters, match_detections
from model_training.evaluation.metrics_files import as_json
from model_training.evaluation.precision_recall import precision_recall, threshold_for
from model_training.evaluation.predictions import parse_predictions
from model_training.evaluation.reliability import detection_calibration, label_calibration, reliability
from tests.model_training.ground_truth_photos import BAD, BARE, MASK, crowd, photo, scenes, write_coco
from webapp.vision.detections import LABELS

PEER = Path(__file__).parents[4] / "shared" / "tools" / "evaluate.py"


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


def peer() -> ModuleType:
    if not PEER.exists():
        pytest.skip("the independent evaluator is not beside this checkout")
    spec = importlib.util.spec_from_file_location("peer_evaluate", PEER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("iou_threshold", [0.5, 0.3])
def test_an_independent_evaluator_agrees(tmp_path: Path, seed: int, iou_threshold: float) -> None:
    evaluator = peer()
    photos, rows = crowd(seed)
    coco = write_coco(tmp_path / "faces.json", photos)
    (tmp_path / "predictions.json").write_text(json.dumps(rows))
    images, _, _ = evaluator.load(str(coco), str(tmp_path / "predictions.json"))
    names = list(rows)[:10]
    theirs = evaluator.evaluate(images, iou_threshold, neg={name: rows[name] for name in names})

    predictions = parse_predictions(rows)
    ours = scenes(read_ground_truth(coco), rows)
    empty = {"grey": [predictions[name] for name in names]}
    rule = operating_metrics(ours, match_detections(ours, MatchingParameters(iou_threshold)), None, empty)
    pairs = [
        (rule["threshold"], theirs["threshold"]),
        (rule["false_positives_per_photo"], theirs["fppi_at_t"]),
        (rule["negatives"]["grey"]["per_photo"], theirs["neg_fppi"]),
        (rule["negatives"]["grey"]["photos_with_any"], theirs["neg_img_hit"]),
    ]
    for size in SIZES_PX:
        own, other = size_metrics(ours, iou_threshold, rule["threshold"], size), theirs[size]
        pairs += [(own["faces"], other["n"]), (own["face_ap"], other["face_ap"])]
        pairs += [(own["map_3_classes"], other["map3"]), (own["map_2_classes"], other["map2"])]
        pairs += [(own["recall"], other["recall"]), (own["end_to_end_recall"], other["e2e_hit"])]
        pairs += list(zip(own["ap_3_classes"].values(), other["ap3"], strict=True))
        pairs += list(zip(own["ap_2_classes"].values(), other["ap2"], strict=True))
        for label, name in zip(LABELS, ("with_mask", "without_mask", "incorrect"), strict=True):
            pairs.append((own["by_label"][label]["recall"], other[f"recall_{name}"]))
            pairs.append((own["by_label"][label]["faces"], other[f"n_{name}"]))
    assert [a for a, _ in pairs] == pytest.approx([b for _, b in pairs], abs=1e-6, nan_ok=True)
    # The photos are not so easy or so hard that any two evaluators would agree.
    assert 0.2 < theirs["all"]["face_ap"] < 0.9
    assert 0.02 < theirs["all"]["e2e_hit"] < 0.9
