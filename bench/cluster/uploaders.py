"""Uploads without end, so that something is under way whatever goes away."""

from __future__ import annotations

import math
import tempfile
import threading
import time
from functools import cache
from pathlib import Path

from bench.cluster.cluster import Cluster
from bench.cluster.ledger import ended
from bench.cluster.visitor import Uploaded, Visitor
from bench.video import FPS, make_video

_LENGTHS = (40, 47, 56, 63)
"""Frames of the videos: results that were mixed up would show."""
_WIDTH, _HEIGHT = 320, 180
_POLL_S = 0.1
_FINISH_S = 120.0


@cache
def sample(frames: int, width: int = _WIDTH, height: int = _HEIGHT) -> bytes:
    """Return a video of two moving faces."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.mp4"
        make_video(path, (frames + 0.5) / FPS, width, height)
        return path.read_bytes()


class Uploaders:
    """Visitors who upload one video after the other, in one request and in pieces by turns, until `stop`.

    `videos` are those that were accepted.

    Args:
        cluster: where to.
        visitors: number of them.
        waiting: as many videos may be unfinished; then they wait.
    """

    def __init__(self, cluster: Cluster, visitors: int, waiting: int) -> None:
        self.videos: list[Uploaded] = []
        self.failures: list[str] = []
        self._cluster, self._waiting = cluster, waiting
        self._stopping = threading.Event()
        self._give_up_at = math.inf
        self._places = threading.Semaphore(waiting)
        self._threads = [threading.Thread(target=self._run, args=(i,), daemon=True) for i in range(visitors)]
        self._threads.append(threading.Thread(target=self._count, daemon=True))

    def start(self) -> None:
        """Begin."""
        for frames in _LENGTHS:
            sample(frames)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the uploads under way, begin none."""
        self._give_up_at = time.monotonic() + _FINISH_S
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        visitor = Visitor(self._cluster.proxy.port, lambda: time.monotonic() < self._give_up_at)
        while not self._stopping.is_set():
            if not self._places.acquire(timeout=_POLL_S):
                continue
            number += 1
            frames = _LENGTHS[number % len(_LENGTHS)]
            upload = visitor.upload_in_pieces if number % 2 else visitor.upload
            try:
                video = upload(sample(frames), frames)
            except LookupError as error:
                self.failures.append(str(error))
                continue
            if video is not None:
                self.videos.append(video)

    def _count(self) -> None:
        """Give places back as videos end."""
        counted = 0
        while not self._stopping.is_set():
            time.sleep(_POLL_S)
            try:
                now = ended(self._cluster)
            except Exception:  # the database is away
                continue
            for _ in range(now - counted):
                self._places.release()
            counted = max(now, counted)
