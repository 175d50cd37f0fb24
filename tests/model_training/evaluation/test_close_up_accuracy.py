from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from model_training.evaluation.close_ups.app_accuracy import close_up_accuracy, failing_totals, match_close_up
from model_training.evaluation.close_ups.close_up_windows import CloseUp
from model_training.evaluation.close_ups.gate import CloseUps, as_predictions, close_up_gate
from model_training.evaluation.predictions import Predictions
from model_training.evaluation.slices import wilson_interval
from tests.model_training.ground_truth_photos import BAD, BARE, MASK
from tests.model_training.painted_faces import painted, seen_box
from tests.model_training.photo_folders import write_picture
from webapp.vision.detections import LABELS, Detections
from webapp.vision.frames import Frame

FACE = [50, 50, 150, 150]


def close_up(
    label: str = BARE,
    name: str = "a",
    least_iou: float = 0.5,
    ignore: list[list[int]] | None = None,
    cluster: str = "photo",
    coverage: float = 0.25,
    cut: bool = False,
    path: Path = Path(),
    face: list[int] | None = None,
) -> CloseUp:
    return CloseUp(
        name=name,
        path=path,
        cluster=cluster,
        window_xyxy=None,
        resolution_wh=(200, 200),
        face_xyxy=np.array(face or FACE, float),
        label=LABELS.index(label),
        least_iou=least_iou,
        coverage=coverage,
        cut=cut,
        ignore_xyxy=np.array(ignore or [], float).reshape(-1, 4),
    )


def predicted(*rows: list) -> Predictions:
    return Predictions(
        np.array([row[:4] for row in rows], float).reshape(-1, 4),
        np.full(len(rows), 0.9),
        np.array([LABELS.index(row[4]) for row in rows], np.int64),
        np.full(len(rows), 0.8),
    )


def result(picture: CloseUp, *rows: list) -> tuple[bool, bool, int, bool]:
    matched = match_close_up(picture, predicted(*rows))
    return matched.found, matched.right, matched.extra, matched.wrong_label


def test_right_is_one_detection_in_its_place_with_the_right_word() -> None:
    assert result(close_up(), [*FACE, BARE]) == (True, True, 0, False)
    assert result(close_up(MASK), [*FACE, MASK]) == (True, True, 0, False)
    assert result(close_up(), [*FACE, MASK]) == (True, False, 0, True)
    assert result(close_up(MASK), [*FACE, BAD]) == (True, False, 0, True)
    assert result(close_up()) == (False, False, 0, False)


def test_worn_incorrectly_counts_as_no_mask() -> None:
    assert result(close_up(BAD), [*FACE, BARE])[1]
    assert result(close_up(BARE), [*FACE, BAD])[1]
    assert not result(close_up(BAD), [*FACE, MASK])[1]


def test_the_box_must_overlap_by_a_half_and_a_whole_crop_by_less() -> None:
    # 100 x 100 against 100 x 50 inside it: exactly a half; one pixel less is too little.
    assert result(close_up(), [50, 50, 150, 100, BARE])[:2] == (True, True)
    assert result(close_up(), [50, 50, 150, 99, BARE])[:3] == (False, False, 1)
    assert result(close_up(least_iou=0.3), [50, 50, 150, 80, BARE])[1]
    assert not result(close_up(least_iou=0.3), [50, 50, 150, 79, BARE])[1]


def test_a_box_that_reaches_out_of_the_picture_is_cut_at_its_edge() -> None:
    cut = close_up(face=[0, 100, 100, 200])
    # As it is, it overlaps by 10,000 of 30,000.
    assert result(cut, [-100, 100, 100, 250, BARE])[:2] == (True, True)


def test_one_more_box_is_one_too_many() -> None:
    assert result(close_up(), [*FACE, BARE], [0, 0, 30, 30, BARE]) == (True, False, 1, False)
    # So is a second box on the same face.
    assert result(close_up(), [*FACE, BARE], [52, 52, 150, 150, BARE]) == (True, False, 1, False)


def test_boxes_on_what_is_ignored_do_not_count() -> None:
    with_ignored = close_up(ignore=[[160, 0, 200, 100]])
    assert result(with_ignored, [*FACE, BARE], [160, 20, 200, 90, MASK]) == (True, True, 0, False)
    # Half of it lies inside; then less than half.
    assert result(with_ignored, [*FACE, BARE], [150, 40, 170, 60, MASK])[1:3] == (True, 0)
    assert result(with_ignored, [*FACE, BARE], [140, 40, 170, 60, MASK])[1:3] == (False, 1)
    # A box there alone finds nobody.
    assert result(with_ignored, [160, 20, 200, 90, BARE]) == (False, False, 0, False)


