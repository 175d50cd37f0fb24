"""Detection on several frames of a video at once; the frames come out in their order."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from av.packet import Packet

from webapp.vision.detections import Detections
from webapp.vision.frames import Frame
from webapp.vision.video.reader import TimedFrame

Detect = Callable[[Frame], Detections]
"""A frame, uint8 (H, W, 3) BGR, to its labelled detections. It is used by one thread at a time."""


@dataclass(frozen=True, eq=False)
class DetectedFrame:
    """A frame of a video with its detections, and the wall time of the detection in seconds."""

    timed: TimedFrame
    detections: Detections
    detect_s: float


class ParallelDetection:
    """A few threads with a `Detect` each. Leave the `with` block to end them.

    Args:
        build: makes the `Detect` of one thread, at that thread's first frame.
        threads: frames that are worked on at once.
    """

    def __init__(self, build: Callable[[], Detect], threads: int) -> None:
        self._build = build
        self._ahead = threads + 1
        self._pool = ThreadPoolExecutor(threads)
        self._of_thread = threading.local()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)

    def run(self, items: Iterable[TimedFrame | Packet[Any]]) -> Iterator[DetectedFrame | Packet[Any]]:
        """Yield the frames of a video in their order, each with its detections; sound packets pass at once."""
        pending: deque[Future[DetectedFrame]] = deque()
        for item in items:
            if not isinstance(item, TimedFrame):
                yield item
                continue
            pending.append(self._pool.submit(self._detect, item))
            if len(pending) >= self._ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()

    def _detect(self, item: TimedFrame) -> DetectedFrame:
        if not hasattr(self._of_thread, "detect"):
            self._of_thread.detect = self._build()
        started = time.perf_counter()
        detections: Detections = self._of_thread.detect(item.frame)
        return DetectedFrame(item, detections, time.perf_counter() - started)
