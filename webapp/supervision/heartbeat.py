"""Heartbeats from one process to the one that watches over it, over a socket pair."""

from __future__ import annotations

import socket
import time

_SILENT_MAX_S = 15.0
_START_MAX_S = 60.0
_GAP_MAX_S = 1.0
"""Longest time between two polls that counts: while the watcher itself stood still it heard nobody."""


class Heartbeat:
    """The watcher's end. `theirs` goes to the watched process, which calls `beat` on it.

    `heard` is whether there was a beat, and `silent_s` the time without one, seconds, both as of the last `poll`.
    """

    def __init__(self) -> None:
        self._ours, self.theirs = socket.socketpair()
        # Non-blocking sockets behave alike under native and green threads.
        self._ours.setblocking(False)
        self.theirs.setblocking(False)
        self.heard = False
        self.silent_s = 0.0
        self._polled_at = time.monotonic()

    def poll(self) -> None:
        """Listen for beats; call it at least once a second."""
        now = time.monotonic()
        if self._received():
            self.heard, self.silent_s = True, 0.0
        else:
            self.silent_s += min(now - self._polled_at, _GAP_MAX_S)
        self._polled_at = now

    @property
    def lost(self) -> bool:
        """Whether the watched process has been silent for so long that it must be replaced."""
        return self.silent_s > (_SILENT_MAX_S if self.heard else _START_MAX_S)

    def hand_over(self) -> socket.socket:
        """Close the watcher's end and return the other: for a forked process, which is watched."""
        self._ours.close()
        return self.theirs

    def close(self) -> None:
        """Close both ends in this process."""
        self._ours.close()
        self.theirs.close()

    def _received(self) -> bool:
        try:
            return bool(self._ours.recv(4096))
        except OSError:  # nothing has come
            return False


def beat(connection: socket.socket) -> bool:
    """Send a beat; False where the watcher is gone.

    Args:
        connection: the `theirs` of a `Heartbeat`, non-blocking.
    """
    try:
        connection.send(b".")
    except BlockingIOError:
        pass  # the watcher does not listen at the moment; what it has not read yet says the same
    except OSError:
        return False
    return True
