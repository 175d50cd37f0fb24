"""The turnstile of one connection: one frame at a time, the newest one waits, older ones are dropped."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass
class _Ticket:
    called: threading.Event = field(default_factory=threading.Event)
    dropped: bool = False


class Turnstile:
    """Lets one frame of a connection through at a time and keeps one waiting: the newest.

    So a client that sends faster than the server detects costs two frames of memory and one thread, and its
    detections are always recent.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = False
        self._closed = False
        self._waiting: _Ticket | None = None

    def enter(self) -> bool:
        """Wait for a turn; False if a newer frame took it or the connection is gone. After True, call `leave`."""
        with self._lock:
            if self._closed:
                return False
            if not self._busy:
                self._busy = True
                return True
            self._drop_waiting()
            ticket = self._waiting = _Ticket()
        ticket.called.wait()
        return not ticket.dropped

    def leave(self) -> None:
        """End a turn and let the waiting frame through, if there is one."""
        with self._lock:
            if self._waiting is None:
                self._busy = False
            else:
                ticket, self._waiting = self._waiting, None
                ticket.called.set()

    def close(self) -> None:
        """Drop what waits and let nothing in any more."""
        with self._lock:
            self._closed = True
            self._drop_waiting()

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._closed

    def _drop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.dropped = True
            self._waiting.called.set()
            self._waiting = None
