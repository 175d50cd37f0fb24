"""A classifier gets a face output, is exported with it, and verifies."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from model_training.__main__ import main
from model_training.classifier.face_examples import labelled_examples
from model_training.classifier.train_face_output import fit_face_output, with_face_output
from model_training.data.coco import write_coco
from tests.model_training.ground_truth_photos import BARE, photo
from tests.model_training.painted_crops import crop_manifest
from tests.model_training.photo_folders import refused
from tests.pictures import FACE_XYXY, astronaut_bgr
from webapp.vision.detections import Detections
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import load_model


def test_the_fit_tells_shifted_features() -> None:
    rng = np.random.default_rng(0)
    is_face = np.arange(400) % 4 == 0
    features = rng.normal(5, 3, (400, 6)).astype(np.float32)
    features[is_face, 2] += 9
    weights, offset = fit_face_output(features, is_face)
    logits = features @ weights + offset
    assert ((logits > 0) == is_face).mean() > 0.9
    assert weights.argmax() == 2


def test_the_classes_stay_as_they_are() -> None:
    inputs = keras.Input((8, 8, 3))
    features = keras.layers.Dropout(0.5)(keras.layers.GlobalAveragePooling2D()(inputs))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(features))
    more = with_face_output(model, np.array([1, 0, -1], np.float32), 0.5)
    crops = np.random.default_rng(0).uniform(0, 1, (4, 8, 8, 3)).astype(np.float32)
    found = more.predict(crops, verbose=0)
    assert found[:, :2] == pytest.approx(model.predict(crops, verbose=0))
    means = crops.mean(axis=(1, 2))
    assert found[:, 2] == pytest.approx(means[:, 0] - means[:, 2] + 0.5, abs=1e-5)


def test_the_stage_writes_a_run_that_can_be_exported(tmp_path: Path) -> None:
    manifest = crop_manifest(tmp_path, classes=2)
    crops = ["--coco", str(manifest), "--images", str(tmp_path)]
    brief = ["--backbone", "scratch", "--size-px", "40", "--epochs", "1", "--batch-size", "6"]
    main(["train", "classifier", *crops, "--coco-val", str(manifest), *brief, "--run", str(tmp_path / "run")])
    (tmp_path / "empty").mkdir()
    for name in range(8):
        noise = np.random.default_rng(name).integers(0, 256, (120, 160, 3), np.uint8)
        _write(tmp_path / "empty" / f"{name}.png", noise)
    out = tmp_path / "with-face"
    stage = ["train", "face-output", *crops, "--size-px", "160", "--negatives", str(tmp_path / "empty")]
    main([*stage, "--run", str(tmp_path / "run"), "--out", str(out)])
    config = json.loads((out / "config.json").read_text())
    assert config["face_output"]["faces"] > 0 < config["face_output"]["others"]
    main(["export", "classifier", "--run", str(out), "--out", str(tmp_path / "own.tflite")])
    classifier = MaskClassifier(load_model(tmp_path / "own.tflite", "mask_classifier"))
    assert classifier.has_face_output
    assert classifier.face_logits(astronaut_bgr(), np.array([FACE_XYXY], np.float32)).shape == (1,)
    again = ["--run", str(out), "--out", str(tmp_path / "again")]
    assert "has a face output already" in refused(*stage, *again)
    onto_itself = ["--run", str(tmp_path / "run"), "--out", str(tmp_path / "run")]
    assert "another folder" in refused(*stage, *onto_itself)


class _NothingFound:
    def detect(self, frame: np.ndarray, score_threshold: float) -> Detections:
        return Detections.empty()


def test_photos_of_another_split_give_no_examples(tmp_path: Path) -> None:
    _write(tmp_path / "one.png", astronaut_bgr())
    labelled = photo([[*FACE_XYXY, BARE]], "one.png", (512, 512))
    for split, examples in (("train", 1), ("val", 0), ("test", 0), (None, 1)):
        write_coco(tmp_path / "faces.json", [replace(labelled, split=split)])
        rng = np.random.default_rng(0)
        found = list(labelled_examples(tmp_path / "faces.json", tmp_path, _NothingFound(), 9, rng))
        assert len(found) == examples


def _write(path: Path, frame: np.ndarray) -> None:
    cv2.imwrite(str(path), frame)
