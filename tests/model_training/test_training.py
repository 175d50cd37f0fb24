"""The classifier's training, in small: batch norm, loader, two steps, export, parity, resuming."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from model_training.__main__ import main
from model_training.batch_norm import restate_batch_norm
from model_training.crop_loader import TrainingCrops, jitter_box, plain_crops
from model_training.evaluate_classifier import measure
from model_training.faces import FaceSample, read_coco_faces
from model_training.networks.mobilenet_v2_classifier import build_mobilenet_v2_classifier
from model_training.train_classifier import read_metrics
from tests.model_training.test_faces import coco
from webapp.vision.crops import crop_faces_rgb
from webapp.vision.detections import LABELS


@pytest.fixture
def samples(tmp_path: Path) -> list[FaceSample]:
    return list(read_coco_faces(coco(tmp_path), tmp_path, 8))


def test_batch_norm_is_restated_without_changing_the_function() -> None:
    keras.utils.set_random_seed(3)
    inputs = keras.Input((16, 16, 3))
    hidden = keras.layers.BatchNormalization()(keras.layers.Conv2D(8, 3, use_bias=False)(inputs))
    hidden = keras.layers.Conv2D(4, 3, use_bias=False)(keras.layers.ReLU()(hidden))
    model = keras.Model(inputs, keras.layers.BatchNormalization()(hidden))
    data = np.random.default_rng(3).normal(2, 3, (96, 16, 16, 3)).astype(np.float32)
    before = model.predict(data, verbose=0)
    in_training_mode = np.asarray(keras.models.clone_model(model)(data, training=True))
    assert np.abs(in_training_mode - before).max() > 0.5
    restate_batch_norm(model, data)
    assert model.predict(data, verbose=0) == pytest.approx(before, abs=1e-3)
    assert np.asarray(model(data, training=True)) == pytest.approx(before, abs=1e-2)


def test_the_loader_is_seeded_and_changes_with_the_epoch(samples: list[FaceSample]) -> None:
    def loader() -> TrainingCrops:
        return TrainingCrops(samples * 8, 64, 0.1, batch_size=4, seed=7)

    first, second = loader(), loader()
    crops, labels = first[1]
    assert (crops.shape, crops.dtype, labels.shape) == ((4, 64, 64, 3), np.float32, (4, 3))
    assert crops.max() > 1
    assert (crops == second[1][0]).all()
    second.on_epoch_end()
    assert (crops != second[1][0]).any()
    assert len(first) == 4


def test_evaluation_crops_are_those_of_serving(samples: list[FaceSample]) -> None:
    sample = samples[0]
    served = crop_faces_rgb(sample.patch, sample.xyxy[None], 64, 0.1)
    assert (plain_crops(samples[:1], 64, 0.1) == served).all()


def test_training_crops_are_rgb_as_those_of_serving() -> None:
    blue_bgr = np.zeros((100, 100, 3), np.uint8)
    blue_bgr[..., 0] = 220
    sample = FaceSample(blue_bgr, np.array([20, 20, 80, 80], np.float32), 0, "paint", 60)
    crops, _ = TrainingCrops([sample] * 32, 32, 0.1, batch_size=32, seed=1)[0]
    red, _, blue = crops.mean(axis=(0, 1, 2))
    assert blue > 2 * red


def test_jittered_boxes_stay_near_the_face() -> None:
    rng = np.random.default_rng(0)
    box = np.array([100, 100, 200, 200], np.float32)
    jittered = np.stack([jitter_box(box, rng) for _ in range(500)])
    centres, sides = (jittered[:, :2] + jittered[:, 2:]) / 2, jittered[:, 2:] - jittered[:, :2]
    assert np.abs(centres - 150).max() <= 10.01
    assert 70 < sides.min() < 80
    assert 125 < sides.max() < 142


def test_two_classes_are_made_after_the_arg_max() -> None:
    truth, answers = np.array([0, 0, 1, 2, 2]), np.array([0, 2, 2, 1, 0])
    figures = measure(truth, answers)
    assert figures["accuracy_3_classes"] == 0.2
    assert figures["accuracy_2_classes"] == 0.6
    assert figures["recall"] == {"with_mask": 0.5, "without_mask": 0.0, "mask_worn_incorrectly": 0.0}
    assert figures["confusion_matrix"] == [[1, 0, 1], [0, 0, 1], [1, 1, 0]]


def test_train_export_evaluate_from_start_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two epochs on two faces teach nothing; what counts is that every stage does its work and can go on."""
    faces, run = coco(tmp_path), tmp_path / "run"
    data = ["--images", str(tmp_path), "--size-px", "32", "--batch-size", "2", "--run", str(run)]
    command = ["train-classifier", "--coco", str(faces), "--coco-val", str(faces), *data]
    data_of_12_px = json.loads(faces.read_text())
    data_of_12_px["annotations"][1]["bbox"] = [5, 5, 20, 30]
    faces.write_text(json.dumps(data_of_12_px))
    main([*command, "--epochs", "2"])
    best = max(row["val_accuracy"] for row in read_metrics(run / "metrics.csv"))
    written = (run / "model.keras").stat().st_mtime_ns
    main([*command, "--epochs", "3"])
    improved = read_metrics(run / "metrics.csv")[-1]["val_accuracy"] > best
    assert ((run / "model.keras").stat().st_mtime_ns != written) == improved
    rows = (run / "metrics.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["epoch", "0", "1", "2"]
    exported = tmp_path / "own.tflite"
    arguments = ["--model", str(run / "model.keras"), "--config", str(run / "config.json")]
    arguments += ["--coco", str(faces), "--images", str(tmp_path), "--out", str(exported)]
    main(["export-classifier", *arguments])
    card = json.loads(exported.with_suffix(".json").read_text())
    assert card["classes"] == list(LABELS)
    assert card["parity_with_keras"]["largest_score_difference"] < 0.02
    out = tmp_path / "report.json"
    main(
        [
            "evaluate-classifier",
            "--model",
            str(exported),
            "--coco",
            str(faces),
            "--images",
            str(tmp_path),
            "--out",
            str(out),
        ]
    )
    assert json.loads(out.read_text())["all"]["faces"] == 2
    assert "confusion matrix" in capsys.readouterr().out


def test_the_shipped_network_has_the_card_s_outputs() -> None:
    model = build_mobilenet_v2_classifier(size_px=64)
    scores = model.predict(np.zeros((2, 64, 64, 3), np.float32), verbose=0)
    assert scores.shape == (2, len(LABELS))
    assert scores.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)
