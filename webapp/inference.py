"""The one boundary between cooperative and native threads: all live inference goes through here."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from webapp.processes import available_cores
from webapp.vision.pipeline import Pipeline

T = TypeVar("T")


class Inference:
    """A few pipelines, lent to one task at a time, first come first served.

    In eventlet mode the work runs in a native thread, so the server keeps answering other requests; in
    threading mode the caller's own thread is native already.

    Args:
        build: makes one pipeline; called once a thread, at once, so that a broken model stops the start.
        threads: pipelines; 0 makes one a core.
        eventlet: whether the server runs on eventlet.

    Raises:
        ModelError: a model cannot be loaded.
    """

    def __init__(self, build: Callable[[], Pipeline], threads: int, eventlet: bool) -> None:
        self.threads = threads or available_cores()
        self.waiting = 0
        self._lock = threading.Lock()
        # Monkey-patched under eventlet, so waiting here never blocks the hub.
        self._free: queue.Queue[Pipeline] = queue.Queue()
        for _ in range(self.threads):
            self._free.put(build())
        self._execute = _native_thread_executor(self.threads) if eventlet else _call
        with self._lend() as pipeline:
            self.model = pipeline.describe()

    def run(self, work: Callable[[Pipeline], T]) -> tuple[T, float]:
        """Run one task with a pipeline of its own.

        Args:
            work: gets the pipeline; what it raises is raised here.

        Returns:
            What `work` returned, and how long it waited for its turn, milliseconds.
        """
        requested = time.perf_counter()
        with self._lend() as pipeline:
            queue_ms = (time.perf_counter() - requested) * 1000
            return self._execute(work, pipeline), queue_ms

    @contextmanager
    def _lend(self) -> Iterator[Pipeline]:
        with self._lock:
            self.waiting += 1
        try:
            pipeline = self._free.get()
        finally:
            with self._lock:
                self.waiting -= 1
        try:
            yield pipeline
        finally:
            self._free.put(pipeline)


def _call(work: Callable[[Pipeline], T], pipeline: Pipeline) -> T:
    return work(pipeline)


def _native_thread_executor(threads: int) -> Callable[[Callable[[Pipeline], T], Pipeline], T]:
    from eventlet import tpool

    tpool.set_num_threads(threads)

    def execute(work: Callable[[Pipeline], T], pipeline: Pipeline) -> T:
        result: T = tpool.execute(work, pipeline)
        return result

    return execute
