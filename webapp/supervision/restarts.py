"""Run the server in a child process, and start it again when it crashes or hangs: a bounded number of times.

Platforms restart what ends, but late (Heroku: up to 20 minutes), and no platform notices a process that hangs.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from socket import socket

from webapp.supervision.heartbeat import Heartbeat

HUNG = 70
"""Exit status of a server that has hung or whose listener has failed (`EX_SOFTWARE` of sysexits.h)."""

_WINDOW_S = 600.0
_POLL_S = 0.25


def keep_running(serve: Callable[[socket], int], restarts: int, name: str = "server") -> int:
    """Serve until the server ends by itself, cannot start, or needs more restarts than allowed.

    Call it before any thread has started: the child is a fork.

    Args:
        serve: gets the socket for its heartbeats (see `webapp.supervision.heartbeat.beat`), returns its exit status.
        restarts: allowed within ten minutes.
        name: of what is served, for the log.

    Returns:
        In the child what `serve` returned; in the parent the exit status of the last child, or 128 and its signal.
    """
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: signals.append(number))
    restarted_at: deque[float] = deque(maxlen=max(restarts, 1))
    while True:
        heartbeat = Heartbeat()
        pid = os.fork()
        if pid == 0:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            return serve(heartbeat.hand_over())
        status = _wait(pid, heartbeat, signals, name)
        heartbeat.close()
        if signals or not _is_failure(status):
            return status
        now = time.monotonic()
        if len(restarted_at) == restarts and now - restarted_at[0] < _WINDOW_S:
            _say(name, f"ended with status {status}, too often to be started again")
            return status
        restarted_at.append(now)
        _say(name, f"ended with status {status} and is started again")


def _is_failure(status: int) -> bool:
    """Return whether a restart may help: after a crash or a hang, not where the start itself was refused."""
    return status == HUNG or status > 128


def _wait(pid: int, heartbeat: Heartbeat, signals: list[int], name: str) -> int:
    """Pass signals on and wait for the child's end, or end it where it falls silent; return its exit status."""
    heartbeat.theirs.close()
    passed_on = 0
    while (status := _status(pid)) is None:
        if len(signals) > passed_on:
            passed_on = len(signals)
            os.kill(pid, signal.SIGTERM)
        time.sleep(_POLL_S)
        heartbeat.poll()
        if heartbeat.lost:
            _say(name, f"has hung for {heartbeat.silent_s:.0f} s and is killed")
            os.kill(pid, signal.SIGKILL)
    return status


def _status(pid: int) -> int | None:
    """Return the exit status of the child, None while it runs; reap others, for PID 1 inherits some."""
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == pid:
                code = os.waitstatus_to_exitcode(ended[1])
                return code if code >= 0 else 128 - code
    return None


def _say(name: str, what: str) -> None:
    print(f"The {name} {what}.", file=sys.stderr, flush=True)
