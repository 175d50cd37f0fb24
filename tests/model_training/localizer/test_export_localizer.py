"""The localizer's way from a run to a LiteRT file, and from there into the app."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import pytest

from model_training.__main__ import main
from model_training.export.litert import to_litert
from model_training.localizer import export as export_localizer
from model_training.localizer.export import refuse_other_predictions
from model_training.localizer.parity import (
    LocalizerPredictions,
    Parity,
    choose_threshold,
    measure_parity,
    measure_validation,
)
from model_training.localizer.samples import LocalizerSample
from tests.model_training.painted_faces import painted, painted_set
from tests.model_training.red_localizer import BOX, red_localizer
from webapp.__main__ import main as app
from webapp.vision.detectors.localizer import LocalizerDetector
from webapp.vision.errors import ModelError
from webapp.vision.model_files import Model

SIZE_PX = 64
CARD = {"input": {"size_px": SIZE_PX}, "score_threshold": 0.5}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("localizer") / "red.tflite"
    path.write_bytes(to_litert(red_localizer(SIZE_PX), (SIZE_PX, SIZE_PX, 3), "float32"))
    return path


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    return write_run(tmp_path, red_localizer(SIZE_PX))


def write_run(folder: Path, network: keras.Model) -> Path:
    coco, run = painted_set(folder), folder / "run"
    run.mkdir()
    network.save(run / "model.keras")
    config: dict[str, Any] = {"system": "localizer", "backbone": "mobilenetv2", "size_px": SIZE_PX, "seed": 1}
    config |= {"coco": str(coco), "coco_val": str(coco), "images": str(folder), "negatives": str(folder / "empty")}
    config |= {"box_loss": "mse", "backbone_weights": "own.weights.h5", "training_photos": 8}
    config |= {"sources": ["paint"], "trained": "2026-01-02", "commit": "abc1234+changes"}
    (run / "config.json").write_text(json.dumps(config))
    return run


@pytest.mark.parametrize("weights_type", ["float32", "float16", "int8"])
def test_what_is_exported_is_served(
    run_folder: Path, tmp_path: Path, weights_type: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out" / "own.tflite"
    main(["export", "localizer", "--run", str(run_folder), "--out", str(out), "--weights-type", weights_type])
    card = json.loads(out.with_suffix(".json").read_text())
    assert (card["task"], card["name"], card["score_threshold"]) == ("face_localizer", "own", 0.5)
    assert card["weights"].startswith(weights_type)
    assert card["classes"] == ["face"]
    assert (card["trained"], card["commit"]) == ("2026-01-02", "abc1234+changes")
    assert card["data"]["sources"] == ["paint"]
    assert card["backbone_weights"] == "own.weights.h5"
    assert card["parity_with_keras"]["samples"] == 10
    assert card["parity_with_keras"]["mean_box_iou"] > 0.95
    assert card["metrics"]["validation"]["accuracy"] == 1
    assert card["metrics"]["validation"]["samples"]["photo"] == 2
    picture = tmp_path / "picture.png"
    cv2.imwrite(str(picture), painted((320, 240), [[100, 60, 180, 160]]))
    capsys.readouterr()
    assert app(["detect", "--json", "--detector", "localizer", "--model", str(out), str(picture)]) == 0
    output = json.loads(capsys.readouterr().out)
    (face,) = output["faces"]
    assert face["box"] == pytest.approx(np.array(BOX) * 320, abs=3)
    assert face["label"] in ("with_mask", "without_mask", "mask_worn_incorrectly")
    assert output["model"] == {"detector": "own", "classifier": "mask_classifier", "score_threshold": 0.5}


def test_int8_that_has_nothing_to_measure_its_ranges_on_is_refused(run_folder: Path, tmp_path: Path) -> None:
    coco = tmp_path / "faces.json"
    data = json.loads(coco.read_text())
    data["images"] = [image for image in data["images"] if image["split"] == "val"]
    coco.write_text(json.dumps(data))
    command = ["export", "localizer", "--run", str(run_folder), "--out", str(tmp_path / "a.tflite")]
    config = json.loads((run_folder / "config.json").read_text())
    (run_folder / "config.json").write_text(json.dumps(config | {"negatives": None}))
    with pytest.raises(SystemExit, match="int8 measures its ranges"):
        main([*command, "--weights-type", "int8"])


def test_a_localizer_that_sees_faces_everywhere_is_not_exported(tmp_path: Path) -> None:
    network = red_localizer(SIZE_PX)
    network.get_layer("face_score").set_weights([np.zeros((1, 1)), np.array([50.0])])
    run = write_run(tmp_path, network)
    with pytest.raises(SystemExit, match="whatever the threshold"):
        main(["export", "localizer", "--run", str(run), "--out", str(tmp_path / "a.tflite")])
    assert not list(tmp_path.glob("a.*"))


def test_a_localizer_that_finds_no_face_is_refused_unless_forced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out = write_run(tmp_path, red_localizer(SIZE_PX, (0.9, 0.9, 0.95, 0.95))), tmp_path / "blind.tflite"
    words = ["export", "localizer", "--run", str(run), "--out", str(out), "--weights-type", "float32"]
    with pytest.raises(SystemExit, match=r"Of validation: It finds 0 of 4 faces .* --force exports it"):
        main(words)
    assert not list(tmp_path.glob("blind.*"))
    main([*words, "--force"])
    limits = json.loads(out.with_suffix(".json").read_text())["limits"]
    assert limits.startswith("Exported by force. Of validation: It finds 0 of 4 faces")
    assert "It finds 0 of 4 faces" in capsys.readouterr().out


def test_a_refused_export_leaves_the_model_of_before(
    run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.tflite").write_bytes(b"model")
    (tmp_path / "a.json").write_text("card")
    monkeypatch.setitem(export_localizer.LEAST_BOX_IOU, "float16", 2.0)
    with pytest.raises(SystemExit, match="its boxes overlap"):
        main(["export", "localizer", "--run", str(run_folder), "--out", str(tmp_path / "a.tflite")])
    found = {path.name: path.read_text() for path in tmp_path.glob("a.*")}
    assert found == {"a.tflite": "model", "a.json": "card"}


def test_drifting_files_are_refused() -> None:
    for parity in (Parity(9, 0.01, 0.2, 0.99), Parity(9, 0.01, 0, 0.5), Parity(9, 0.01, 0, float("nan"))):
        with pytest.raises(SystemExit, match="otherwise than the Keras model"):
            refuse_other_predictions(parity, "float16")
    refuse_other_predictions(Parity(9, 0.01, 0, 0.99), "float16")


def test_parity_and_figures_are_those_worked_out_by_hand() -> None:
    whole, half = [0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.5]
    present = np.array([True, True, False, False])
    by_keras = LocalizerPredictions(np.array([0.9, 0.6, 0.4, 0.1], np.float32), np.array([whole] * 4, np.float32))
    by_file = LocalizerPredictions(np.array([0.9, 0.4, 0.4, 0.2], np.float32), np.array([whole, half] * 2, np.float32))
    parity = measure_parity(by_keras, by_file, present, 0.5)
    assert vars(parity) == pytest.approx(
        {"samples": 4, "largest_score_difference": 0.2, "fraction_decided_otherwise": 0.25, "mean_box_iou": 0.75}
    )
    frame, nowhere = np.zeros((8, 8, 3), np.uint8), np.zeros(4, np.float32)
    samples = [LocalizerSample(frame, np.array(whole, np.float32), True, "photo", 0, "a")] * 2
    samples += [LocalizerSample(frame, nowhere, False, "empty photo", -1, "a")] * 2
    assert measure_validation(samples, by_file, 0.3) == {
        "samples": {"photo": 2, "empty photo": 2},
        "faces_found": 1.0,
        "false_positive_rate": 0.5,
        "accuracy": 0.75,
        "mean_iou": 0.75,
        "iou_above_0.5": 0.5,
    }


def test_the_threshold_lets_few_false_positives_through() -> None:
    absent = np.linspace(0.01, 1.0, 100).astype(np.float32)[:95]  # up to 0.95
    score = np.concatenate([absent, [0.99, 0.3]]).astype(np.float32)
    present = np.arange(len(score)) >= 95
    threshold = choose_threshold(score, present, 0.1, 0.5)
    assert (absent >= threshold).sum() == 9
    assert threshold == pytest.approx(0.8601, abs=1e-4)
    assert choose_threshold(score, present, 0.1, 0.9) == 0.9
    with pytest.raises(ValueError, match="shows no face"):
        choose_threshold(score, np.ones_like(present), 0.1, 0.5)


@pytest.mark.parametrize("wh", [(320, 240), (240, 320), (1000, 500), (50, 50)])
def test_the_box_comes_back_in_pixels_of_the_frame(file: Path, wh: tuple[int, int]) -> None:
    detector = LocalizerDetector(Model(file, CARD))
    found = detector.detect(painted(wh, [[5, 5, 30, 30]]), 0.5)
    longer = max(wh)
    expected = np.minimum(np.array(BOX) * longer, [*wh, *wh])
    assert found.xyxy[0] == pytest.approx(expected, rel=0.02)
    assert found.label is None
    assert found.detection_score[0] > 0.9


def test_nobody_and_high_thresholds_give_no_face(file: Path) -> None:
    detector = LocalizerDetector(Model(file, CARD))
    assert len(detector.detect(painted((320, 240), []), 0.5)) == 0
    assert detector.detect(painted((320, 240), [[5, 5, 30, 30]]), 1.0).xyxy.shape == (0, 4)


@pytest.mark.parametrize("box", [(0.75, 0.5, 0.25, 0.125), (0.1, 0.8, 0.4, 0.95)])
def test_a_box_inside_out_or_in_the_margin_is_no_face(tmp_path: Path, box: tuple[float, float, float, float]) -> None:
    path = tmp_path / "odd.tflite"
    path.write_bytes(to_litert(red_localizer(SIZE_PX, box), (SIZE_PX, SIZE_PX, 3), "float32"))
    wide = painted((320, 160), [[5, 5, 100, 100]])
    assert len(LocalizerDetector(Model(path, CARD)).detect(wide, 0.5)) == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"input": {"size_px": 32}}, "no localizer that takes squares of 32"),
        ({"input": {}}, "lacks or garbles"),
        ({"score_threshold": 7}, "score_threshold of 7"),
    ],
)
def test_a_card_that_does_not_fit_its_file_is_refused(file: Path, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        LocalizerDetector(Model(file, CARD | changes))
