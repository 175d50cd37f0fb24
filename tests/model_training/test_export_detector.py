"""The detector's way from Keras to a calibrated LiteRT file with its card."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from model_training.__main__ import main
from model_training.export_detector import calibrate, fit_label_temperature, parity_drift
from model_training.litert import to_litert
from model_training.networks.face_detector import build_face_detector
from model_training.photos import LabelledPhoto
from tests.model_training.test_faces import coco
from tests.pictures import FACE_XYXY, astronaut_bgr
from webapp.vision.detections import LABELS
from webapp.vision.detectors.calibration import Calibration
from webapp.vision.detectors.face_network import FaceNetwork
from webapp.vision.detectors.multiface import LOOKS, TOGETHER, looks_name
from webapp.vision.model_files import Model, load_model

CARD = {"classes": list(LABELS), "calibration": {}, "label_temperature": 1.0}


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    return build_face_detector(channels=16)


@pytest.fixture
def astronaut() -> LabelledPhoto:
    box = np.array([FACE_XYXY], np.float32)
    return LabelledPhoto(astronaut_bgr(), box, np.array([1]), "nasa", np.array([False]))


def test_the_exported_file_takes_any_size_and_answers_as_keras_does(
    network: keras.Model, astronaut: LabelledPhoto, tmp_path: Path
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


def test_calibration_and_thresholds_come_from_right_and_wrong_answers(astronaut: LabelledPhoto) -> None:
    model = load_model(Path("multiface"), "face_detector")
    elsewhere = LabelledPhoto(
        astronaut.frame, astronaut.xyxy + 200, astronaut.label, astronaut.source, astronaut.doubtful
    )
    raw = replace(model, card=model.card | {"calibration": {}})
    assert 0.2 <= fit_label_temperature(raw, [astronaut, elsewhere]) <= 5
    table = calibrate(raw, [astronaut, elsewhere])
    assert set(table) == {looks_name(*look) for look in LOOKS}
    for way, numbers in table.items():
        assert Calibration.of_card({"calibration": table}, way).slope == numbers["slope"]
    alone = {"name": model.card["name"], "sha256": model.card["sha256"], "calibration": {}}
    together = calibrate(raw, [astronaut, elsewhere], TOGETHER, replace(raw, card=raw.card | {"together": alone}))
    assert set(together) == {looks_name(*look) for look in TOGETHER}
