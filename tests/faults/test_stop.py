"""Row 28 for live clients: SIGTERM sends `goodbye` and ends within 25 s. (Jobs: see test_video_jobs.py.)"""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.conftest import ASYNC_MODES
from tests.mirror_process import mirror_process
from tests.pictures import astronaut_bgr, jpeg


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_28_sigterm_sends_goodbye_and_exits(tmp_path: Path, async_mode: str) -> None:
    with mirror_process(tmp_path, async_mode) as mirror:
        client = mirror.connect()
        client.call("frame", ({"seq": 1, "captured_ms": 0}, jpeg(astronaut_bgr())))
        start = time.monotonic()
        mirror.process.send_signal(signal.SIGTERM)
        assert [client.receive(timeout=20)[0] for _ in range(2)] == ["frame_size", "goodbye"]
        assert mirror.process.wait(timeout=25) == 0
        assert time.monotonic() - start < 25
    assert "Traceback" not in (tmp_path / "server.log").read_text()
