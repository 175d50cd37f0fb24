"""Do what may take long in a thread of its own, while heartbeats go on: transfers, deletions, sweeps."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from webapp.errors import MirrorError

log = logging.getLogger(__name__)

_BEAT_EVERY_S = 0.5

T = TypeVar("T")


class Stopped(Exception):
    """The heartbeats ended before the work did."""


def beside(work: Callable[[], T], beat: Callable[[], bool]) -> T:
    """Return what `work` returns, or raise what it raises.

    Args:
        work: runs in a daemon thread: a process that ends does not wait for it.
        beat: called twice a second meanwhile; False means not to wait any longer.

    Raises:
        Stopped: `beat` returned False; the work may still go on.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_BEAT_EVERY_S)
        if thread.is_alive() and not beat():
            raise Stopped
    if errors:
        raise errors[0]
    return results[0]


class Background:
    """Runs one piece of work at a time, beside what its owner does.

    Args:
        failed: what to log where it fails because the job table or the store is not available.
    """

    def __init__(self, failed: str) -> None:
        self._failed = failed
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether work is under way."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, work: Callable[[], object]) -> None:
        """Start work, unless there is some under way."""
        if not self.busy:
            self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
            self._thread.start()

    def join(self) -> None:
        """Wait until no work is under way."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, work: Callable[[], object]) -> None:
        try:
            work()
        except (MirrorError, OSError) as error:
            log.warning("%s: %s", self._failed, error)
