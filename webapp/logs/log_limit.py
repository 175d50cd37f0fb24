"""A limit on log lines: what a client can cause again and again must not fill the disk or hide other lines."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

LINES_MAX = 10
"""Lines of one message that pass a second."""

_WINDOW_S = 1.0
_MESSAGES_MAX = 256


@dataclass
class _Window:
    started_at: float
    passed: int = 0
    left_out: int = 0


class LogLimit(logging.Filter):
    """Lets so many lines of each message pass a second, and tells with the next one how many it left out.

    A message is one place in the code: its text before the arguments are filled in. As a filter of a handler it sees
    the lines of all loggers.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._windows: OrderedDict[tuple[str, str], _Window] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool | logging.LogRecord:
        """Return the record, with a count of those left out before it, or False."""
        message = record.name, str(record.msg)
        now = time.monotonic()
        with self._lock:
            window = self._windows.setdefault(message, _Window(now))
            self._windows.move_to_end(message)
            if len(self._windows) > _MESSAGES_MAX:
                self._windows.popitem(last=False)
            if now - window.started_at < _WINDOW_S:
                window.passed += 1
                window.left_out += window.passed > LINES_MAX
                return window.passed <= LINES_MAX
            left_out = window.left_out
            self._windows[message] = _Window(now, passed=1)
        return _with_count(record, left_out) if left_out else True


def _with_count(record: logging.LogRecord, left_out: int) -> logging.LogRecord:
    counted = logging.makeLogRecord(record.__dict__)
    counted.msg, counted.args = f"{record.getMessage()} (and {left_out} more like this, left out)", None
    return counted
