"""The rate that one live client may keep up.

Needed for python-engineio 4.15, which reads and handles whatever comes as fast as it comes.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Rate:
    """Allows so much a second, and as much again at once after a pause.

    Args:
        per_s: what is allowed, above 0.
    """

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._tokens = per_s
        self._then_s = time.monotonic()

    def allows(self) -> bool:
        """Return whether one more fits, and count it if so."""
        now_s = time.monotonic()
        self._tokens = min(self._per_s, self._tokens + (now_s - self._then_s) * self._per_s)
        self._then_s = now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def paced(
    wait: Callable[[], str | bytes | None], rate: Rate, pause: Callable[[], None]
) -> Callable[[], str | bytes | None]:
    """Return a `wait` for messages that keeps to a rate: what comes faster stays in the network.

    Args:
        wait: returns the next message.
        rate: of messages.
        pause: waits a little.
    """

    def paced_wait() -> str | bytes | None:
        while not rate.allows():
            pause()
        return wait()

    return paced_wait
