"""The classifier's training, in small: what it learns from, what a run leaves, resuming, determinism."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from model_training.__main__ import main
from model_training.classifier.evaluate import measure
from model_training.training.best_model import check_saved, outputs_of
from model_training.training.metrics_log import read_metrics
from tests.model_training.painted_crops import crop_manifest
from tests.model_training.photo_folders import cut_off, refused


def train(manifest: Path, run: Path, *more: str) -> None:
    """Train on crops that name their splits, 32 px."""
    data = ["--coco", str(manifest), "--coco-val", str(manifest), "--images", str(manifest.parent)]
    options = ["--size-px", "32", "--batch-size", "6", "--run", str(run), "--backbone-weights", "none", *more]
    main(["train", "classifier", *data, *options])


def test_a_run_says_what_it_is_and_its_model_learns(tmp_path: Path) -> None:
    manifest, run = crop_manifest(tmp_path, classes=2), tmp_path / "run"
    train(manifest, run, "--backbone", "scratch", "--epochs", "6", "--learning-rate", "3e-3", "--save-h5")
    config = json.loads((run / "config.json").read_text())
    expected = {"system": "classifier", "backbone": "scratch", "size_px": 32, "padding": 0.1, "dropout": 0.5}
    expected |= {"classes": ["with_mask", "without_mask"], "backbone_weights": "none"}
    assert {key: config[key] for key in expected} == expected
    assert config["train_faces"] == {"with_mask": 6, "without_mask": 6, "mask_worn_incorrectly": 0}
    assert config["validation_faces"] == {"with_mask": 3, "without_mask": 3, "mask_worn_incorrectly": 0}
    rows = read_metrics(run / "metrics.csv")
    assert len(rows) == 6
    assert max(row["val_accuracy"] for row in rows) == 1
    crops = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    of_keras, of_h5 = (keras.models.load_model(run / name, compile=False) for name in ("model.keras", "model.h5"))
    assert outputs_of(of_keras, crops) == pytest.approx(outputs_of(of_h5, crops), abs=1e-5)


def test_a_resumed_run_goes_on_and_keeps_its_best_model(tmp_path: Path) -> None:
    manifest, run = crop_manifest(tmp_path, classes=3), tmp_path / "run"
    options = ["--backbone", "scratch", "--classes", "3", "--augmentation", "strong", "--pooling", "average"]
    train(manifest, run, *options, "--epochs", "1")
    best = read_metrics(run / "metrics.csv")[0]["val_accuracy"]
    written = (run / "model.keras").stat().st_mtime_ns
    train(manifest, run, *options, "--epochs", "2")
    assert [row["epoch"] for row in read_metrics(run / "metrics.csv")] == [0, 1]
    improved = read_metrics(run / "metrics.csv")[-1]["val_accuracy"] > best
    assert ((run / "model.keras").stat().st_mtime_ns != written) == improved
    config = json.loads((run / "config.json").read_text())
    assert config["train_faces"] == {"with_mask": 6, "without_mask": 6, "mask_worn_incorrectly": 18}


def test_one_seed_makes_one_run_of_figures(tmp_path: Path) -> None:
    manifest = crop_manifest(tmp_path, classes=2)
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        train(manifest, tmp_path / name, "--backbone", "scratch", "--epochs", "2", "--seed", seed)
    a, b, c = ((tmp_path / name / "metrics.csv").read_text() for name in "abc")
    assert a == b
    assert a != c


def test_mobilenet_starts_from_its_file_with_batch_norm_reestimated(tmp_path: Path) -> None:
    manifest, run = crop_manifest(tmp_path, classes=2), tmp_path / "run"
    backbone = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(32, 32, 3))
    backbone.save_weights(tmp_path / "own.weights.h5")
    # All but the last convolution is frozen, so what is found there is what training began with.
    options = ["--backbone-weights", str(tmp_path / "own.weights.h5"), "--frozen-before", "Conv_1", "--epochs", "1"]
    train(manifest, run, *options)
    model = keras.models.load_model(run / "model.keras")
    assert (model.get_layer("Conv1").get_weights()[0] == backbone.get_layer("Conv1").get_weights()[0]).all()
    variance = model.get_layer("bn_Conv1").moving_variance
    assert not np.allclose(variance, backbone.get_layer("bn_Conv1").moving_variance, atol=0.1)


def test_mixed_precision_leaves_a_model_of_float32(tmp_path: Path) -> None:
    manifest, run = crop_manifest(tmp_path, classes=2), tmp_path / "run"
    train(manifest, run, "--backbone", "vgg16", "--epochs", "1", "--mixed-precision")
    model = keras.models.load_model(run / "model.keras")
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"


def faces_of_run(manifest: Path, run: Path, *more: str) -> dict[str, dict[str, int]]:
    """Return the counts in `config.json` of a run that ends where training would begin: its weights are not there."""
    data = ["--coco", manifest, "--coco-val", manifest, "--images", manifest.parent, "--size-px", "32", "--run", run]
    printed = refused("train", "classifier", *data, "--backbone", "vgg16", "--backbone-weights", run / "none.h5", *more)
    assert "no file of weights" in printed
    config = json.loads((run / "config.json").read_text())
    return {name: config[name] for name in ("train_faces", "validation_faces")}


def test_two_classes_leave_badly_worn_masks_out_or_count_them_as_none(tmp_path: Path) -> None:
    manifest = crop_manifest(tmp_path, classes=3)
    for name, more, without in (("out", [], 6), ("in", ["--incorrect", "without_mask"], 12)):
        faces = faces_of_run(manifest, tmp_path / name, *more)["train_faces"]
        assert faces == {"with_mask": 6, "without_mask": without, "mask_worn_incorrectly": 0}


def test_further_sets_join_training_and_vgg16_goes_on_from_a_run_at_another_size(tmp_path: Path) -> None:
    manifest = crop_manifest(tmp_path, classes=2)
    (tmp_path / "more").mkdir()
    more = crop_manifest(tmp_path / "more", classes=2, train=4, val=1)
    options = ["--backbone", "vgg16", "--pooling", "average", "--epochs", "1", "--also", str(more), str(more.parent)]
    train(manifest, tmp_path / "first", *options)
    config = json.loads((tmp_path / "first" / "config.json").read_text())
    assert config["train_faces"] == {"with_mask": 10, "without_mask": 10, "mask_worn_incorrectly": 0}
    assert config["validation_faces"] == {"with_mask": 3, "without_mask": 3, "mask_worn_incorrectly": 0}
    own = str(tmp_path / "first" / "model.keras")
    frozen = ["--frozen-before", "block5_conv3", "--size-px", "48", "--backbone-weights", own]
    train(manifest, tmp_path / "second", *options, *frozen)
    first, second = (keras.models.load_model(tmp_path / name / "model.keras") for name in ("first", "second"))
    kernels = [model.get_layer("block1_conv1").get_weights()[0] for model in (first, second)]
    assert (kernels[0] == kernels[1]).all()
    assert second.input_shape == (None, 48, 48, 3)


def test_a_limit_takes_so_many_of_each_class(tmp_path: Path) -> None:
    faces = faces_of_run(crop_manifest(tmp_path, classes=2), tmp_path / "run", "--limit", "2")
    assert faces["train_faces"] == faces["validation_faces"]
    assert faces["train_faces"] == {"with_mask": 2, "without_mask": 2, "mask_worn_incorrectly": 0}


def test_what_cannot_be_trained_is_refused_in_a_sentence(tmp_path: Path) -> None:
    manifest = crop_manifest(tmp_path, classes=2)
    data = ["--coco-val", manifest, "--images", tmp_path, "--run", tmp_path / "run", "--size-px", "32"]
    printed = refused("train", "classifier", "--coco", manifest, *data, "--classes", "3")
    assert printed == "Among the training faces none is labelled mask_worn_incorrectly; --classes 2 does without."
    printed = refused("train", "classifier", "--coco", manifest, *data, "--backbone-weights", tmp_path / "none.h5")
    assert "no file of weights" in printed
    assert "none.json" in refused("train", "classifier", "--coco", tmp_path / "none.json", *data)
    printed = refused("train", "classifier", "--coco", manifest, *data, "--crops", tmp_path / "nowhere")
    assert printed == f"There is no folder {tmp_path / 'nowhere' / 'WithMask'}."


def test_bad_pictures_are_left_out_and_listed_after_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest, run = crop_manifest(tmp_path, classes=2), tmp_path / "run"
    bad = [cut_off(tmp_path / name, 0.5) for name in ("train/0/1.png", "val/1/0.png")]
    with pytest.raises(SystemExit) as stopped:
        train(manifest, run, "--backbone", "scratch", "--epochs", "1")
    assert stopped.value.code == 1
    expected = [f"  {path}: the picture is cut off; left out" for path in bad]
    assert capsys.readouterr().err.splitlines()[-3:] == ["2 problems:", *expected]
    assert (run / "model.keras").is_file()
    config = json.loads((run / "config.json").read_text())
    assert config["train_faces"] == {"with_mask": 5, "without_mask": 6, "mask_worn_incorrectly": 0}
    assert config["validation_faces"] == {"with_mask": 3, "without_mask": 2, "mask_worn_incorrectly": 0}


def test_a_class_whose_pictures_are_all_bad_is_reported_with_them(tmp_path: Path) -> None:
    manifest = crop_manifest(tmp_path, classes=2, val=1)
    bad = cut_off(tmp_path / "val/1/0.png", 0.5)
    data = ["--coco", manifest, "--coco-val", manifest, "--images", tmp_path]
    assert refused("train", "classifier", *data, "--run", tmp_path / "run").splitlines() == [
        f"{bad}: the picture is cut off; left out",
        "Among the validation faces none is labelled without_mask.",
    ]


def test_a_file_that_is_not_the_model_is_refused(tmp_path: Path) -> None:
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    model.save(tmp_path / "model.keras")
    some = np.ones((3, 4), np.float32)
    expected = model.predict(some, verbose=0)
    check_saved(tmp_path / "model.keras", some, expected)
    with pytest.raises(SystemExit, match=r"outputs differ by 0\.1"):
        check_saved(tmp_path / "model.keras", some, expected + 0.1)


def test_two_classes_are_made_after_the_arg_max() -> None:
    gt_label, predictions = np.array([0, 0, 1, 2, 2]), np.array([0, 2, 2, 1, 0])
    metrics = measure(gt_label, predictions)
    assert metrics["accuracy_3_classes"] == 0.2
    assert metrics["accuracy_2_classes"] == 0.6
    assert metrics["recall"] == {"with_mask": 0.5, "without_mask": 0.0, "mask_worn_incorrectly": 0.0}
    assert metrics["confusion_matrix"] == [[1, 0, 1], [0, 0, 1], [1, 1, 0]]
