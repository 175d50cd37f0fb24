"""The one boundary between cooperative and native threads: all live inference goes through here."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from webapp.processes.helpers import available_cores
from webapp.supervision.watchdog import Calls
from webapp.vision.pipeline import Pipeline

T = TypeVar("T")
Sized = Mapping[int, Pipeline]


class Inference:
    """A few pipelines in all their sizes, lent to one task at a time, first come first served.

    In eventlet mode the work runs in a native thread, so the server keeps answering other requests; in
    threading mode the caller's own thread is native already.

    Args:
        build: makes one pipeline in its sizes, see `build_live_pipelines`; called once a thread, at once, so that a
            broken model stops the start.
        threads: pipelines; 0 makes one a core.
        eventlet: whether the server runs on eventlet.

    Raises:
        ModelError: a model cannot be loaded.
    """

    def __init__(self, build: Callable[[], Sized], threads: int, eventlet: bool) -> None:
        self.threads = threads or available_cores()
        self.calls = Calls()
        # Monkey-patched under eventlet, so waiting here never blocks the hub.
        self._free: queue.Queue[Sized] = queue.Queue()
        for _ in range(self.threads):
            self._free.put(build())
        self._execute = _native_thread_executor(self.threads) if eventlet else _call
        with self._lend() as pipelines:
            self.sizes_px = tuple(pipelines)
            self.model = pipelines[self.sizes_px[0]].describe()

    def run(self, size_px: int, work: Callable[[Pipeline], T]) -> T:
        """Run one task with a pipeline of its own.

        Args:
            size_px: one of `sizes_px`.
            work: gets the pipeline; what it returns or raises, this returns or raises.
        """
        with self._lend() as pipelines, self.calls.under_way():
            return self._execute(work, pipelines[size_px])

    @contextmanager
    def _lend(self) -> Iterator[Sized]:
        pipelines = self._free.get()
        try:
            yield pipelines
        finally:
            self._free.put(pipelines)


def _call(work: Callable[[Pipeline], T], pipeline: Pipeline) -> T:
    return work(pipeline)


def _native_thread_executor(threads: int) -> Callable[[Callable[[Pipeline], T], Pipeline], T]:
    from eventlet import tpool

    tpool.set_num_threads(threads)

    def execute(work: Callable[[Pipeline], T], pipeline: Pipeline) -> T:
        result: T = tpool.execute(work, pipeline)
        return result

    return execute
