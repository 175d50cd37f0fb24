"""Standard error as JSON Lines, for processes whose log is JSON. It imports neither `logging` nor `threading`."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from typing import Any, TextIO


def json_line(process: str, level: str, logger: str, message: str, **further: Any) -> str:
    """Return one line of the log, without its end."""
    now = time.time()
    stamp = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03d}Z"
    line = {"time": stamp, "level": level, "process": process, "logger": logger, "message": message}
    return json.dumps(line | further, ensure_ascii=False)


def redirect_stderr(process: str) -> TextIO:
    """Make every line that Python code prints to standard error a JSON object.

    What libraries in C print there goes nowhere: decoders comment on the pictures of visitors. Processes started with
    `stderr=sys.stderr` write to the same log.

    Args:
        process: named in each line.

    Returns:
        The log; each line written to it must be JSON.
    """
    # Not `os.fdopen`: under eventlet it would make the log of all processes non-blocking.
    log = open(os.dup(sys.stderr.fileno()), "w", buffering=1, encoding="utf-8", errors="replace")  # noqa: SIM115
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = _JsonLines(log, process)
    return log


class _JsonLines(io.TextIOBase):
    def __init__(self, log: TextIO, process: str) -> None:
        self._log, self._process = log, process
        self._rest = ""

    def write(self, text: str) -> int:
        """Write the lines that are whole; keep the rest."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in filter(None, lines):
            self._log.write(json_line(self._process, "ERROR", "stderr", line) + "\n")
        return len(text)

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of the log."""
        return self._log.fileno()
