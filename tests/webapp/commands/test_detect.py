from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pictures import astronaut_bgr, jpeg
from webapp.__main__ import main
from webapp.commands import detect


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    (tmp_path / "good.jpg").write_bytes(jpeg(astronaut_bgr()))
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("not a picture")
    return tmp_path


def test_detect_prints_a_json_line_an_image(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", "--json", str(pictures / "good.jpg")]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    result = json.loads(line)
    assert list(result) == ["file", "width", "height", "faces", "model"]
    assert result["file"] == "good.jpg"
    assert result["faces"][0]["label"] == "without_mask"


def test_a_folder_is_gone_through_and_a_bad_picture_does_not_stop_it(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["detect", "--json", str(pictures), str(pictures / "missing.jpg")]) == 1
    results = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [result["file"] for result in results] == ["bad.jpg", "good.jpg", "missing.jpg"]
    assert [result.get("error", {}).get("code") for result in results] == ["bad_image", None, "bad_request"]


def test_without_json_it_speaks_to_people(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", str(pictures / "good.jpg")]) == 0
    assert "faces: 1" in capsys.readouterr().out


def test_the_text_has_not_sure_where_a_label_is_uncertain(
    pictures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = ["detect", "--json", str(pictures / "good.jpg")]
    assert main(paths) == 0
    probs = json.loads(capsys.readouterr().out)["faces"][0]["label_probs"]
    assert list(probs) == ["with_mask", "without_mask", "mask_worn_incorrectly"]
    assert main(["detect", str(pictures / "good.jpg")]) == 0
    printed = capsys.readouterr().out
    assert "without_mask" in printed
    assert "not sure" not in printed
    monkeypatch.setattr(detect, "UNSURE_BELOW", 1.0)
    assert main(["detect", str(pictures / "good.jpg")]) == 0
    printed = capsys.readouterr().out
    assert "not sure" in printed
    assert "without_mask" not in printed


def test_min_score_lowers_the_threshold_of_this_run(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", "--json", "--min-score", "0.01", str(pictures / "good.jpg")]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["model"]["score_threshold"] == 0.01
    assert main(["detect", "--min-score", "7", str(pictures / "good.jpg")]) == 2


def test_stream_detects_as_live_frames_do(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", "--json", "--stream", str(pictures / "good.jpg")]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["model"]["detector"] == "multiface"
    assert len(result["faces"]) == 1


def test_a_folder_without_pictures_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", str(tmp_path)]) == 1
    assert "no pictures" in capsys.readouterr().err


def test_a_missing_model_is_a_sentence(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", "--classifier", str(pictures / "none.tflite"), str(pictures / "good.jpg")]) == 1
    assert "none.tflite is missing" in capsys.readouterr().err


def test_the_localizer_without_a_model_is_a_sentence(
    pictures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["detect", "--detector", "localizer", str(pictures / "good.jpg")]) == 1
    assert "needs a model: give its file with --model or MASK_MIRROR_MODEL" in capsys.readouterr().err
    monkeypatch.setenv("MASK_MIRROR_MODEL", "multiface")
    assert main(["detect", "--detector", "localizer", str(pictures / "good.jpg")]) == 1
    assert "is a face_detector, not a face_localizer" in capsys.readouterr().err


def test_names_that_are_no_text_do_not_stop_it(tmp_path: Path) -> None:
    for name in (b"\xff1.jpg", b"\xff2.jpg"):
        (tmp_path / os.fsdecode(name)).write_bytes(jpeg(astronaut_bgr()))
    done = subprocess.run(
        [sys.executable, "-m", "webapp", "detect", str(tmp_path)],
        env=os.environ | {"PYTHONIOENCODING": "utf-8:strict"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout.count("faces: 1")) == (0, 2), done.stderr
    assert r"\udcff2.jpg: 512 x 512 px" in done.stdout


def test_a_folder_that_may_not_be_read_is_a_sentence(
    pictures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(folder: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", refused)  # the tests may run as root, which may read every folder
    assert main(["detect", str(pictures)]) == 1
    assert capsys.readouterr().err == f"{pictures}: Permission denied.\n"


def test_a_picture_in_a_folder_that_may_not_be_entered_is_a_result(
    pictures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, **_: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", refused)
    monkeypatch.setattr(Path, "read_bytes", refused)
    monkeypatch.setattr(detect, "build_photo_pipeline", lambda *_, **__: None)
    assert main(["detect", "--json", str(pictures / "good.jpg")]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["message"] == "The file cannot be read: Permission denied."
