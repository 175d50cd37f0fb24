"""Run and supervise the child of one job: progress, deadlines, and the end of its whole process group."""

from __future__ import annotations

import json
import math
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any

from webapp.videos.jobs.job import JobProgress

NO_PROGRESS_S = 60.0
"""A child without output for so long hangs."""

_POLL_S = 0.1
_BEAT_EVERY_S = 0.5
_LINE_BYTES_MAX = 65_536
_MESSAGE_CHARS_MAX = 300
_COUNT_MAX = 2**31 - 1
"""PostgreSQL's INTEGER."""


class End(Enum):
    """Outcome of a run."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Outcome:
    """How a run ended and, where it failed, why: code and message."""

    end: End
    error: tuple[str, str] | None = None


CRASHED = ("crashed", "This video stopped the program that reads it. Try another one.")
TOO_SLOW = ("deadline", "This video takes too long to process. Try a shorter one.")


def child_command(upload: Path, folder: Path) -> list[str]:
    """Return the command that annotates one video."""
    return [sys.executable, "-m", "webapp.videos.child", str(upload), str(folder), str(os.getpid())]


def run_child(
    command: list[str],
    environ: Mapping[str, str],
    keep_on: Callable[[JobProgress], bool],
    deadline_s: float,
    no_progress_s: float = NO_PROGRESS_S,
) -> Outcome:
    """Run a child to its end, or end it.

    Args:
        command: see `child_command`.
        environ: of the child.
        keep_on: called twice a second with the latest progress; False ends the child.
        deadline_s: wall time it may take.
        no_progress_s: longest time without output.
    """
    # A group of its own, to be killed as a whole, in this session: see `yield_to_live_view`.
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        env=environ,
        process_group=0,
    )
    try:
        return _watch(process, keep_on, time.monotonic() + deadline_s, no_progress_s)
    finally:
        # The group, not the process: processes that it has started are killed with it.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _watch(
    process: subprocess.Popen[bytes], keep_on: Callable[[JobProgress], bool], give_up_at: float, no_progress_s: float
) -> Outcome:
    lines = _Lines(process)
    progress, beat_at, output_at = JobProgress(), 0.0, time.monotonic()
    while True:
        ended = process.poll() is not None
        for message in lines.read(0 if ended else _POLL_S):
            output_at = time.monotonic()
            if "progress" in message:
                progress = _progress(message["progress"])
            elif "done" in message:
                keep_on(_final(progress, message["done"]))
                return Outcome(End.DONE)
            elif "error" in message:
                return Outcome(End.FAILED, _error(message["error"]))
        now = time.monotonic()
        if ended:
            return Outcome(End.FAILED, CRASHED)
        if now > give_up_at or now - output_at > no_progress_s:
            return Outcome(End.FAILED, TOO_SLOW)
        if now - beat_at >= _BEAT_EVERY_S:
            beat_at = now
            if not keep_on(progress):
                return Outcome(End.STOPPED)


class _Lines:
    """The JSON Lines of a child, read without waiting longer than `wait_s`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            raise ValueError("the child needs a pipe")
        self._fd = process.stdout.fileno()
        self._rest = b""
        self._open = True

    def read(self, wait_s: float) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        if not self._open:
            time.sleep(wait_s)
        while self._open and select.select([self._fd], [], [], wait_s)[0]:
            wait_s = 0.0
            chunk = os.read(self._fd, _LINE_BYTES_MAX)
            self._open = bool(chunk)
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            self._rest = self._rest[-_LINE_BYTES_MAX:]
            messages += [message for line in lines if (message := _parsed(line))]
            if messages:
                break
        return messages


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def _progress(values: Any) -> JobProgress:
    # The output of a child is checked like any input: it has read an untrusted video.
    try:
        progress = JobProgress(**{f.name: values[f.name] for f in fields(JobProgress)})
        eta_s = None if progress.eta_s is None else _finite(progress.eta_s)
        fraction = min(max(_finite(progress.progress), 0.0), 1.0)
        width, height = (None if side is None else _count(side) for side in (progress.width, progress.height))
        frames_done, skipped_frames = _count(progress.frames_done), _count(progress.skipped_frames)
        return JobProgress(fraction, frames_done, skipped_frames, _finite(progress.fps), eta_s, width, height)
    except (TypeError, KeyError, ValueError, OverflowError):
        return JobProgress()


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("no number that a table stores")
    return number


def _count(value: Any) -> int:
    count = int(value)
    if not 0 <= count <= _COUNT_MAX:
        raise ValueError("no count that a table stores")
    return count


def _final(progress: JobProgress, done: Any) -> JobProgress:
    return _progress(asdict(progress) | {"progress": 1.0, "eta_s": 0.0} | (done if isinstance(done, dict) else {}))


def _error(error: Any) -> tuple[str, str]:
    if not isinstance(error, dict):
        return CRASHED
    return str(error.get("code"))[:40], str(error.get("message"))[:_MESSAGE_CHARS_MAX]
