"""The shipped multi-face detector on real pictures, and the functions behind it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.pictures import FACE_XYXY, astronaut_bgr, masked_astronaut_bgr
from webapp.vision.boxes import box_iou, move_edges
from webapp.vision.detections import LABELS
from webapp.vision.detectors.anchor_free import (
    OUTPUTS,
    Candidates,
    decode,
    locations,
    merge,
    sigmoid,
    softmax,
    suppress,
)
from webapp.vision.detectors.calibration import Calibration
from webapp.vision.detectors.multiface import MultiFaceDetector
from webapp.vision.detectors.size_octaves import size_octaves
from webapp.vision.detectors.views import PHOTO_TTA, STREAM_SIZES_PX, View, Views, photo_views, stream_views, views_name
from webapp.vision.errors import ModelError
from webapp.vision.frames import Frame
from webapp.vision.letterbox import GREY, fit_frame
from webapp.vision.model_files import Model, load_model

FACE = np.array([FACE_XYXY], np.float32)
ENSEMBLE = photo_views(960, "ensemble")
NUMBERS = {"slope": 1, "offset": 0, "size_slope": 0, "size_curve": 0, "threshold": 0.5, "box_bias": [0, 0, 0, 0]}
MIRRORED = (View(320), View(320, mirrored=True))
NETWORK_VIEWS: list[Views] = [
    *map(stream_views, STREAM_SIZES_PX),
    *(photo_views(960, tta) for tta in PHOTO_TTA if tta != "ensemble"),
]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(Path("multiface"), "face_detector")


def candidates(*rows: tuple[list[float], float, list[float]]) -> Candidates:
    boxes, scores, probs = zip(*rows, strict=True) if rows else ((), (), ())
    return Candidates(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(scores, np.float32),
        np.array(probs, np.float32).reshape(-1, 3),
    )


def crowd(side_px: int) -> tuple[Frame, np.ndarray]:
    """Nine astronauts, every second one masked, and their boxes."""
    tiles = [astronaut_bgr() if i % 2 == 0 else masked_astronaut_bgr() for i in range(9)]
    small = [cv2.resize(tile, (side_px, side_px), interpolation=cv2.INTER_AREA) for tile in tiles]
    frame = np.vstack([np.hstack(small[row * 3 : row * 3 + 3]) for row in range(3)])
    offsets = np.array([[(i % 3) * side_px, (i // 3) * side_px] * 2 for i in range(9)], np.float32)
    return frame, FACE * (side_px / 512) + offsets


@pytest.mark.parametrize("views", NETWORK_VIEWS, ids=views_name)
def test_finds_the_astronaut_in_frame_coordinates(model: Model, views: Views) -> None:
    detector = MultiFaceDetector(model, views)
    found = detector.detect(astronaut_bgr(), detector.score_threshold)
    assert len(found) == 1
    assert box_iou(found.xyxy, FACE)[0, 0] > 0.5
    assert found.label is not None
    assert LABELS[found.label[0]] == "without_mask"


@pytest.mark.parametrize("views", [stream_views(640), photo_views(960, "small")], ids=views_name)
def test_detects_many_faces_and_labels_masks(model: Model, views: Views) -> None:
    frame, faces = crowd(320)
    detector = MultiFaceDetector(model, views)
    found = detector.detect(frame, detector.score_threshold)
    overlap = box_iou(faces, found.xyxy)
    assert (overlap.max(axis=1) > 0.5).sum() >= 8
    assert found.label is not None
    labels = found.label[overlap.argmax(axis=1)]
    assert (labels[0::2] == 1).sum() >= 4
    assert (labels[1::2] != 1).sum() >= 3


@pytest.mark.parametrize("views", [*NETWORK_VIEWS[:4], photo_views(960, "small")], ids=views_name)
@pytest.mark.parametrize("margin", [0.5, 0.1, -0.05])
def test_a_face_that_fills_the_frame_or_is_cut_by_it_is_found_once(model: Model, views: Views, margin: float) -> None:
    x1, y1, x2, y2 = FACE_XYXY
    wide, high = round((x2 - x1) * margin), round((y2 - y1) * margin)
    close = cv2.resize(astronaut_bgr()[max(y1 - high, 0) : y2 + high, x1 - wide : x2 + wide], (480, 640))
    detector = MultiFaceDetector(model, views)
    found = detector.detect(close, detector.score_threshold)
    assert len(found) == 1
    assert found.label is not None
    assert LABELS[found.label[0]] == "without_mask"


@pytest.mark.parametrize("shape", [(480, 640), (1, 1), (3, 900), (2000, 30)])
def test_finds_nobody_in_an_empty_frame_of_any_shape(model: Model, shape: tuple[int, int]) -> None:
    detector = MultiFaceDetector(model, MIRRORED)
    assert detector.detect(np.full((*shape, 3), 90, np.uint8), detector.score_threshold).xyxy.shape == (0, 4)


def test_the_frame_stays_as_it_is_and_detections_repeat_between_other_sizes(model: Model) -> None:
    detector, frame = MultiFaceDetector(model, MIRRORED), astronaut_bgr()
    first = detector.detect(frame, 0.3)
    detector.detect(np.zeros((90, 700, 3), np.uint8), 0.3)
    again = detector.detect(frame, 0.3)
    assert (frame == astronaut_bgr()).all()
    assert first.xyxy == pytest.approx(again.xyxy)


def test_a_mirrored_frame_gives_mirrored_boxes(model: Model) -> None:
    detector = MultiFaceDetector(model, MIRRORED)
    frame = cv2.resize(astronaut_bgr(), (320, 320))
    straight = detector.detect(frame, 0.3).xyxy
    mirrored = detector.detect(np.ascontiguousarray(frame[:, ::-1]), 0.3).xyxy
    assert mirrored[0, [0, 2]] == pytest.approx(320 - straight[0, [2, 0]], abs=1)


def test_the_card_sets_the_threshold_of_each_set_of_views(model: Model) -> None:
    for views in NETWORK_VIEWS:
        threshold = MultiFaceDetector(model, views).score_threshold
        assert threshold == model.card["calibration"][views_name(views)]["threshold"]
    nearest = model.card["calibration"]["416+160"]["threshold"]
    assert MultiFaceDetector(model, stream_views(448)).score_threshold == nearest
    uncalibrated = replace(model, card=model.card | {"calibration": {}})
    assert MultiFaceDetector(uncalibrated, stream_views(448)).score_threshold == 0.5


def test_a_small_stream_takes_one_view() -> None:
    assert stream_views(416) == (View(416), View(160))
    assert stream_views(128) == (View(128),)
    assert views_name(ENSEMBLE).startswith("960+640m+320+160m+w640")


@pytest.fixture(scope="module")
def wide() -> Model:
    return load_model(Path("multiface_wide"), "face_detector")


def test_two_networks_detect_together_at_the_threshold_of_both(model: Model, wide: Model) -> None:
    detector = MultiFaceDetector(model, ENSEMBLE, wide)
    assert detector.name == "multiface+multiface_wide"
    assert detector.score_threshold == wide.card["ensemble"]["calibration"][views_name(ENSEMBLE)]["threshold"]
    assert len(detector.infer(astronaut_bgr())) == len(ENSEMBLE)
    frame, faces = crowd(320)
    found = detector.detect(frame, detector.score_threshold)
    assert (box_iou(faces, found.xyxy).max(axis=1) > 0.5).sum() >= 8
    assert found.label is not None


def test_networks_made_for_each_frame_detect_what_kept_ones_do(model: Model, wide: Model) -> None:
    kept = MultiFaceDetector(model, ENSEMBLE, wide)
    made = MultiFaceDetector(model, ENSEMBLE, wide, kept_px=320)
    assert [network is not None for network in made._networks] == [view.size_px <= 320 for view in ENSEMBLE]
    for frame in (crowd(320)[0], astronaut_bgr()[:300]):
        expected, found = kept.detect(frame, 0.1), made.detect(frame, 0.1)
        assert np.array_equal(found.xyxy, expected.xyxy)
        assert np.array_equal(found.detection_score, expected.detection_score)


def test_networks_that_were_not_calibrated_together_are_refused(model: Model, wide: Model) -> None:
    with pytest.raises(ModelError, match="calibrated with another"):
        MultiFaceDetector(replace(model, card=model.card | {"sha256": "0"}), ENSEMBLE, wide)
    with pytest.raises(ModelError, match="multiface_wide"):
        MultiFaceDetector(model, ENSEMBLE, replace(wide, card=wide.card | {"ensemble": {}}))


@pytest.mark.parametrize(
    "changes",
    [
        {"classes": ["cat"]},
        {"classes": None},
        {"label_temperature": "warm"},
        {"calibration": None},
        {"calibration": {"320": NUMBERS | {"slope": "steep"}}},
        {"calibration": {"320": NUMBERS | {"slope": -1}}},
        {"calibration": {"320": {"slope": 1, "offset": 0, "threshold": 0.5}}},
    ],
)
def test_a_card_that_does_not_fit_its_file_is_refused(model: Model, changes: dict[str, object]) -> None:
    with pytest.raises(ModelError):
        MultiFaceDetector(replace(model, card=model.card | changes), (View(320),))


@pytest.mark.parametrize("views", [(), (View(0),), (View(640), View(32))])
def test_senseless_sizes_are_refused(model: Model, views: Views) -> None:
    with pytest.raises(ModelError, match="views of 64 px"):
        MultiFaceDetector(model, views)


def test_another_model_s_file_is_refused(model: Model) -> None:
    classifier = load_model(Path("mask_classifier"), "mask_classifier")
    with pytest.raises(ModelError):
        MultiFaceDetector(replace(classifier, card=model.card), (View(320),))


def test_decoding_reads_distances_in_strides_and_leaves_out_what_scores_low() -> None:
    points = locations(64, 64)
    outputs = np.full((len(points), OUTPUTS), -9, np.float32)
    outputs[1] = [2, 1, 0.5, 1, 2, 0, 5, 0]
    found = decode(outputs, points, 0.5)
    assert found.xyxy.tolist() == [[12 - 8, 4 - 4, 12 + 8, 4 + 16]]
    assert found.score == pytest.approx([0.8808], abs=1e-4)
    assert found.label_probs.argmax() == 1
    assert len(decode(outputs, points, 0.0).score) == len(points)
    assert len(decode(outputs, points, 1.0).score) == 0


def test_calibration_moves_scores_and_keeps_their_order_among_faces_of_one_size() -> None:
    raw, boxes = np.array([0.1, 0.5, 0.9], np.float32), np.tile(np.array([0, 0, 64, 64], np.float32), (3, 1))
    calibrated = Calibration(2, -1).apply(raw, boxes, 640)
    assert calibrated[1] == pytest.approx(1 / (1 + np.exp(1)))
    assert (np.diff(calibrated) > 0).all()


def test_calibration_draws_boxes_as_labellers_do() -> None:
    labelled = np.array([[100, 100, 200, 300]], np.float32)
    bias = (-0.1, 0.2, 0.1, 0.0)
    biased = np.array([[90, 140, 210, 300]], np.float32)
    assert move_edges(labelled, np.array(bias, np.float32)) == pytest.approx(biased)
    assert Calibration(box_bias=bias).unbiased(biased) == pytest.approx(labelled)


def test_calibration_depends_on_how_much_of_the_frame_a_face_takes() -> None:
    boxes = np.array([[0, 0, 32, 32], [0, 0, 64, 64], [0, 0, 640, 640], [0, 0, 1, 1]], np.float32)
    assert size_octaves(boxes, 640).tolist() == pytest.approx([-1, 0, 3.32, -3.5], abs=0.01)
    half = np.full(4, 0.5, np.float32)
    logit = np.log(1 / Calibration(1, 0, 0.5, 0.1).apply(half, boxes, 640) - 1) * -1
    assert logit.tolist() == pytest.approx([-0.4, 0, 2.76, -0.525], abs=0.02)


def test_a_label_temperature_softens_labels() -> None:
    points = locations(32, 32)
    outputs = np.zeros((len(points), OUTPUTS), np.float32)
    outputs[:, 5] = 2
    assert decode(outputs, points, 0.1, 2.0).label_probs.max() < decode(outputs, points, 0.1).label_probs.max()


def test_suppression_keeps_one_box_a_face_best_first() -> None:
    found = suppress(
        candidates(
            ([0, 0, 10, 10], 0.5, [0, 1, 0]), ([1, 0, 11, 10], 0.9, [1, 0, 0]), ([50, 50, 60, 60], 0.7, [0, 0, 1])
        )
    )
    assert found.xyxy[:, 0].tolist() == pytest.approx([1 - 0.5 * 9 / 11 / (0.5 * 9 / 11 + 0.9), 50])
    assert found.detection_score.tolist() == pytest.approx([0.9, 0.7])
    assert found.label is not None
    assert found.label.tolist() == [0, 2]
    assert len(suppress(candidates())) == 0


def test_merging_averages_what_views_agree_on_and_lowers_what_one_saw() -> None:
    first = candidates(([0, 0, 48, 48], 0.8, [0.9, 0.1, 0]), ([90, 90, 138, 138], 0.6, [0, 1, 0]))
    second = candidates(([2, 0, 50, 48], 0.8, [0.1, 0.9, 0]))
    found = merge([first, second], [1, 1])
    assert found.xyxy[0].tolist() == pytest.approx([1, 0, 49, 48])
    assert found.detection_score.tolist() == pytest.approx([0.8, 0.3])
    assert len(merge([candidates(), candidates()], [1, 1])) == 0


def test_merging_weighs_the_view_most_in_which_a_face_has_the_size_it_is_best_at() -> None:
    coarse = candidates(([0, 0, 12, 12], 0.2, [1, 0, 0]), ([0, 100, 400, 500], 0.9, [1, 0, 0]))
    fine = candidates(([2, 0, 14, 12], 0.9, [0, 1, 0]), ([40, 100, 400, 500], 0.2, [0, 1, 0]))
    found = merge([coarse, fine], [0.25, 4])
    tiny, huge = np.argsort(found.xyxy[:, 2])
    assert found.label is not None
    assert (found.label[tiny], found.label[huge]) == (1, 0)
    assert found.detection_score.min() > 0.8
    assert found.xyxy[tiny, 0] > 1.8
    assert found.xyxy[huge, 0] < 5


def test_a_fitted_frame_keeps_its_proportions_and_gets_a_grey_margin() -> None:
    fitted, factors = fit_frame(np.zeros((480, 640, 3), np.uint8), 320)
    assert fitted.shape == (256, 320, 3)
    assert factors == (0.5, 0.5)
    assert (fitted[:240] == 0).all()
    assert (fitted[240:] == GREY).all()
    assert fit_frame(np.zeros((10, 3000, 3), np.uint8), 320)[0].shape == (32, 320, 3)


def test_sigmoid_and_softmax_do_not_overflow() -> None:
    assert sigmoid(np.array([-1000, 0, 1000], np.float32)).tolist() == [0, 0.5, 1]
    assert softmax(np.array([[1000, 0, -1000]], np.float32)).tolist() == [[1, 0, 0]]


def test_a_detector_with_other_views_detects_as_one_that_was_built_so(model: Model) -> None:
    large = MultiFaceDetector(model, stream_views(416))
    small = large.with_views(stream_views(256))
    expected = MultiFaceDetector(model, stream_views(256))
    assert small.score_threshold == expected.score_threshold != large.score_threshold
    frame, _ = crowd(120)
    first = large.detect(frame, 0.3)
    for detector, other in ((small, expected), (large, large), (small, expected)):
        found, wanted = detector.detect(frame, 0.3), other.detect(frame, 0.3)
        assert np.array_equal(found.xyxy, wanted.xyxy)
        assert np.array_equal(found.detection_score, wanted.detection_score)
    assert np.array_equal(large.detect(frame, 0.3).xyxy, first.xyxy)
