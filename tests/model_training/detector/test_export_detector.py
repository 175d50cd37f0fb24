"""The detector's way from Keras to a calibrated LiteRT file with its card."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from model_training.__main__ import main
from model_training.data.annotations import Annotations, LabelledFrame, Photo
from model_training.detector.calibrate import CalibrationSet, ViewCandidates, calibrate, infer_and_calibrate
from model_training.detector.export import (
    ENSEMBLE_VIEWS,
    NETWORK_VIEWS,
    fit_label_temperature,
    parity_drift,
    refuse_blind,
)
from model_training.detector.network import build_face_detector
from model_training.detector.score_fitting import FALSE_POSITIVES_PER_EMPTY_PHOTO
from model_training.evaluation.close_ups.close_up_windows import CloseUp
from model_training.evaluation.close_ups.gate import CloseUps
from model_training.export.litert import to_litert
from tests.model_training.data.test_face_samples import coco
from tests.model_training.photo_folders import refused
from tests.pictures import FACE_XYXY, astronaut_bgr
from webapp.vision.detections import LABELS, FloatArray
from webapp.vision.detectors.anchor_free import Candidates
from webapp.vision.detectors.calibration import Calibration
from webapp.vision.detectors.face_network import FaceNetwork
from webapp.vision.detectors.face_verification import verify_large
from webapp.vision.detectors.multiface import MultiFaceDetector
from webapp.vision.detectors.views import View, stream_views, views_name
from webapp.vision.frames import Frame
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import Model, load_model

CARD = {"classes": list(LABELS), "calibration": {}, "label_temperature": 1.0}


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    return build_face_detector(channels=16)


@pytest.fixture
def astronaut() -> LabelledFrame:
    box = np.array([FACE_XYXY], np.float32)
    return LabelledFrame(astronaut_bgr(), Annotations(box, np.array([1]), np.array([False])))


def test_the_exported_file_takes_any_size_and_predictions_as_keras_does(
    network: keras.Model, astronaut: LabelledFrame, tmp_path: Path
) -> None:
    file = tmp_path / "small.tflite"
    file.write_bytes(to_litert(network, (None, None, 3)))
    assert parity_drift(network, Model(file, CARD), [astronaut]) < 0.01
    exported = FaceNetwork(Model(file, CARD))
    for shape in ((64, 96), (256, 320), (32, 32)):
        picture = np.random.default_rng(1).integers(0, 255, (*shape, 3), np.uint8)
        expected = np.asarray(network(picture[None, :, :, ::-1].astype(np.float32), training=False))[0]
        assert exported.raw(picture) == pytest.approx(expected, abs=0.1)


def test_a_network_that_knows_nothing_is_not_calibrated(
    network: keras.Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, config, out = tmp_path / "a.weights.h5", tmp_path / "config.json", tmp_path / "out" / "a.tflite"
    network.save_weights(weights)
    config.write_text(json.dumps({"alpha": 0.35, "channels": 16, "blocks": 2}))
    faces = coco(tmp_path)
    out.parent.mkdir()
    out.write_bytes(b"the model of before")
    command = ["export", "detector", "--weights", str(weights), "--config", str(config), "--coco-val", str(faces)]
    with pytest.raises(SystemExit, match="train it longer"):
        main([*command, "--images", str(tmp_path), "--out", str(out)])
    assert [path.read_bytes() for path in out.parent.iterdir()] == [b"the model of before"]


def test_bad_input_is_one_sentence_that_names_it(network: keras.Model, tmp_path: Path) -> None:
    files = {"--weights": tmp_path / "a.weights.h5", "--config": tmp_path / "config.json"}
    network.save_weights(files["--weights"])
    config = {"alpha": 0.35, "channels": 16, "blocks": 2}
    files["--config"].write_text(json.dumps(config))
    files |= {"--coco-val": coco(tmp_path), "--images": tmp_path, "--out": tmp_path / "a.tflite"}
    broken, lacking, wider = (tmp_path / name for name in ("broken.json", "lacking.json", "wider.json"))
    broken.write_text("{")
    lacking.write_text(json.dumps({"alpha": 0.35}))
    wider.write_text(json.dumps(config | {"channels": 32}))
    cut = tmp_path / "cut.weights.h5"
    cut.write_bytes(files["--weights"].read_bytes()[:999])
    nowhere, empty = tmp_path / "nowhere", tmp_path / "empty"
    empty.mkdir()
    for option, path, words in (
        ("--config", nowhere, "nowhere"),
        ("--config", broken, "broken.json"),
        ("--config", lacking, "lacking.json lacks channels, blocks"),
        ("--config", wider, "a.weights.h5 does not fit"),
        ("--weights", tmp_path / "lost.weights.h5", "lost.weights.h5"),
        ("--weights", cut, "cut.weights.h5"),
        ("--coco-val", nowhere, "nowhere"),
        ("--coco-val", broken, "broken.json is not COCO"),
        ("--images", nowhere, "nowhere"),
        ("--negatives", empty, "no picture in"),
        ("--classifier", tmp_path / "lost.tflite", "lost"),
        ("--ensemble-with", tmp_path / "lost.tflite", "lost"),
    ):
        said = refused("export", "detector", *(word for pair in (files | {option: path}).items() for word in pair))
        assert words in said, option


def test_calibration_and_thresholds_come_from_right_and_wrong_detections(astronaut: LabelledFrame) -> None:
    model = load_model(Path("multiface"), "face_detector")
    moved = replace(astronaut.annotations, xyxy=astronaut.annotations.xyxy + 200)
    elsewhere = replace(astronaut, annotations=moved)
    raw = replace(model, card=model.card | {"calibration": {}})
    assert 0.2 <= fit_label_temperature(raw, [astronaut, elsewhere]) <= 5
    table = infer_and_calibrate(raw, NETWORK_VIEWS, [astronaut, elsewhere], [], [])
    assert set(table) == set(map(views_name, NETWORK_VIEWS))
    for views in NETWORK_VIEWS:
        assert Calibration.of_card({"calibration": table}, views).slope == table[views_name(views)]["slope"]
    alone = {"name": model.card["name"], "sha256": model.card["sha256"], "calibration": {}}
    second = replace(raw, card=raw.card | {"ensemble": alone})
    ensemble = infer_and_calibrate(raw, ENSEMBLE_VIEWS, [astronaut, elsewhere], [], [], second)
    assert set(ensemble) == set(map(views_name, ENSEMBLE_VIEWS))


def test_false_positives_on_empty_photos_raise_the_threshold(astronaut: LabelledFrame, tmp_path: Path) -> None:
    model = load_model(Path("multiface"), "face_detector")
    raw = replace(model, card=model.card | {"calibration": {}})
    views = stream_views(320)
    moved = replace(astronaut.annotations, xyxy=astronaut.annotations.xyxy + 200)
    elsewhere = replace(astronaut, annotations=moved)
    path = tmp_path / "face.png"
    cv2.imwrite(str(path), astronaut.frame)
    # A photo printed to be empty on which a face is found: the limit can only be kept above its score.
    said_empty = Photo(path.name, (512, 512), Annotations.empty(), "nobody", folder=tmp_path)
    (numbers,) = infer_and_calibrate(raw, [views], [astronaut, elsewhere], [], [[said_empty]]).values()
    calibrated = replace(model, card=model.card | {"calibration": {views_name(views): numbers}})
    detector = MultiFaceDetector(calibrated, views)
    found = detector.detect(astronaut.frame, detector.score_threshold)
    assert len(found) <= FALSE_POSITIVES_PER_EMPTY_PHOTO


def test_close_ups_make_large_detections_more_probable() -> None:
    rng, views = np.random.default_rng(0), (View(320),)
    small, large = np.array([[100, 100, 140, 140]], np.float32), np.array([[10, 10, 310, 310]], np.float32)

    def seen(*boxes: np.ndarray) -> ViewCandidates:
        xyxy, probs = np.concatenate(boxes), np.tile(np.array([1, 0, 0], np.float32), (len(boxes), 1))
        score = rng.uniform(0.2, 0.8, len(boxes)).astype(np.float32)
        return ViewCandidates({View(320): Candidates(xyxy, score, probs)}, (320, 320), lambda: frame)

    frame = np.zeros((320, 320, 3), np.uint8)
    photo = LabelledFrame(frame, Annotations(small, np.array([0]), np.zeros(1, bool)))
    # Small detections are faces three times out of four; large ones never are, on these photos.
    photos = [(photo, seen(small if i % 4 else small + 60, large)) for i in range(200)]
    face, nothing = large[0].astype(float), np.zeros((0, 4))
    near = CloseUp("near", Path("near.png"), "near", None, (320, 320), face, 0, 0.5, 0.9, False, nothing)
    without, close = (
        Calibration(**calibrate(CalibrationSet(photos, close_ups, []), [views])["320"])
        for close_ups in ([], [(near, seen(large)) for _ in range(500)])
    )
    probability = [each.apply(np.array([0.5], np.float32), large, 320)[0] for each in (without, close)]
    assert probability[0] < 0.1
    assert probability[1] > probability[0] + 0.1


def test_verified_scores_keep_the_limit_and_the_small_faces() -> None:
    rng, views = np.random.default_rng(0), (View(320),)
    bright, dark = np.full((320, 320, 3), 255, np.uint8), np.zeros((320, 320, 3), np.uint8)
    large, small = np.array([[10, 10, 310, 310]], np.float32), np.array([[5, 5, 30, 30]], np.float32)

    class BrightIsAFace:
        def face_logits(self, frame: Frame, xyxy: FloatArray) -> FloatArray:
            return np.full(len(xyxy), 4.0 if frame.mean() > 100 else -4.0, np.float32)

    def seen(frame: Frame, boxes: np.ndarray, low: float, high: float) -> ViewCandidates:
        probs = np.tile(np.array([1, 0, 0], np.float32), (len(boxes), 1))
        score = rng.uniform(low, high, len(boxes)).astype(np.float32)
        return ViewCandidates({View(320): Candidates(boxes, score, probs)}, (320, 320), lambda: frame)

    photo = LabelledFrame(bright, Annotations(small, np.array([0]), np.zeros(1, bool)))
    photos = [(photo, seen(bright, small if i % 5 else small + 200, 0.5, 0.9)) for i in range(100)]
    nothing = np.zeros((0, 4))
    near = CloseUp(
        "near", Path("near.png"), "near", None, (320, 320), large[0].astype(float), 0, 0.5, 0.9, False, nothing
    )
    # To the detector, what fills photos without faces looks much like the face of a close-up.
    close_ups = [(near, seen(bright, large, 0.5, 0.9)) for _ in range(100)]
    empty = [seen(dark, large, 0.4, 0.8) for _ in range(100)]
    held_out = CalibrationSet(photos, close_ups, [empty])
    without = Calibration(**calibrate(held_out, [views])["320"])
    row = calibrate(held_out, [views], BrightIsAFace())["320"]  # type: ignore[arg-type]
    calibration = Calibration.of_card({"calibration": {"320": row}}, views)
    verification = calibration.verification
    assert verification is not None

    def shown(candidates: ViewCandidates, logit: float) -> int:
        raw = candidates.raw(views)
        found = replace(raw, detection_score=calibration.apply(raw.detection_score, raw.xyxy, 320))
        verified = verify_large(found, 320, verification, lambda boxes: np.full(len(boxes), logit, np.float32))
        return int((verified.detection_score >= verification.threshold).sum())

    assert sum(shown(each, -4.0) for each in empty) <= FALSE_POSITIVES_PER_EMPTY_PHOTO * len(empty)
    assert sum(shown(each, 4.0) for _, each in close_ups) == len(close_ups)
    assert verification.threshold <= without.threshold


def test_an_export_that_misses_faces_near_the_camera_is_refused(
    network: keras.Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = load_model(Path("multiface"), "face_detector")
    classifier = MaskClassifier(load_model(Path("mask_classifier"), "mask_classifier"))
    args = argparse.Namespace(force=False)
    never = {"threshold": 1, "verification": None}
    blind = replace(
        model, card=model.card | {"calibration": {n: c | never for n, c in model.card["calibration"].items()}}
    )
    path = tmp_path / "face.png"
    x1, y1, x2, y2 = FACE_XYXY
    cv2.imwrite(str(path), astronaut_bgr()[y1:y2, x1:x2])
    size = (x2 - x1, y2 - y1)
    near = CloseUp(
        "near",
        path,
        "near",
        np.array([0, 0, *size]),
        size,
        np.array([0.0, 0, *size]),
        1,
        0.5,
        1.0,
        False,
        np.zeros((0, 4)),
    )
    with pytest.raises(SystemExit, match="--force"):
        refuse_blind(args, blind, None, classifier, CloseUps([near], [], 0))
    args.force = True
    assert refuse_blind(args, blind, None, classifier, CloseUps([near], [], 0))["failing"]
    args.force = False
    assert refuse_blind(args, model, None, classifier, CloseUps([near], [], 0)) == {"checked": True, "failing": []}
    assert refuse_blind(args, model, None, classifier, CloseUps([], [], 0)) == {"checked": False}
