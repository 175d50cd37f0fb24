from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.pictures import encoded
from tests.video_maker import make_sound, make_video, read_video
from webapp.commands.annotate import ProgressBar
from webapp.vision.video.annotation import Progress


def annotate(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "webapp", "annotate", *map(str, arguments)]
    environ = os.environ | {"PYTHONPATH": os.getcwd()}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60)


def test_a_video_becomes_an_annotated_video_and_its_lines(tmp_path: Path) -> None:
    make_video(tmp_path / "in.mp4", 8, sound="aac")
    done = annotate("in.mp4", "out.mp4", "--json", "faces.jsonl", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "8 frames" in done.stderr
    assert len(read_video(tmp_path / "out.mp4")[1]) == 8
    lines = [json.loads(line) for line in (tmp_path / "faces.jsonl").read_text().splitlines()]
    assert [line["frame"] for line in lines] == list(range(8))
    assert {path.name for path in tmp_path.iterdir()} == {"in.mp4", "out.mp4", "faces.jsonl"}


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("text.mp4", "out.mp4", "not a video we can open"),
        ("sound.mp4", "out.mp4", "no video"),
        ("missing.mp4", "out.mp4", "missing.mp4: No such file"),
        ("in.mp4", "nowhere/out.mp4", "nowhere/out.mp4: No such file"),
        ("in.mp4", "folder", "folder: "),
    ],
)
def test_bad_input_is_one_clear_sentence(tmp_path: Path, source: str, target: str, words: str) -> None:
    (tmp_path / "text.mp4").write_text("ffconcat version 1.0\nfile in.mp4\n")
    (tmp_path / "folder").mkdir()
    make_sound(tmp_path / "sound.mp4")
    make_video(tmp_path / "in.mp4", 3)
    before = {path.name for path in tmp_path.iterdir()}
    done = annotate(source, target, folder=tmp_path)
    assert done.returncode == 1
    assert words in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("in.mp4", "in.mp4"),
        ("in.mp4", "link.mp4"),
        ("--json", "in.mp4", "in.mp4", "out.mp4"),
        ("--json", "out.mp4", "in.mp4", "./out.mp4"),
    ],
)
def test_one_path_for_two_things_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    video = make_video(tmp_path / "in.mp4", 3).read_bytes()
    (tmp_path / "link.mp4").symlink_to("in.mp4")
    done = annotate(*arguments, folder=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "must be different files" in done.stderr
    assert (tmp_path / "in.mp4").read_bytes() == video
    assert {path.name for path in tmp_path.iterdir()} == {"in.mp4", "link.mp4"}


def test_a_failure_leaves_the_old_result_alone(tmp_path: Path) -> None:
    (tmp_path / "in.mp4").write_bytes(make_video(tmp_path / "whole.mp4", 30).read_bytes()[:900])
    (tmp_path / "out.mp4").write_text("precious")
    assert annotate("in.mp4", "out.mp4", folder=tmp_path).returncode == 1
    assert (tmp_path / "out.mp4").read_text() == "precious"


def test_the_bar_moves_on_a_terminal_and_ctrl_c_cleans_up(tmp_path: Path) -> None:
    make_video(tmp_path / "in.mp4", 2400)
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "webapp", "annotate", "in.mp4", "out.mp4"]
    environ = os.environ | {"PYTHONPATH": os.getcwd()}
    process = subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=terminal)
    seen = b""
    give_up_at = time.monotonic() + 60
    while b"%" not in seen and time.monotonic() < give_up_at:
        seen += os.read(screen, 1000)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert b"frames/s" in seen
    assert {path.name for path in tmp_path.iterdir()} == {"in.mp4"}
    os.close(terminal)
    os.close(screen)


def test_the_bar_is_silent_where_nobody_watches() -> None:
    out = io.StringIO()
    bar = ProgressBar(out)
    bar.show(Progress(0.5, 10, 0, 25.0, 3.0, 128, 96))
    bar.clear()
    assert out.getvalue() == ""


@pytest.mark.parametrize(("target", "name"), [("out.webp", "WebP"), ("out.jpg", "JPEG")])
def test_a_picture_that_its_format_cannot_hold_is_one_sentence(tmp_path: Path, target: str, name: str) -> None:
    width = {"WebP": 17_000, "JPEG": 66_000}[name]
    (tmp_path / "wide.png").write_bytes(encoded(np.zeros((20, width, 3), np.uint8), "PNG"))
    (tmp_path / target).write_text("precious")
    done = annotate("wide.png", target, folder=tmp_path)
    sentence = f"wide.png: A picture of this size cannot be written as {name}; use .png.\n"
    assert (done.returncode, done.stderr) == (1, sentence)
    assert (tmp_path / target).read_text() == "precious"
    assert {path.name for path in tmp_path.iterdir()} == {"wide.png", target}


def test_names_with_a_colon_are_files(tmp_path: Path) -> None:
    make_video(tmp_path / "2026-11-30T14:05.mp4", 3)
    done = annotate("2026-11-30T14:05.mp4", "a:b.mp4", folder=tmp_path)
    assert (done.returncode, "3 frames" in done.stderr) == (0, True)
    assert len(read_video(tmp_path / "a:b.mp4")[1]) == 3
