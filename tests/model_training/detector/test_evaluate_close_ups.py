from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from model_training.data.coco import read_coco, write_coco
from model_training.evaluation.close_ups.gate import gather_close_ups
from tests.model_training.ground_truth_photos import BAD, BARE, MASK, photo
from tests.model_training.photo_folders import refused, scene, stage, write_picture
from tests.model_training.report_outline import read_outline
from tests.pictures import FACE_XYXY, astronaut_bgr, masked_astronaut_bgr
from webapp.vision.detections import LABELS

X1, Y1, X2, Y2 = FACE_XYXY


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two photos with a large face each, and three whole crops, one of which training has seen."""
    cv2.imwrite(str(tmp_path / "bare.png"), astronaut_bgr())
    cv2.imwrite(str(tmp_path / "masked.png"), masked_astronaut_bgr())
    photos = [photo([[*FACE_XYXY, BARE]], "bare.png", (512, 512)), photo([[*FACE_XYXY, BAD]], "masked.png", (512, 512))]
    write_coco(tmp_path / "val.json", photos)
    write_picture(tmp_path / "crops" / "WithoutMask" / "1.jpg", astronaut_bgr()[Y1:Y2, X1:X2])
    write_picture(tmp_path / "crops" / "WithMask" / "2.jpg", masked_astronaut_bgr()[Y1:Y2, X1:X2])
    write_picture(tmp_path / "crops" / "WithMask" / "3.jpg", scene(3))
    write_picture(tmp_path / "train" / "WithMask" / "4.jpg", np.ascontiguousarray(scene(3)[:, ::-1]))
    return tmp_path


def words(data: Path, *more: str) -> list[str | Path]:
    folders = ["--crops", data / "crops", "--crops-train", data / "train", "--out", data / "out"]
    return ["evaluate", "close-ups", "--coco", data / "val.json", "--images", data, *folders, *more]


def known_answers(data: Path) -> dict[str, list]:
    """Return what a detector that knows everything would say of every close-up."""
    close_ups = gather_close_ups(data / "val.json", data, "val", data / "crops", [data / "train"])
    return {each.name: [[*each.face_xyxy.tolist(), 0.9, LABELS[each.label], 0.8]] for each in close_ups}


def test_windows_are_drawn_in_the_photos_of_one_split(data: Path) -> None:
    photos = read_coco(data / "val.json")
    write_coco(data / "val.json", [replace(photos[0], split="train"), replace(photos[1], split="val")])
    close_ups = gather_close_ups(data / "val.json", data, "val", None)
    assert {window.path.name for window in close_ups.windows} == {"masked.png"}


def with_predictions(data: Path, by_photo: dict[str, list], live: dict[str, list], *more: str) -> list[str]:
    """Write predictions of both ways, and return the words that measure them."""
    model = {"detector": "made <up>", "score_threshold": 0.5}
    ways = {"photo": by_photo, "live": live}
    path = data / "known.json"
    path.write_text(json.dumps({way: {"model": model, "faces": rows} for way, rows in ways.items()}))
    return [str(word) for word in words(data, "--predictions", str(path), *more)]


def test_the_app_is_asked_live_and_everything_is_written(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stage(*words(data, "--ways", "live", "--least-right", "0")) == 0
    predictions = json.loads((data / "out" / "predictions.json").read_text())
    assert list(predictions) == ["live"]
    # Two faces give three windows four times; a crop of three is a near-duplicate of one of training.
    assert len(predictions["live"]["faces"]) == 24 + 2
    metrics = json.loads((data / "out" / "metrics.json").read_text())
    rows = {kind: metrics["ways"]["live"][kind] for kind in ("windows", "crops")}
    assert (rows["windows"][0]["pictures"], rows["windows"][1]["pictures"], rows["crops"][0]["pictures"]) == (24, 8, 2)
    assert metrics["left_out"] == 1
    assert 0 < metrics["models"]["live"]["score_threshold"] < 1
    # One face in a quarter of a window or so: the app, and these rules, know it.
    assert rows["windows"][0]["found"]["value"] > 0.3
    printed = capsys.readouterr().out
    assert "1 whole crop left out" in printed
    assert "live way" in printed
    assert "photo way" not in printed
    assert str(data / "out" / "report.html") in printed


def test_exit_statuses_tell_what_failed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = known_answers(data)
    assert stage(*with_predictions(data, known, known)) == 0
    assert json.loads((data / "out" / "metrics.json").read_text())["failing"] == []
    wrong_label = known | {"WithMask/2.jpg": [[*known["WithMask/2.jpg"][0][:5], BARE, 0.9]]}
    # A sentence on standard error and the status 1.
    assert refused(*with_predictions(data, known, wrong_label)) == "Below 95 %: crops, live way: 50.0 % right."
    assert json.loads((data / "out" / "metrics.json").read_text())["failing"] == ["crops, live way: 50.0 % right"]
    assert stage(*with_predictions(data, known, wrong_label, "--least-right", "0.5")) == 0
    assert stage(*with_predictions(data, known, wrong_label, "--ways", "photo")) == 0
    capsys.readouterr()
    assert stage(*with_predictions(data, {}, known)) == 2
    assert "lacks 26 of 26 close-ups, photo way" in capsys.readouterr().err


def test_the_report_stands_alone_and_shows_what_went_wrong(data: Path) -> None:
    known = known_answers(data)
    windows = [name for name in known if name.endswith(".png")]
    # One face missed, one box too many, one wrong label.
    predictions = known | {windows[0]: [], windows[1]: [*known[windows[1]], [0, 0, 9, 9, 0.9, MASK, 0.7]]}
    predictions["WithMask/2.jpg"] = [[*known["WithMask/2.jpg"][0][:5], BAD, 0.9]]
    printed = refused(*with_predictions(data, predictions, predictions))
    assert "windows, photo way: 91.7 % right; crops, photo way: 50.0 % right; windows, live way" in printed
    page = (data / "out" / "report.html").read_text()
    tags = [tag for tag, _ in read_outline(page)]
    assert "made &lt;up&gt;" in page
    assert page.count("Windows: no detection on the face (1 of 24)") == 2
    assert page.count("Windows: further boxes (1 of 24)") == 2
    assert page.count("Whole crops: wrong label (1 of 2)") == 2
    assert tags.count("image") == 6


def test_missing_data_is_one_sentence_and_no_failure_of_the_model(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for missing in ("--coco", "--crops", "--crops-train"):
        assert stage(*words(data), missing, data / "nowhere") == 2
        printed = capsys.readouterr().err
        assert "nowhere is not there. `make eval-close` needs" in printed
        assert printed.count("\n") == 1
    write_coco(data / "val.json", [photo([[10, 10, 60, 60, BARE]], "bare.png", (512, 512))])
    assert stage(*words(data)) == 2
    assert "No face of" in capsys.readouterr().err
    assert not (data / "out").exists()
