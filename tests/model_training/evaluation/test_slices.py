from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from model_training.evaluation.detection_metrics import face_results
from model_training.evaluation.face_attributes import FaceAttributes, face_attributes, typology_angle
from model_training.evaluation.matching import MatchingParameters, match_detections
from model_training.evaluation.slices import area_in_picture, slice_table, wilson_interval
from tests.model_training.ground_truth_photos import BARE, MASK, photo, scenes
from tests.pictures import FACE_XYXY, astronaut_bgr

FACE = np.array(FACE_XYXY, float)


def bgr(lightness: float, a: float, b: float) -> np.ndarray:
    lab = np.full((40, 40, 3), (lightness, a, b), np.float32)
    return np.round(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR) * 255).astype(np.uint8)


def test_blur_falls_when_the_face_is_blurred_and_light_when_it_is_dark() -> None:
    frame = astronaut_bgr()
    sharp, blurred = face_attributes(frame, FACE), face_attributes(cv2.GaussianBlur(frame, (0, 0), 6), FACE)
    assert blurred.blur < sharp.blur / 4
    dark = face_attributes((frame * 0.4).astype(np.uint8), FACE)
    assert dark.luminance == pytest.approx(0.4 * sharp.luminance, abs=2)


def test_small_faces_tell_light_alone_and_boxes_may_reach_outside() -> None:
    small = face_attributes(astronaut_bgr(), np.array([200.0, 100, 231, 150]))
    assert math.isnan(small.blur)
    assert math.isnan(small.ita_deg)
    assert small.luminance > 0
    assert face_attributes(astronaut_bgr(), np.array([-60.0, -60, 40, 40])).luminance > 0


@pytest.mark.parametrize(("lightness", "b", "angle"), [(70, 20, 45), (50, 15, 0), (30, 20, -45)])
def test_typology_angle_by_hand(lightness: float, b: float, angle: float) -> None:
    assert typology_angle(bgr(lightness, 10, b)) == pytest.approx(angle, abs=3)


def test_grey_and_blue_light_tell_no_skin_tone() -> None:
    assert math.isnan(typology_angle(np.full((40, 40, 3), 150, np.uint8)))
    assert math.isnan(typology_angle(bgr(60, 0, -20)))


def test_wilson_interval_by_the_book() -> None:
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson_interval(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert wilson_interval(10, 10) == pytest.approx((0.7225, 1), abs=1e-4)


def test_area_in_the_picture_is_of_what_lies_in_it() -> None:
    close = photo([[-50, 100, 150, 300, MASK], [0, 0, 400, 200, BARE], [390, 0, 400, 10, BARE]], size=(400, 200))
    assert [area_in_picture(close, face) for face in range(3)] == pytest.approx([0.1875, 1, 0.00125])


def test_every_face_stands_in_its_slices_with_what_became_of_it() -> None:
    faces = [[0, 0, 20, 40, MASK], [100, 0, 200, 100, BARE], [300, 0, 400, 100, BARE]]
    rows = [[*faces[0][:4], 0.9, BARE, 0.9], [*faces[1][:4], 0.8, BARE, 0.9]]
    photos = [photo(faces)]
    ours = scenes(photos, {"a.jpg": rows})
    seen = face_results(ours, match_detections(ours, MatchingParameters(0.5)), 0.5)
    attributes = [FaceAttributes(math.nan, 40, 50), FaceAttributes(100, 120, 50), FaceAttributes(5000, 200, math.nan)]
    table = {
        kind["key"]: {row["name"]: row for row in kind["rows"]} for kind in slice_table(photos, ours, seen, attributes)
    }

    def counts(key: str) -> list[int]:
        return [row["faces"] for row in table[key].values()]

    assert counts("size_px") == [0, 1, 0, 0, 0, 2, 0]
    assert counts("picture_area") == [3, 0, 0, 0, 0]
    assert counts("pose_proxy") == [1, 0, 0, 2]
    assert counts("blur") == [1, 0, 0, 1]
    assert counts("luminance") == [1, 0, 1, 1]
    # The masked face has an angle too, and does not count.
    assert counts("skin_tone_proxy") == [0, 0, 1]
    large = table["size_px"]["96 to 192 px"]
    assert (large["recall"]["value"], large["right_label"]["value"]) == (0.5, 1.0)
    low, high = wilson_interval(0, 1)
    assert table["label"][MASK]["right_label"] == {"value": 0.0, "low": low, "high": high}
    assert table["size_px"]["12 to 16 px"]["recall"] == {"value": None, "low": None, "high": None}
    assert table["source"]["made up"]["faces"] == 3
