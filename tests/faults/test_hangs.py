"""Row 31: live inference, the photo helper, the worker or the whole process hangs, against real servers."""

from __future__ import annotations

import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.client import LiveClient
from tests.conftest import ASYNC_MODES
from tests.faults.meddling import after_import
from tests.mirror_process import MirrorProcess, mirror_process
from tests.pictures import astronaut_bgr, jpeg
from tests.webapp.videos.running_jobs import children_of, wait_for

JPEG = jpeg(astronaut_bgr())
FATAL = jpeg(np.zeros((66, 66, 3), np.uint8))
"""The size at which the servers below hang."""

HANG = """
import ctypes

def meddle(module):
    detect = module.Pipeline.detect
    libc = ctypes.{kind}(None)

    def detect_or_hang(self, frame, *args):
        while frame.shape[0] == 66:
            libc.pause()
        return detect(self, frame, *args)

    module.Pipeline.detect = detect_or_hang
"""
PATIENCE_S = 120
LETS_OTHERS_RUN, HOLDS_THE_INTERPRETER = "CDLL", "PyDLL"


def hanging(folder: Path, kind: str, **variables: str) -> dict[str, str]:
    """Return the environment of a server whose inference hangs at a `FATAL` frame."""
    path = after_import(folder / "meddling", "webapp.vision.pipeline", HANG.format(kind=kind))
    return {"PYTHONPATH": path, "MASK_MIRROR_INFERENCE_THREADS": "2"} | variables


def send_fatal_frame(mirror: MirrorProcess) -> LiveClient:
    """Send the frame and wait for nothing; while the client is open, somebody needs the answer."""
    client = LiveClient(mirror.port, FATAL)
    event = b'451-1["frame",{"seq":1,"captured_ms":0},{"_placeholder":true,"num":0}]'
    client._socket.sendall(client._encode(event, 1) + client._picture)
    return client


def readiness(mirror: MirrorProcess) -> int:
    """Return the status of /readyz, 0 where nobody answers."""
    try:
        return int(urllib.request.urlopen(mirror.url + "/readyz", timeout=2).status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def seen_within(seconds: float, look: Callable[[], object], wanted: object) -> bool:
    """Look often until it is so; False if it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if look() == wanted:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_31_hung_inference_is_noticed_and_the_server_started_again(tmp_path: Path, async_mode: str) -> None:
    variables = hanging(tmp_path, LETS_OTHERS_RUN, MASK_MIRROR_RESTARTS="3")
    with mirror_process(tmp_path / "data", async_mode, **variables) as mirror:
        assert seen_within(PATIENCE_S, lambda: readiness(mirror), 200)
        [first] = children_of(mirror.process.pid)
        waiting = send_fatal_frame(mirror)
        other = LiveClient(mirror.port, JPEG)
        assert other.call(1)[0]["faces"], "the other pipeline goes on"
        other.close()
        assert seen_within(PATIENCE_S, lambda: readiness(mirror), 503)
        assert seen_within(PATIENCE_S, lambda: children_of(mirror.process.pid) not in ([first], []), True)
        assert seen_within(PATIENCE_S, lambda: readiness(mirror), 200)
        other = LiveClient(mirror.port, JPEG)
        assert other.call(1)[0]["faces"]
        other.close()
        waiting.close()
    log = mirror.log.read_text()
    assert "live inference has hung" in log
    assert "detect_or_hang" in log, "whoever reads the log sees where"


@pytest.mark.long
@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_31_restarts_are_bounded(tmp_path: Path, async_mode: str) -> None:
    variables = hanging(tmp_path, LETS_OTHERS_RUN, MASK_MIRROR_RESTARTS="1", MASK_MIRROR_INFERENCE_DEADLINE_S="1")
    with mirror_process(tmp_path / "data", async_mode, **variables) as mirror:
        for _ in range(2):
            [server] = children_of(mirror.process.pid)
            assert seen_within(PATIENCE_S, mirror.healthy, True)
            waiting = send_fatal_frame(mirror)
            assert seen_within(PATIENCE_S, lambda server=server: children_of(mirror.process.pid) == [server], False)
            waiting.close()
            seen_within(5, lambda: bool(children_of(mirror.process.pid)), True)
        assert mirror.process.wait(timeout=PATIENCE_S) == 70


@pytest.mark.long
@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_31_a_process_that_hangs_as_a_whole_is_started_again(tmp_path: Path, async_mode: str) -> None:
    variables = hanging(tmp_path, HOLDS_THE_INTERPRETER, MASK_MIRROR_RESTARTS="3")
    with mirror_process(tmp_path / "data", async_mode, **variables) as mirror:
        [first] = children_of(mirror.process.pid)
        time.sleep(1)  # its first heartbeat
        waiting = send_fatal_frame(mirror)
        assert seen_within(PATIENCE_S, lambda: children_of(mirror.process.pid) not in ([first], []), True)
        assert seen_within(PATIENCE_S, mirror.healthy, True)
        waiting.close()


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_31_a_crashed_server_is_started_again_and_sigterm_still_stops_it(tmp_path: Path, async_mode: str) -> None:
    with mirror_process(tmp_path / "data", async_mode, MASK_MIRROR_RESTARTS="3") as mirror:
        [first] = children_of(mirror.process.pid)
        os.kill(first, signal.SIGSEGV)
        assert seen_within(PATIENCE_S, lambda: children_of(mirror.process.pid) not in ([first], []), True)
        assert seen_within(PATIENCE_S, mirror.healthy, True)
        client = mirror.connect()
        mirror.process.send_signal(signal.SIGTERM)
        assert [client.receive(timeout=20)[0] for _ in range(2)] == ["frame_size", "goodbye"]
        assert mirror.process.wait(timeout=25) == 0


@pytest.mark.long
@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_31_a_server_whose_starter_is_gone_ends(tmp_path: Path, async_mode: str) -> None:
    with mirror_process(tmp_path / "data", async_mode, MASK_MIRROR_RESTARTS="3") as mirror:
        mirror.process.kill()
        assert seen_within(PATIENCE_S, mirror.healthy, False)


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_31_a_worker_that_stands_still_counts_in_readiness_and_is_replaced(tmp_path: Path, async_mode: str) -> None:
    with mirror_process(tmp_path / "data", async_mode) as mirror:
        assert seen_within(PATIENCE_S, lambda: readiness(mirror), 200)
        [worker] = children_of(mirror.process.pid)
        os.kill(worker, signal.SIGSTOP)
        assert seen_within(PATIENCE_S, lambda: readiness(mirror), 503)
        assert mirror.healthy()
        wait_for(lambda: children_of(mirror.process.pid) not in ([worker], []), PATIENCE_S)
        assert seen_within(PATIENCE_S, lambda: readiness(mirror), 200)
