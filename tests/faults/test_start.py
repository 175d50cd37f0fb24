"""Row 30: a model file that is missing, cut or exchanged stops the start with a sentence."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ASYNC_MODES
from tests.mirror_process import ROOT, free_port, mirror_process
from webapp.vision.model_files import SHIPPED

MODEL = SHIPPED / "mask_classifier.tflite"
MODELS = {
    "classifier": MODEL,
    "multiface": SHIPPED / "multiface.tflite",
    "multiface-wide": SHIPPED / "multiface_wide.tflite",
}


def drop_card(model: Path) -> None:
    model.with_suffix(".json").unlink()


def drop_model(model: Path) -> None:
    model.unlink()


def cut(model: Path) -> None:
    model.write_bytes(model.read_bytes()[:-1000])


def flip_a_bit(model: Path) -> None:
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(data)


def garble_card(model: Path) -> None:
    model.with_suffix(".json").write_text("{")


def another_task(model: Path) -> None:
    card = json.loads(model.with_suffix(".json").read_text())
    model.with_suffix(".json").write_text(json.dumps(card | {"task": "face_localizer"}))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (drop_card, "is missing"),
        (drop_model, "is missing"),
        (cut, "checksum"),
        (flip_a_bit, "checksum"),
        (garble_card, "cannot be read"),
        (another_task, "is a face_localizer"),
    ],
)
def test_row_30_the_start_fails_with_a_clear_sentence(
    tmp_path: Path, damage: Callable[[Path], None], sentence: str, name: str
) -> None:
    model = MODELS[name]
    copy = tmp_path / model.name
    shutil.copy(model, copy)
    shutil.copy(model.with_suffix(".json"), copy.with_suffix(".json"))
    damage(copy)
    command = [sys.executable, "-m", "webapp", f"--{name}", str(copy), "--port", "8718"]
    command += ["--data-folder", str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert "Mask Mirror cannot start" in ran.stderr
    assert sentence in ran.stderr
    assert "Traceback" not in ran.stderr


def test_row_30_a_file_that_is_no_model_but_has_the_right_checksum_is_refused_too(tmp_path: Path) -> None:
    import hashlib

    fake = tmp_path / "fake.tflite"
    fake.write_bytes(b"TFL3" * 100)
    card = json.loads(MODEL.with_suffix(".json").read_text())
    card["sha256"] = hashlib.sha256(fake.read_bytes()).hexdigest()
    fake.with_suffix(".json").write_text(json.dumps(card))
    command = [sys.executable, "-m", "webapp", "--classifier", str(fake), "--data-folder", str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert "no model that LiteRT can run" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--data-folder", "/proc/nowhere"], "cannot start"),
        (["--host", "192.0.2.77"], "cannot start"),
        (["--https", "--async-mode", "threading"], "eventlet mode alone"),
        (["--port", "99999"], "must lie between"),
        (["--classifier", "nowhere"], "nowhere.tflite is missing"),
        (["--detector", "localizer"], "needs a model: give its file with --model"),
        (["--detector", "localizer", "--model", "nowhere.tflite"], "nowhere.tflite is missing"),
    ],
)
def test_settings_that_cannot_work_give_a_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    command = [sys.executable, "-m", "webapp", "--port", "8719", "--data-folder", str(tmp_path), *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode in (1, 2)
    assert sentence in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_busy_port_gives_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        command = [sys.executable, "-m", "webapp", "--port", str(port), "--data-folder", str(tmp_path)]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert f"Address already in use ({port})" in ran.stderr


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_of_two_servers_that_start_at_once_on_one_port_one_ends(tmp_path: Path, async_mode: str) -> None:
    port = free_port()
    command = [sys.executable, "-m", "webapp", "--port", str(port), "--async-mode", async_mode, "--data-folder"]
    both = [
        subprocess.Popen([*command, str(tmp_path / name)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for name in ("one", "other")
    ]
    try:
        deadline = time.monotonic() + 120
        while all(process.poll() is None for process in both) and time.monotonic() < deadline:
            time.sleep(0.1)
        (loser,) = (process for process in both if process.poll() is not None)
        assert loser.returncode == 1
        assert loser.stderr is not None
        assert f"Address already in use ({port})" in loser.stderr.read()
    finally:
        for process in both:
            process.terminate()
            process.communicate(timeout=60)


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_newcomers_find_room_in_the_backlog_of_a_server_that_is_busy(tmp_path: Path, async_mode: str) -> None:
    with mirror_process(tmp_path, async_mode) as mirror, contextlib.ExitStack() as stack:
        stack.callback(mirror.process.send_signal, signal.SIGCONT)
        mirror.process.send_signal(signal.SIGSTOP)
        for _ in range(300):  # with no room left, the kernel ignores a newcomer, who tries again after a second
            stack.enter_context(socket.create_connection(("127.0.0.1", mirror.port), timeout=0.9))
