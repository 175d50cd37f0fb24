"""What waits to be sent to one client: it is not read while much waits, and cut when it does not read itself.

Needed for python-engineio 4.15, whose queue of packets is unbounded: a client that sent frames and read nothing cost
133 to 413 MB in 130 s.
"""

from __future__ import annotations

import queue
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

PACKETS_MAX = 64
"""With so many waiting packets the client is cut."""

FULL_PACKETS = 48
"""With so many the client is not read until all are sent: its burst must not outrun the thread that sends."""

DRAIN_MAX_S = 1.0
"""What sending them may take, else the client is cut."""


def bounded(queue_class: type[queue.Queue[Any]]) -> type[queue.Queue[Any]]:
    """Return a queue class like this one that never holds more than `PACKETS_MAX` packets.

    Args:
        queue_class: of the async mode, as `engineio` uses it.
    """

    class Outbox(queue_class):  # type: ignore[misc, valid-type]
        cut: Callable[[], None] | None = None
        """Ends the connection; None where there is no websocket yet."""

        def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
            # None is Engine.IO's sign for the end.
            if item is not None and self.qsize() >= PACKETS_MAX:
                if self.cut is not None:
                    self.cut()
                return
            super().put(item, block, timeout)

    return Outbox


def cut_when_full(websocket_handler: Any, connection: socket.socket) -> None:
    """Cut a websocket as soon as too many packets wait for it.

    Args:
        websocket_handler: `engineio.Socket._websocket_handler`, bound.
        connection: of the client.
    """

    def cut() -> None:
        # Not `close`: that would wait in line to say good-bye. This wakes whoever reads or writes.
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    websocket_handler.__self__.queue.cut = cut


def drained(
    wait: Callable[[], str | bytes | None], websocket_handler: Any, pause: Callable[[], None]
) -> Callable[[], str | bytes | None]:
    """Return a `wait` for messages that first lets the waiting packets go out where there are many.

    Args:
        wait: returns the next message, None at the end of the connection.
        websocket_handler: as above; its connection has been given to `cut_when_full`.
        pause: waits a little.
    """
    outbox = websocket_handler.__self__.queue

    def wait_after_sending() -> str | bytes | None:
        if outbox.qsize() >= FULL_PACKETS:
            deadline_s = time.monotonic() + DRAIN_MAX_S
            while outbox.qsize():
                if time.monotonic() > deadline_s:
                    outbox.cut()
                    return None  # what it has sent before must not be worked off
                pause()
        return wait()

    return wait_after_sending
