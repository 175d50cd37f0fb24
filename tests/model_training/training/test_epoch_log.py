"""The progress of a run as JSON Lines, contact sheets after each epoch, and a run that diverges."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from model_training.data.annotations import Annotations, Photo
from model_training.data.coco import write_coco
from model_training.training.best_model import KeepBest, check_best
from model_training.training.epoch_log import ProgressLog, StopWhereDiverged
from model_training.training.sample_sheet import Predicted, SampleSheet, sheet_photos
from tests.model_training.photo_folders import listed, scene, write_picture

INPUTS = np.linspace(-1, 1, 16, dtype=np.float32)[:, None]
ONE = np.ones((4, 1), np.float32)


def network() -> keras.Model:
    inputs = keras.Input((1,))
    return keras.Model(inputs, keras.layers.Dense(1)(inputs))


def fit(folder: Path, targets: np.ndarray, epochs: int) -> keras.Model:
    model = network()
    model.compile("sgd", "mse", jit_compile=False)
    model.fit(
        INPUTS,
        targets,
        batch_size=4,
        epochs=epochs,
        validation_data=(INPUTS, 2 * INPUTS),
        shuffle=False,
        verbose=0,
        callbacks=[
            KeepBest(folder / "model.keras", "val_loss", None, network()),
            ProgressLog(folder / "progress.jsonl"),
            StopWhereDiverged(),
        ],
    )
    return model


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]


def test_the_log_says_epoch_step_and_metrics(tmp_path: Path) -> None:
    fit(tmp_path, 2 * INPUTS, epochs=3)
    told = lines(tmp_path)
    first = told[0]
    assert (first["epoch"], first["epochs"], first["step"], first["steps"]) == (1, 3, 1, 4)
    assert first["remaining_s"] >= 0  # type: ignore[operator]
    metrics = [line["metrics"] for line in told if "metrics" in line]
    assert [set(each) for each in metrics] == [{"loss", "val_loss"}] * 3  # type: ignore[call-overload]
    assert metrics[2]["loss"] < metrics[0]["loss"]  # type: ignore[index]
    assert not any("diverged" in line for line in told)


def test_a_run_that_diverges_stops_says_so_and_keeps_the_best(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fit(tmp_path, 2 * INPUTS, epochs=1)
    kept = (tmp_path / "model.keras").read_bytes()
    (tmp_path / "progress.jsonl").unlink()
    targets = 2 * INPUTS
    targets[6] = np.nan  # in the second batch of four
    model = fit(tmp_path, targets, epochs=5)
    assert not np.isfinite(model.get_weights()[0]).all()
    assert [line for line in lines(tmp_path) if "diverged" in line] == [{"epoch": 1, "diverged": True}]
    assert max(int(str(line["epoch"])) for line in lines(tmp_path)) == 1
    assert "diverged in epoch 1; the best epoch before it is kept" in capsys.readouterr().out
    assert (tmp_path / "model.keras").read_bytes() == kept


def test_a_run_that_diverges_at_once_ends_with_a_sentence(tmp_path: Path) -> None:
    fit(tmp_path, INPUTS * np.float32(np.nan), epochs=3)
    with pytest.raises(SystemExit, match="diverged in its first epoch"):
        check_best(tmp_path / "model.keras", network(), ONE, save_h5=False)


def test_the_sheet_shows_the_same_pictures_after_each_epoch(tmp_path: Path) -> None:
    photos = [listed(f"{i}.jpg", [(40, 30, 100, 90, i % 3)]) for i in range(30)]
    photos += [listed("empty.jpg", []), listed("two.jpg", [(0, 0, 40, 40, 0), (50, 50, 90, 90, 1)])]
    for photo in photos:
        write_picture(tmp_path / photo.file_name, scene(len(photo.file_name)))
    write_coco(tmp_path / "test.json", photos)
    own = [Photo(p.file_name, p.resolution_wh, p.annotations, p.source, folder=tmp_path) for p in photos]
    chosen = sheet_photos(own)
    assert len(chosen) == 16
    assert {int(photo.annotations.label[0]) for photo in chosen} == {0, 1, 2}
    assert all(len(photo.annotations) == 1 for photo in chosen)
    assert [photo.file_name for photo in sheet_photos(own)] == [photo.file_name for photo in chosen]

    def predict(model: keras.Model, shown: object, frames: object) -> list[Predicted]:
        return [Predicted(frame, number % 4 == 0) for number, frame in enumerate(frames)]  # type: ignore[arg-type]

    sheet = SampleSheet(tmp_path / "run", chosen, predict)
    sheet.on_epoch_end(0, {"loss": 1.0})
    sheet.on_epoch_end(1, {"loss": float("nan")})
    assert sorted(path.name for path in (tmp_path / "run" / "sheets").iterdir()) == ["001.jpg", "001.json"]
    assert json.loads((tmp_path / "run" / "sheets" / "001.json").read_text()) == {"pictures": 16, "right": 4}
    assert cv2.imread(str(tmp_path / "run" / "sheets" / "001.jpg")).shape == (4 * 172 - 4, 4 * 228 - 4, 3)


def test_photos_of_nobody_make_no_sheet() -> None:
    assert sheet_photos([Photo("a.jpg", (9, 9), Annotations.empty(), "made up")]) == []
