from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.webapp.videos.running_jobs import is_alive, wait_for
from webapp.config import Settings
from webapp.videos.jobs.supervisor import WorkerSupervisor

# Green threads only where everything is patched from the first import on: a process of its own.
SUPERVISE = """
import sys, time
if sys.argv[1] == "eventlet":
    import eventlet
    eventlet.monkey_patch()
from pathlib import Path
from webapp.config import Settings
from webapp.videos.jobs.supervisor import WorkerSupervisor
supervisor = WorkerSupervisor(Settings(data_folder=Path(sys.argv[2])))
supervisor.start()
print(supervisor.pid, flush=True)
first, ticks, slowest = supervisor.pid, 0, 0.0
while supervisor.pid == first and ticks < 3000:
    started = time.monotonic()
    time.sleep(0.01)
    slowest, ticks = max(slowest, time.monotonic() - started), ticks + 1
print(supervisor.pid, slowest, flush=True)
if sys.argv[3] == "stop":
    supervisor.stop(10)
    print(supervisor.alive(), flush=True)
else:
    time.sleep(60)
"""


def supervise(mode: str, folder: Path, end: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SUPERVISE, mode, str(folder), end]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("mode", ["threading", "eventlet"])
def test_a_killed_worker_is_started_again_and_nobody_waits_for_it(tmp_path: Path, mode: str) -> None:
    with supervise(mode, tmp_path, "stop") as process:
        assert process.stdout is not None
        first = int(process.stdout.readline())
        os.kill(first, signal.SIGKILL)
        second, slowest_s = process.stdout.readline().split()
        assert int(second) != first
        assert float(slowest_s) < 0.5, "starting a process must not stop the others"
        assert process.stdout.readline().strip() == "False"
        assert not is_alive(int(second))


def test_a_worker_that_cannot_be_started_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[bool] = []

    class Refused(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            starts.append(True)
            if len(starts) == 2:
                raise BlockingIOError("too many processes")
            super().__init__(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", Refused)
    supervisor = WorkerSupervisor(Settings(data_folder=tmp_path))
    supervisor.start()
    assert supervisor.pid is not None
    os.kill(supervisor.pid, signal.SIGKILL)
    wait_for(lambda: len(starts) == 3)
    wait_for(supervisor.alive)
    supervisor.stop(10)


def test_the_worker_ends_with_the_web_process(tmp_path: Path) -> None:
    with supervise("threading", tmp_path, "stay") as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
        wait_for(lambda: not is_alive(pid))


def test_stopping_what_never_started_is_no_error(tmp_path: Path) -> None:
    supervisor = WorkerSupervisor(Settings(data_folder=tmp_path))
    assert not supervisor.alive()
    supervisor.stop(1)
