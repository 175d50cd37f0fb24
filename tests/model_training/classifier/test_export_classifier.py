"""The classifier's way from a run to a file that the app serves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from model_training.__main__ import main
from model_training.classifier import export as export_classifier
from model_training.classifier.export import Parity, measure_parity, refuse_relabelling
from model_training.export.litert import WEIGHTS_TYPES
from model_training.training.best_model import outputs_of
from model_training.training.metrics_log import read_metrics
from tests.model_training.painted_crops import crop_manifest, painted_crop
from tests.model_training.photo_folders import refused
from tests.pictures import astronaut_bgr, jpeg
from webapp.__main__ import main as webapp
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import load_model


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two classes that has learnt to tell painted crops."""
    folder = tmp_path_factory.mktemp("two-classes")
    manifest = crop_manifest(folder, classes=2)
    data = ["--coco", str(manifest), "--coco-val", str(manifest), "--images", str(folder), "--run", str(folder / "run")]
    options = ["--backbone", "scratch", "--size-px", "40", "--epochs", "8", "--batch-size", "6"]
    main(["train", "classifier", *data, *options, "--learning-rate", "3e-3"])
    return folder / "run"


@pytest.fixture(scope="module")
def exported(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Export the run with a type of weights, once each."""
    folder = tmp_path_factory.mktemp("exported")

    @cache
    def export(weights: str) -> Path:
        out = folder / weights / "own.tflite"
        main(["export", "classifier", "--run", str(run_folder), "--out", str(out), "--weights-type", weights])
        return out

    return export


@pytest.mark.parametrize("weights", WEIGHTS_TYPES)
def test_every_weights_type_is_served_as_keras_predictions(
    run_folder: Path, exported: Callable[[str], Path], weights: str
) -> None:
    out = exported(weights)
    card = json.loads(out.with_suffix(".json").read_text())
    assert (card["name"], card["classes"]) == ("own", ["with_mask", "without_mask"])
    assert card["input"] == {"size_px": 40, "colour": "RGB", "dtype": "float32", "range": [0, 255]}
    assert card["weights"].startswith(weights)
    config = json.loads((run_folder / "config.json").read_text())
    assert (card["trained"], card.get("commit")) == (config["trained"], config["commit"])
    assert card["data"]["sources"] == ["made up"]
    best = max(read_metrics(run_folder / "metrics.csv"), key=lambda row: row["val_accuracy"])
    assert card["metrics"]["validation"]["accuracy"] == round(best["val_accuracy"], 4)
    assert card["metrics"]["validation"]["epoch"] == best["epoch"] + 1
    assert card["backbone_weights"] == "random numbers: learnt from the faces alone"
    assert card["parity_with_keras"]["crops"] == 6
    classifier = MaskClassifier(load_model(out, "mask_classifier"))
    crops = np.stack([cv2.resize(painted_crop(label, 99), (40, 40))[:, :, ::-1] for label in (0, 1)])
    model = keras.models.load_model(run_folder / "model.keras")
    expected = outputs_of(model, crops.astype(np.float32))
    assert expected.argmax(axis=1).tolist() == [0, 1]
    tolerance = 0.1 if weights == "int8" else 0.01
    assert classifier.probabilities(crops) == pytest.approx(expected, abs=tolerance)
    features = outputs_of(keras.Model(model.input, model.get_layer("label_score").input), crops.astype(np.float32))
    found = classifier.outputs_and_features(crops)[1]
    assert found.shape == (2, 256) == (2, card["features"])
    assert found == pytest.approx(features, abs=tolerance * float(features.max()))


def test_int8_takes_a_quarter_of_the_room(exported: Callable[[str], Path]) -> None:
    sizes = {weights: exported(weights).stat().st_size for weights in WEIGHTS_TYPES}
    assert sizes["float16"] < 0.6 * sizes["float32"]
    assert sizes["int8"] < 0.35 * sizes["float32"]


@pytest.mark.parametrize("weights", ["float16", "int8"])
def test_the_app_serves_two_classes_of_another_size(
    exported: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], weights: str
) -> None:
    out = exported(weights)
    capsys.readouterr()
    (tmp_path / "face.jpg").write_bytes(jpeg(astronaut_bgr()))
    assert webapp(["detect", "--json", "--classifier", str(out), str(tmp_path / "face.jpg")]) == 0
    output = json.loads(capsys.readouterr().out)
    assert output["model"]["classifier"] == "own"
    assert len(output["faces"]) == 1
    assert output["faces"][0]["label"] in ("with_mask", "without_mask")
    assert 0.5 <= output["faces"][0]["label_score"] <= 1
    probs = output["faces"][0]["label_probs"]
    assert probs["mask_worn_incorrectly"] == 0
    assert sum(probs.values()) == pytest.approx(1, abs=0.01)


def test_what_cannot_be_exported_is_refused_in_a_sentence(run_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.tflite"
    assert "is not there" in refused("export", "classifier", "--run", tmp_path, "--out", out)
    assert "gone.json" in refused(
        "export", "classifier", "--run", run_folder, "--out", out, "--coco-val", tmp_path / "gone.json"
    )
    assert not out.exists()


def test_a_refused_export_leaves_the_model_of_before_and_its_card(
    run_folder: Path, exported: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "own.tflite"
    for file in (exported("float16"), exported("float16").with_suffix(".json")):
        shutil.copy(file, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert before.keys() == {"own.tflite", "own.json"}
    monkeypatch.setitem(export_classifier.LARGEST_MEAN_DRIFT, "int8", -1.0)
    printed = refused("export", "classifier", "--run", run_folder, "--out", out, "--weights-type", "int8")
    assert "drifts from the Keras model" in printed
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_model_goes_into_no_file_that_its_card_would_overwrite(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["export", "classifier", "--run", str(run_folder), "--out", str(tmp_path / "x.json")])
    assert "x.json does not end in .tflite." in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_not_its_model_is_noticed(run_folder: Path, exported: Callable[[str], Path]) -> None:
    classifier = MaskClassifier(load_model(exported("float16"), "mask_classifier"))
    crops = np.stack([cv2.resize(painted_crop(label, label), (40, 40))[:, :, ::-1] for label in (0, 0, 0, 1)])
    model = keras.models.load_model(run_folder / "model.keras")
    kernel, bias = model.get_layer("label_score").get_weights()
    model.get_layer("label_score").set_weights([kernel[:, ::-1], bias[::-1]])
    parity = measure_parity(model, classifier, crops)
    assert parity.fraction_relabelled == 1
    assert parity.largest_score_difference >= parity.mean_score_difference > 0.3
    refuse_relabelling(Parity(200, 0.01, 0.01, 0.005), 0.01)
    with pytest.raises(SystemExit, match=r"gives 100.0% of 4 crops another label"):
        refuse_relabelling(parity, 0.01)
