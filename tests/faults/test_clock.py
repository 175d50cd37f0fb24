"""Row 41: the clock of the server's machine is set, forward and back, while it runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ASYNC_MODES
from tests.faults.meddling import at_start
from tests.faults.visitor import Visitor
from tests.mirror_process import mirror_process
from tests.video_maker import make_video
from tests.webapp.videos.running_jobs import wait_for

SET_CLOCK = """
import time

true_time = time.time

def shifted():
    try:
        with open({path!r}) as file:
            return true_time() + float(file.read())
    except OSError:
        return true_time()

time.time = shifted
"""


def settable_clock(folder: Path) -> tuple[str, Callable[[float], None]]:
    """Return the PYTHONPATH of processes whose clock can be set, and what sets it, in seconds off the true time."""
    path = folder / "offset"

    def set_clock(offset_s: float) -> None:
        draft = path.with_suffix(".draft")
        draft.write_text(str(offset_s))
        os.replace(draft, path)

    return at_start(folder / "meddling", SET_CLOCK.format(path=str(path))), set_clock


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_41_nobody_loses_a_video_or_a_session_when_the_clock_is_set(tmp_path: Path, async_mode: str) -> None:
    python_path, set_clock = settable_clock(tmp_path)
    short = make_video(tmp_path / "short.mp4", 5).read_bytes()
    long = make_video(tmp_path / "long.mp4", 200).read_bytes()
    with mirror_process(tmp_path / "data", async_mode, PYTHONPATH=python_path) as mirror:
        visitor = Visitor(mirror.port)
        ended = visitor.upload(short).json["id"]
        wait_for(lambda: visitor.videos()[0]["state"] == "succeeded")
        under_way, waiting = (visitor.upload(long).json["id"] for _ in range(2))
        for offset_s in (-5, 3600, -3600, 0):
            before = {video["id"]: video["expires_s"] for video in visitor.videos()}
            set_clock(offset_s)
            wait_for(lambda: [video["id"] for video in visitor.videos()] == [waiting, under_way, ended])
            assert visitor.call("GET", f"/api/v1/videos/{ended}/result").status == 200
            assert set(before) == {waiting, under_way, ended}
        wait_for(lambda: {video["state"] for video in visitor.videos()} == {"succeeded"}, 300)
        assert visitor.upload(short).status == 202
    log = mirror.log.read_text()
    assert "the system's clock was set" in log
    assert "waited_too_long" not in log