def test_figures_by_hand() -> None:
    windows = [
        close_up(name="a", cluster="1", coverage=0.25),
        close_up(name="b", cluster="1", coverage=0.5, cut=True),
        close_up(name="c", cluster="2", coverage=0.7),
        close_up(name="d", cluster="2", coverage=0.34),
        close_up(name="h", cluster="3", coverage=0.5, cut=True),
        close_up(name="i", cluster="3", coverage=0.7),
    ]
    crops = [close_up(MASK, name="e"), close_up(BARE, name="f"), close_up(BAD, name="g")]
    predictions = {
        "a": predicted([*FACE, BARE]),
        "b": predicted([*FACE, BARE], [0, 0, 30, 30, BARE], [0, 160, 30, 200, BARE]),
        "c": predicted(),
        "d": predicted([*FACE, BARE]),
        "e": predicted([*FACE, MASK]),
        "f": predicted([*FACE, MASK]),
        "g": predicted([*FACE, BARE]),
        "h": predicted([*FACE, BARE], [0, 0, 30, 30, BARE]),
        "i": predicted([*FACE, BARE]),
    }
    metrics = close_up_accuracy(windows, crops, predictions)
    rows = {row["name"]: row for row in metrics["windows"]}
    assert list(rows) == ["all", "cut by an edge", "15 to 35 %", "35 to 60 %", "from 60 %"]
    assert [row["pictures"] for row in rows.values()] == [6, 2, 2, 2, 2]
    assert [row["right"]["value"] for row in rows.values()] == [0.5, 0, 1, 0, 0.5]
    assert [row["found"]["value"] for row in rows.values()] == [pytest.approx(5 / 6), 1, 1, 1, 0.5]
    assert [row["extra_boxes"] for row in rows.values()] == [0.5, 1.5, 0, 1.5, 0]
    # Every photo has one of two right: whichever are drawn, it is a half. Of the found, photo 2 has a half, others all.
    assert (rows["all"]["right"]["low"], rows["all"]["right"]["high"]) == (0.5, 0.5)
    assert (rows["all"]["found"]["low"], rows["all"]["found"]["high"]) == (0.5, 1)
    by_name = {row["name"]: row for row in metrics["crops"]}
    assert [(name, row["pictures"]) for name, row in by_name.items()] == [
        ("all", 3),
        ("with a mask", 1),
        ("without", 2),
    ]
    low, high = wilson_interval(2, 3)
    assert by_name["all"]["right"] == {"value": pytest.approx(2 / 3), "low": low, "high": high}
    assert (by_name["with a mask"]["right"]["value"], by_name["without"]["right"]["value"]) == (1, 0.5)


def test_totals_that_are_too_low_are_named_and_those_of_nothing_are_not() -> None:
    windows = [close_up(name=str(i), cluster=str(i)) for i in range(20)]
    predictions = {str(i): predicted([*FACE, BARE if i else MASK]) for i in range(20)}
    metrics = close_up_accuracy(windows, [], predictions)
    assert math.isnan(metrics["crops"][0]["right"]["value"])
    assert failing_totals({"photo": metrics}) == []  # exactly 95 %
    assert failing_totals({"photo": metrics, "live": metrics}, 0.951) == [
        "windows, photo way: 95.0 % right",
        "windows, live way: 95.0 % right",
    ]


def test_the_gate_runs_both_ways_and_names_the_one_that_fails(tmp_path: Path) -> None:
    pictures = []
    for i in range(4):
        path = write_picture(tmp_path / f"{i}.png", painted((200, 200), [FACE]))
        pictures.append(close_up(name=str(i), cluster=str(i), path=path))
    close_ups = CloseUps(pictures, pictures[:2], 7)

    def sees_red(frame: Frame) -> Detections:
        return Detections(
            np.array([seen_box(frame)], np.float32),
            np.array([0.9], np.float32),
            np.array([LABELS.index(BARE)], np.int64),
            np.array([0.8], np.float32),
        )

    metrics, failing = close_up_gate(sees_red, lambda frame: Detections.empty(), close_ups)
    assert failing == metrics["failing"] == ["windows, live way: 0.0 % right", "crops, live way: 0.0 % right"]
    assert metrics["ways"]["photo"]["windows"][0]["right"]["value"] == 1
    assert metrics["left_out"] == 7
    assert close_up_gate(sees_red, sees_red, close_ups)[1] == []
    with pytest.raises(ValueError, match="have no labels"):
        as_predictions(Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32)))
