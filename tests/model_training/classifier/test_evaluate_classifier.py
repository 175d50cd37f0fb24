from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from model_training.__main__ import main
from model_training.data.annotations import Photo
from model_training.data.coco import write_coco
from model_training.data.face_samples import box_in_crop
from tests.model_training.ground_truth_photos import BAD, BARE, MASK, photo
from tests.model_training.painted_crops import PADDING, SIDE_PX, painted_crop
from tests.model_training.photo_folders import listed, write_picture
from tests.model_training.report_outline import read_outline
from tests.pictures import FACE_XYXY, astronaut_bgr, masked_astronaut_bgr
from webapp.vision.detections import LABELS


def blue_counter(classes: list[str]) -> keras.Model:
    """Return a network that tells painted crops by how much of them is blue, badly worn masks with some doubt."""
    inputs = keras.Input((SIDE_PX, SIDE_PX, 3))
    maps = keras.layers.Conv2D(2, 1, activation="relu", name="blue_and_red")(inputs)
    vector = keras.layers.GlobalAveragePooling2D()(maps)
    model = keras.Model(inputs, keras.layers.Dense(len(classes), activation="softmax", name="label_score")(vector))
    difference = np.array([[-1, 1], [0, 0], [1, -1]], np.float32).reshape(1, 1, 3, 2)
    model.get_layer("blue_and_red").set_weights([difference, np.zeros(2, np.float32)])
    logits = {MASK: ((0.2, 0), -8), BARE: ((0, 0.2), -16), BAD: ((0, 0), -1)}
    kernel = np.array([logits[name][0] for name in classes], np.float32).T
    model.get_layer("label_score").set_weights([kernel, np.array([logits[name][1] for name in classes], np.float32)])
    return model


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Ten crops to test on, one of them labelled wrongly, two of one photo; and one that is for training."""
    crops: list[Photo] = []
    for i, (painted, label, split) in enumerate(
        [(0, 0, "test")] * 4 + [(1, 1, "test")] * 3 + [(1, 0, "test")] + [(2, 2, "test")] * 2 + [(0, 1, "train")]
    ):
        write_picture(tmp_path / f"{i}.png", painted_crop(painted, i))
        x1, y1, x2, y2 = box_in_crop(SIDE_PX, SIDE_PX, PADDING).tolist()
        box = (x1, y1, x2, y2, label)
        crops.append(listed(f"{i}.png", [box], (SIDE_PX, SIDE_PX), split=split, made_from=f"photo {max(i, 1)}"))
    write_coco(tmp_path / "manifest.json", crops)
    return tmp_path


def write_run(data: Path, classes: list[str]) -> Path:
    run = data / "run"
    run.mkdir(exist_ok=True)
    blue_counter(classes).save(run / "model.keras")
    config = {"system": "classifier", "backbone": "blue", "size_px": SIDE_PX, "padding": PADDING, "classes": classes}
    (run / "config.json").write_text(json.dumps(config))
    rows = ["epoch,accuracy,loss,val_accuracy,val_loss", "0,0.5,1.4,0.4,1.5", "1,0.75,0.9,0.6,1.1"]
    (run / "metrics.csv").write_text("\n".join(rows) + "\n")
    return run


def evaluate(data: Path, *more: str) -> None:
    main(["evaluate", "classifier", "--coco", str(data / "manifest.json"), "--images", str(data), *more])


def test_a_run_is_measured_and_shown(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(data, [BAD, BARE, MASK])
    evaluate(data, "--run", str(run), "--split", "test", "--resamples", "200")
    out = run / "evaluation"
    metrics = json.loads((out / "metrics.json").read_text())
    assert (metrics["faces"], metrics["clusters"], metrics["resampled_units"]) == (10, 9, "photos")
    assert metrics["accuracy"]["value"] == 0.9
    assert metrics["accuracy"]["low"] < 0.9 < metrics["accuracy"]["high"] == 1
    by_label = metrics["by_label"]
    assert [by_label[name]["recall"]["value"] for name in LABELS] == [0.8, 1, 1]
    assert [by_label[name]["precision"]["value"] for name in LABELS] == [1, 0.75, 1]
    assert by_label[BAD]["roc_auc"] == {"value": 1, "low": 1, "high": 1}
    # Blue by half and not at all is expected above .9, a little blue is not; one of the eight is labelled wrongly.
    assert (metrics["confident"]["fraction"]["value"], metrics["confident"]["accuracy"]["value"]) == (0.8, 0.875)
    assert metrics["by_size"]["all"]["confusion_matrix"] == [[4, 1, 0], [0, 3, 0], [0, 0, 2]]
    with (out / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["prediction"] for row in rows] == [MASK] * 4 + [BARE] * 4 + [BAD] * 2
    assert rows[7]["picture"] == "7.png"
    assert sum(float(rows[7][f"score_{name}"]) for name in LABELS) == pytest.approx(1, abs=1e-5)
    printed = capsys.readouterr().out
    assert "accuracy 0.9000" in printed
    assert str(out / "report.html") in printed

    page = (out / "report.html").read_text()
    tags = Counter(tag for tag, _ in read_outline(page))
    # Loss and accuracy of two epochs for training and validation; ROC and precision of three labels.
    assert tags["polyline"] == 2 * 2 + 2 * 3
    # Ten panels and one error; six right predictions and a wrong one, each beside its heat.
    assert (tags["image"], tags["img"]) == (11, 14)
    assert page.count("uncertain, not drawn") == 2
    assert "Wrong predictions, the most confident first (1 of 10 faces)" in page
    # Drawn at random with a seed: the same page again.
    evaluate(data, "--run", str(run), "--split", "test", "--resamples", "200")
    assert (out / "report.html").read_text() == page


def test_two_classes_leave_badly_worn_masks_out(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(data, [BARE, MASK])
    evaluate(data, "--run", str(run), "--resamples", "20", "--out", str(data / "out"))
    metrics = json.loads((data / "out" / "metrics.json").read_text())
    assert (metrics["faces"], metrics["left_out_worn_incorrectly"]) == (8, 2)
    assert metrics["by_size"]["all"]["confusion_matrix"] == [[4, 1], [0, 3]]
    assert "accuracy_3_classes" not in metrics["by_size"]["all"]
    assert "badly worn masks left out, since the model knows two classes: 2" in capsys.readouterr().out
    page = (data / "out" / "report.html").read_text()
    assert "2 badly worn masks are left out" in page
    assert "A badly worn mask is rare" not in page
    assert "have a score above .9" in page


def test_a_model_that_is_never_confident_is_reported(data: Path) -> None:
    run = write_run(data, [BARE, MASK])
    model = keras.models.load_model(run / "model.keras")
    model.get_layer("label_score").set_weights([np.zeros((2, 2)), np.zeros(2)])
    model.save(run / "model.keras")
    evaluate(data, "--run", str(run), "--resamples", "5")
    metrics = json.loads((run / "evaluation" / "metrics.json").read_text())
    assert (metrics["confident"]["fraction"]["value"], metrics["confident"]["accuracy"]["value"]) == (0, None)
    assert "No prediction has a score above .9." in (run / "evaluation" / "report.html").read_text()


def test_an_exported_model_has_no_curves_and_fills_a_card(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "bare.png"), astronaut_bgr())
    cv2.imwrite(str(tmp_path / "masked.png"), masked_astronaut_bgr())
    photos = [
        photo([[*FACE_XYXY, label]], f"{name}.png", (512, 512)) for name, label in (("bare", BARE), ("masked", MASK))
    ]
    write_coco(tmp_path / "manifest.json", photos)
    (tmp_path / "card.json").write_text('{"name": "n", "metrics": "old"}')
    options = ["--resamples", "20", "--out", str(tmp_path / "out"), "--card", str(tmp_path / "card.json")]
    evaluate(tmp_path, "--model", "mask_classifier", *options)
    page = (tmp_path / "out" / "report.html").read_text()
    tags = Counter(tag for tag, _ in read_outline(page))
    assert (tags["polyline"], tags["img"]) == (6, 0)
    assert "A LiteRT file holds nothing of its training" in page
    assert "a LiteRT file cannot" in page
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert (metrics["accuracy"]["value"], metrics["resampled_units"]) == (1, "faces")
    assert json.loads((tmp_path / "card.json").read_text()) == {"name": "n", "metrics": metrics["by_size"]}


def test_what_cannot_be_measured_is_one_sentence(data: Path) -> None:
    run = write_run(data, [MASK, BARE])
    with pytest.raises(SystemExit, match="nowhere is not there"):
        main(["evaluate", "classifier", "--run", str(run), "--coco", "nowhere", "--images", str(data)])
    with pytest.raises(SystemExit, match="no face to measure in the split val"):
        evaluate(data, "--run", str(run), "--split", "val")
    with pytest.raises(SystemExit, match="--model needs --out"):
        evaluate(data, "--model", "mask_classifier")
    with pytest.raises(SystemExit, match=r"nobody\.tflite is missing"):
        evaluate(data, "--model", "nobody", "--out", str(data / "out"))
    with pytest.raises(SystemExit, match=r"empty/model\.keras is not there"):
        evaluate(data, "--run", str(data / "empty"))
    for change, sentence in (
        ({"system": "localizer"}, "no run of `train classifier`: its config.json says 'localizer'"),
        ({"system": "classifier"}, "lacks size_px, padding, classes"),
    ):
        (run / "config.json").write_text(json.dumps(change))
        with pytest.raises(SystemExit, match=sentence):
            evaluate(data, "--run", str(run))


def test_bad_pictures_are_left_out_and_listed_after_the_report(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(data, [MASK, BARE])
    (data / "7.png").write_bytes(b"no picture")
    with pytest.raises(SystemExit) as stopped:
        evaluate(data, "--run", str(run), "--resamples", "5")
    assert stopped.value.code == 1
    assert f"{data / '7.png'}: this cannot be read as a picture; left out" in capsys.readouterr().err
    assert (run / "evaluation" / "report.html").is_file()
    assert json.loads((run / "evaluation" / "metrics.json").read_text())["faces"] == 7
