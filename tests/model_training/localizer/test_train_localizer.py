"""The localizer's training, in small: losses, loader, network, two steps."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import pytest

from model_training.__main__ import main
from model_training.data.annotations import Photo
from model_training.data.face_samples import read_crop_folder
from model_training.data.labelled_photos import coco_photo_files, empty_photo_files
from model_training.data.problems import Problems
from model_training.localizer import train as train_localizer
from model_training.localizer.dataset import PlainSquares, TrainingSquares, pack_samples
from model_training.localizer.losses import BOX_LOSSES, iou
from model_training.localizer.network import build_localizer
from model_training.localizer.samples import LocalizerSample, read_localizer_samples
from model_training.training.best_model import outputs_of
from model_training.training.metrics_log import read_metrics
from tests.model_training.near_faces import crop_folder, near_set
from tests.model_training.painted_faces import painted_set, seen_box
from tests.model_training.photo_folders import cut_off

TRUE = np.array([[0.2, 0.3, 0.6, 0.7]], np.float32)
FOUND = np.array([[0.1, 0.3, 0.7, 0.6]], np.float32)


@pytest.fixture
def files(tmp_path: Path) -> list[Photo]:
    return coco_photo_files(painted_set(tmp_path), tmp_path, "train") + empty_photo_files(tmp_path / "empty", False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("corner-and-size", 0.1**2 + 0.2**2 + 0.1**2),
        ("corner-and-absolute-size", 0.1**2 + 0.2 + 0.1),
        ("mse", (0.1**2 + 0.1**2 + 0.1**2) / 4),
        # 0.12 in common, 0.22 in all, and a hull of 0.6 x 0.4.
        ("overlap-and-sides", 1 - 0.12 / 0.22 + (0.24 - 0.22) / 0.24 + 0.1 + 0.1 + 0.1),
    ],
)
def test_box_losses_are_those_worked_out_by_hand(name: str, expected: float) -> None:
    true, found = np.repeat(TRUE, 2, axis=0), np.concatenate([FOUND, TRUE])
    assert np.asarray(BOX_LOSSES[name](true, found)) == pytest.approx([expected, 0], abs=1e-6)


def test_overlap_is_that_worked_out_by_hand() -> None:
    inside_out = np.array([[0.6, 0.7, 0.2, 0.3]], np.float32)
    found = np.concatenate([FOUND, TRUE, inside_out, TRUE + 0.5])
    # 0.4 x 0.3 in common; 0.4 x 0.4 and 0.6 x 0.3 in all
    expected = [0.12 / (0.16 + 0.18 - 0.12), 1, 0, 0]
    assert np.asarray(iou(np.repeat(TRUE, 4, axis=0), found)) == pytest.approx(expected, abs=1e-5)


def test_the_box_of_a_sample_without_a_face_counts_for_nothing() -> None:
    blank = np.zeros((32, 32, 3), np.uint8)
    face = LocalizerSample(blank, TRUE[0], True, "photo", 0, "paint")
    nobody = LocalizerSample(blank, np.zeros(4, np.float32), False, "empty photo", -1, "paint")
    frames, targets, weights = pack_samples([face, nobody])
    output = {"face_score": np.full((2, 1), 0.5, np.float32), "box": np.concatenate([FOUND, FOUND])}
    model = keras.Sequential([keras.Input((4,)), keras.layers.Identity()])
    model.compile(loss=BOX_LOSSES["corner-and-size"])
    loss = model.evaluate(output["box"], targets["box"], sample_weight=weights["box"], verbose=0)
    assert loss == pytest.approx((0.1**2 + 0.2**2 + 0.1**2) / 2, abs=1e-6)  # ema over both
    assert targets["face_score"].tolist() == [[1], [0]]
    assert weights["face_score"].tolist() == [1, 1]
    assert frames.shape == (2, 32, 32, 3)


def test_training_boxes_are_where_the_faces_are(files: list[Photo]) -> None:
    loader = TrainingSquares(files, 64, batch_size=4, seed=8)
    samples, epochs = [], 30
    for _ in range(epochs):
        samples += loader.samples(0)
        loader.on_epoch_end()
    kinds = {sample.kind for sample in samples}
    assert kinds == {"photo", "window", "empty photo", "face-free window"}
    assert 0.5 < np.mean([sample.present for sample in samples]) < 0.9
    expected = 0
    for sample in samples:
        assert sample.frame.shape == (64, 64, 3)
        seen = seen_box(sample.frame)
        if not sample.present:
            assert seen is None
        elif seen is not None:  # a grey or strongly lit one cannot be seen by its colour
            assert sample.box * 64 == pytest.approx(seen, abs=4)
            expected += 1
    assert expected > len(samples) / 3


def test_training_shows_close_windows_and_crops_whose_boxes_are_not_learnt(tmp_path: Path) -> None:
    near = coco_photo_files(near_set(tmp_path, "train"), tmp_path, "train")
    folder = crop_folder(tmp_path / "crops")
    crops = list(read_crop_folder(folder / "WithMask", 0, "mask12k", 0.0, Problems()))
    loader = TrainingSquares(near, 64, batch_size=4, seed=7, close_probability=0.8, crops=crops)
    samples = []
    for _ in range(60):
        samples += loader.samples(0)
        loader.on_epoch_end()
    counts = Counter(sample.kind for sample in samples)
    assert set(counts) == {"close window", "crop", "photo", "window", "face-free window"}
    assert 0.4 < counts["close window"] / len(samples) < 0.7
    expected = 0
    for sample in samples:
        assert sample.boxed == (sample.kind != "crop")
        assert sample.present == (sample.kind != "face-free window")
        seen = seen_box(sample.frame)
        if sample.kind == "close window" and seen is not None:
            assert sample.box * 64 == pytest.approx(seen, abs=4)
            expected += 1
    assert expected > counts["close window"] / 2
    _, targets, weights = pack_samples(samples)
    assert weights["box"].sum() == sum(sample.present and sample.kind != "crop" for sample in samples)
    assert targets["face_score"].sum() == sum(sample.present for sample in samples)


def test_boxes_of_a_set_that_is_drawn_otherwise_are_not_learnt(tmp_path: Path) -> None:
    near = coco_photo_files(near_set(tmp_path, "train"), tmp_path, "train")
    loader = TrainingSquares(near, 64, batch_size=4, seed=7, unboxed=["near"])
    weights = pack_samples(loader.samples(0) + loader.samples(0))[2]
    assert weights["box"].sum() == 0
    assert weights["face_score"].sum() == 8


def test_the_loader_is_seeded_and_changes_with_the_epoch(files: list[Photo]) -> None:
    first, second = (TrainingSquares(files, 48, batch_size=2, seed=7) for _ in range(2))
    frames, targets, _ = first[1]
    assert (frames.shape, frames.dtype) == ((2, 48, 48, 3), np.float32)
    assert (frames == second[1][0]).all()
    assert (targets["box"] == second[1][1]["box"]).all()
    second.on_epoch_end()
    resumed = TrainingSquares(files, 48, batch_size=2, seed=7, epoch=1)
    assert (frames != second[1][0]).any()
    assert (resumed[1][0] == second[1][0]).all()


def test_too_few_photos_are_reported(files: list[Photo]) -> None:
    with pytest.raises(ValueError, match="4 photos show a face"):
        TrainingSquares(files, 48, batch_size=8, seed=1)


def test_batches_are_rgb(tmp_path: Path) -> None:
    samples = read_localizer_samples(painted_set(tmp_path), tmp_path, 48, 1)
    frames, targets, _ = PlainSquares(samples, 4)[0]
    x1, y1, x2, y2 = (targets["box"][0] * 48).astype(int)
    face = frames[0, y1 + 2 : y2 - 2, x1 + 2 : x2 - 2].mean(axis=(0, 1))
    assert face[0] > 200 > 60 > face[2]
    batches = PlainSquares(samples, 4)
    assert sum(len(batches[i][0]) for i in range(len(batches))) == len(samples)


def test_the_network_of_the_source_has_its_parameters_and_outputs() -> None:
    network = build_localizer("vgg16", 120)
    assert network.count_params() == 14_714_688 + 2 * (512 * 2048 + 2048) + 2049 + 4 * 2048 + 4 == 16_826_181
    small = build_localizer("mobilenetv2", 64, head_units=8)
    output = outputs_of(small, np.zeros((2, 64, 64, 3), np.float32))
    assert {name: value.shape for name, value in output.items()} == {"face_score": (2, 1), "box": (2, 4)}


@pytest.mark.parametrize(("backbone", "size_px"), [("vgg16", 64), ("mobilenetv2", 120)])
def test_the_grid_head_begins_in_the_middle_and_its_file_needs_no_code(
    tmp_path: Path, backbone: str, size_px: int
) -> None:
    network = build_localizer(backbone, size_px, head_units=8, box_head="grid", dropout=0.2)
    frames = np.random.default_rng(0).uniform(0, 255, (2, size_px, size_px, 3)).astype(np.float32)
    output = outputs_of(network, frames)
    assert {name: value.shape for name, value in output.items()} == {"face_score": (2, 1), "box": (2, 4)}
    assert output["box"] == pytest.approx(np.array([[0.2, 0.2, 0.8, 0.8]] * 2), abs=0.05)
    for name in ("model.keras", "model.h5"):
        network.save(tmp_path / name)
        again = outputs_of(keras.models.load_model(tmp_path / name, compile=False), frames)
        assert again["box"] == pytest.approx(output["box"], abs=1e-5)


def test_a_grid_box_follows_the_cell_that_has_the_weight() -> None:
    network = build_localizer("vgg16", 64, head_units=8, box_head="grid")
    fraction = network.get_layer("box_weight").output
    centre = keras.Model(fraction, network.get_layer("box_centre").output)
    centres = outputs_of(centre, np.eye(16, dtype=np.float32))  # 64 px / 16: 4 x 4 cells
    assert centres[0].tolist() == [0.125] * 4
    assert centres[7].tolist() == [0.875, 0.375] * 2


def test_no_sigmoid_of_a_new_network_is_flat_where_features_are_large() -> None:
    network = build_localizer("vgg16", 32)
    (pooled,) = [layer.output for layer in network.layers if isinstance(layer, keras.layers.GlobalMaxPooling2D)]
    features = np.random.default_rng(0).uniform(0, 6, (16, 512)).astype(np.float32)
    for value in outputs_of(keras.Model(pooled, network.output), features).values():
        assert np.abs(value - 0.5).max() < 0.1


def train(folder: Path, run: Path, *options: str) -> list[dict[str, float]]:
    data = ["--coco", str(folder / "faces.json"), "--coco-val", str(folder / "faces.json"), "--images", str(folder)]
    sizes = ["--size-px", "32", "--batch-size", "2", "--negatives", str(folder / "empty")]
    main(["train", "localizer", *data, *sizes, "--run", str(run), *options])
    return read_metrics(run / "metrics.csv")


def test_training_writes_its_run_goes_on_and_repeats(tmp_path: Path) -> None:
    painted_set(tmp_path)
    run = tmp_path / "run"
    # Of the two backbones the one with few layers: tracing takes longer than these steps.
    options = ["--backbone", "vgg16", "--box-loss", "mse", "--box-weight", "2"]
    first = train(tmp_path, run, *options, "--epochs", "1")
    rows = train(tmp_path, run, *options, "--epochs", "2", "--save-h5")
    assert len(first) == 1
    assert train(tmp_path, tmp_path / "again", *options, "--epochs", "1") == first
    assert rows[0] == first[0]
    assert len(rows) == 2
    assert {"loss", "accuracy", "iou", "val_loss", "val_accuracy", "val_iou"} <= set(rows[1])
    assert rows[1]["val_loss"] == pytest.approx(
        2 * rows[1]["val_box_loss"] + 0.5 * rows[1]["val_face_score_loss"], rel=1e-3
    )
    config = json.loads((run / "config.json").read_text())
    assert {name: config[name] for name in ("system", "backbone", "size_px", "box_loss", "box_weight")} == {
        "system": "localizer",
        "backbone": "vgg16",
        "size_px": 32,
        "box_loss": "mse",
        "box_weight": 2.0,
    }
    # The best epoch, measured again from its file, without any code of the training stage.
    network = keras.models.load_model(run / "model.keras")
    val = read_localizer_samples(tmp_path / "faces.json", tmp_path, 32, 1, "val", [tmp_path / "empty"], held_out=True)
    frames, targets, weights = PlainSquares(val, len(val))[0]
    output = outputs_of(network, frames)
    faces = weights["box"] > 0
    overlap = np.asarray(iou(targets["box"][faces], output["box"][faces])).mean()
    assert overlap == pytest.approx(max(row["val_iou"] for row in rows), abs=1e-4)
    again = outputs_of(keras.models.load_model(run / "model.h5"), frames)
    assert again["box"] == pytest.approx(output["box"], abs=1e-5)


def test_the_recipe_for_close_faces_trains_on_all_sets_and_measures_close_windows(tmp_path: Path) -> None:
    painted_set(tmp_path)
    near_train, near_val = near_set(tmp_path, "train"), near_set(tmp_path, "val")
    crops, run = crop_folder(tmp_path / "mask12k" / "Train"), tmp_path / "run"
    options = ["--coco-val", str(near_val), "--also", str(near_train), str(tmp_path), "--crops", str(crops)]
    options += [
        "--close-probability",
        "0.6",
        "--box-head",
        "grid",
        "--box-loss",
        "overlap-and-sides",
        "--dropout",
        "0.1",
    ]
    options += ["--schedule", "cosine", "--unboxed", "paint", "--size-px", "64", "--backbone", "vgg16"]
    rows = train(tmp_path, run, *options, "--epochs", "1")
    assert np.isfinite(rows[0]["loss"])
    config = json.loads((run / "config.json").read_text())
    assert config["also"] == [[str(near_train), str(tmp_path)]]
    assert (config["training_photos"], config["training_crops"]) == (5 + 4 + 3, 6)
    assert config["sources"] == ["empty", "near", "paint"]
    assert config["validation_samples"]["close window"] >= 12
    again = train(tmp_path, run, *options, "--epochs", "2")  # goes on: lists in the options are the same lists
    assert again[0] == rows[0]
    shared = tmp_path / "shared.json"  # the validation photos once more, of no split
    shared.write_text(near_val.read_text().replace('"split": "val"', '"was": "val"'))
    with pytest.raises(SystemExit, match=r"near-val-0\.png is a training photo of .*shared\.json and a validation"):
        train(tmp_path, tmp_path / "other", *options, "--also", str(shared), str(tmp_path), "--epochs", "1")


def break_picture(path: Path) -> None:
    """Leave the head alone: its first bytes are those of a picture."""
    path.write_bytes(path.read_bytes()[:40])


def test_a_picture_that_breaks_while_training_is_named_and_the_next_one_shown(
    files: list[Photo], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loader = TrainingSquares(files, 48, batch_size=4, seed=7)
    for name in ("0.png", "4.png"):  # one with a face, one without
        break_picture(tmp_path / name)
    for _ in range(10):
        assert loader[0][0].shape == (4, 48, 48, 3)
        loader.on_epoch_end()
    printed = capsys.readouterr().err
    assert all(f"{name} cannot be read as a picture; the next photo" in printed for name in ("0.png", "4.png"))
    for file in files:
        break_picture(file.path)
    with pytest.raises(ValueError, match="None of the photos"):
        loader[0]


def test_bad_pictures_are_left_out_and_listed_after_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    painted_set(tmp_path)
    bad = [tmp_path / name for name in ("0.png", "empty/1.jpg", "5.png")]  # two to learn from, one to measure on
    for path in bad:
        cut_off(path, 0.9)
    with pytest.raises(SystemExit) as stopped:
        train(tmp_path, tmp_path / "run", "--backbone", "vgg16", "--epochs", "1")
    assert stopped.value.code == 1
    expected = [f"  {path}: the picture is cut off; left out" for path in bad]
    assert capsys.readouterr().err.splitlines()[-4:] == ["3 problems:", *expected]
    assert (tmp_path / "run" / "model.keras").is_file()
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert (config["training_photos"], config["training_photos_without_faces"]) == (6, 3)
    assert config["validation_samples"]["photo"] == 1


def test_the_learning_rate_falls_to_its_fraction_after_an_epoch() -> None:
    parser = argparse.ArgumentParser()
    train_localizer.add_arguments(parser)
    args = parser.parse_args(["--coco", "a", "--coco-val", "a", "--images", "a", "--run", "a"])
    rate = train_localizer.build_optimizer(args, 100).learning_rate  # before the first step
    assert float(rate) == pytest.approx(1e-4)
    optimizer = train_localizer.build_optimizer(args, 100)
    optimizer.iterations.assign(100)
    assert float(optimizer.learning_rate) == pytest.approx(0.75e-4)
    optimizer.iterations.assign(300)
    assert float(optimizer.learning_rate) == pytest.approx(0.5e-4)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--size-px", "8"], "32 or more"),
        (["--backbone-weights", "nowhere.h5"], "nowhere.h5"),
        (["--batch-size", "64"], "fewer than a batch of 64"),
        (["--decay", "0"], "--decay must"),
        (["--coco", "none.json"], "none.json cannot be read"),
        (["--coco-val", "none.json"], "none.json cannot be read"),
        (["--images", "nowhere"], "There is no folder nowhere"),
        (["--negatives", "nowhere"], "There is no folder nowhere"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(tmp_path: Path, options: list[str], sentence: str) -> None:
    painted_set(tmp_path)
    with pytest.raises(SystemExit, match=sentence):
        train(tmp_path, tmp_path / "run", "--epochs", "1", *options)


def test_imagenet_without_a_network_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**options: object) -> None:
        raise Exception("URL fetch failure on https://storage.googleapis.com/a.h5: None -- [Errno -3] no address")

    monkeypatch.setattr(keras.applications, "VGG16", unreachable)
    painted_set(tmp_path)
    with pytest.raises(SystemExit, match="ImageNet weights of vgg16 cannot be fetched"):
        train(tmp_path, tmp_path / "run", "--backbone", "vgg16", "--backbone-weights", "imagenet")


def test_a_set_without_faces_to_measure_on_is_reported(tmp_path: Path) -> None:
    coco = painted_set(tmp_path)
    data = json.loads(coco.read_text())
    data["annotations"] = [face for face in data["annotations"] if face["image_id"] < 5]
    coco.write_text(json.dumps(data))
    with pytest.raises(SystemExit, match="shows a face to measure on"):
        train(tmp_path, tmp_path / "run", "--epochs", "1")


def test_mixed_precision_leaves_a_model_of_float32(tmp_path: Path) -> None:
    painted_set(tmp_path)
    rows = train(tmp_path, tmp_path / "run", "--backbone", "vgg16", "--epochs", "1", "--mixed-precision")
    assert np.isfinite(rows[0]["loss"])
    network = keras.models.load_model(tmp_path / "run" / "model.keras")
    assert {layer.compute_dtype for layer in network.layers} == {"float32"}
