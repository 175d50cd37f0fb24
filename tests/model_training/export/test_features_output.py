"""Features as a second output of a classifier that was exported without them."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from model_training.classifier.network import build_mask_classifier
from model_training.export.cards import provenance, write_card
from model_training.export.litert import to_litert
from tools.add_features import main
from webapp.vision.detections import LABELS
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import SHIPPED, load_model

CARD = {"task": "mask_classifier", "classes": LABELS[:2], "input": {"size_px": 40}, "padding": 0.1}


def test_features_come_out_and_scores_stay_the_same_to_the_last_bit(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    network = build_mask_classifier("scratch", 40, 2)
    old, out, detector = tmp_path / "old.tflite", tmp_path / "new.tflite", tmp_path / "detector.json"
    old.write_bytes(to_litert(network, (40, 40, 3)))

    write_card(old, CARD | facts(old))
    before = load_model(old, "mask_classifier")
    detector.write_text(json.dumps({"verifier": {"sha256": before.card["sha256"]}, "slope": 2.5}))
    main(["--model", str(old), "--out", str(out), "--detectors", str(detector)])
    after = load_model(out, "mask_classifier")
    assert after.card["features"] == 256
    assert json.loads(detector.read_text()) == {"verifier": {"sha256": after.card["sha256"]}, "slope": 2.5}
    assert 0 < out.stat().st_size - old.stat().st_size < 200
    assert len(after.card["known_answer"]["outputs"]) == 2
    assert after.card["known_answer"]["outputs"][0] == before.card["known_answer"]["outputs"][0]
    crops = np.random.default_rng(2).integers(0, 256, (3, 40, 40, 3), np.uint8)
    scores, features = MaskClassifier(after).outputs_and_features(crops)
    assert np.array_equal(scores, MaskClassifier(before).outputs(crops))
    expected = keras.Model(network.input, network.layers[-1].input).predict(crops.astype(np.float32), verbose=0)
    assert features == pytest.approx(expected, abs=0.01 * float(expected.max()))


def facts(file: Path) -> dict[str, object]:

    return provenance(file.read_bytes(), {})


def test_a_file_that_has_features_or_no_softmax_is_refused_in_a_sentence(tmp_path: Path) -> None:
    out = tmp_path / "own.tflite"
    classifier = SHIPPED / "mask_classifier.tflite"
    assert "more than one output" in refused(classifier, out)
    assert "not a mask_classifier" in refused(SHIPPED / "multiface.tflite", out)
    inputs = keras.Input((40, 40, 3))
    plain = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(inputs)))
    file = tmp_path / "plain.tflite"
    file.write_bytes(to_litert(plain, (40, 40, 3)))
    write_card(file, CARD | facts(file))
    assert "no single softmax" in refused(file, out)
    assert not out.exists()


def refused(model: Path, out: Path) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(["--model", str(model), "--out", str(out)])
    return str(stopped.value)
