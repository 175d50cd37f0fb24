"""Work beside the swarm: a video that is annotated, and clients that send photos. Each has a thread of its own."""

from __future__ import annotations

import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from bench.load.pictures import jpeg
from bench.video import make_video

PHOTO_PX = 640
POLL_S = 0.25


class Beside(threading.Thread):
    """Work that goes on until it is told to stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopping = threading.Event()

    def stop(self) -> None:
        """Begin nothing further."""
        self.stopping.set()


class PhotoClient(Beside):
    """Sends one photo after the other until it is told to stop.

    Args:
        port: of the server on 127.0.0.1.
        number: which photo it sends.
    """

    def __init__(self, port: int, number: int) -> None:
        super().__init__()
        self._port, self._body = port, jpeg(number, PHOTO_PX)
        self.answered_s: list[float] = []
        self.refused = 0

    def run(self) -> None:
        """Send until `stop`."""
        while not self.stopping.is_set():
            started = time.perf_counter()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
                connection.request("POST", "/api/v1/detect", self._body, {"Content-Type": "image/jpeg"})
                good = connection.getresponse().status == 200
                connection.close()
            except OSError:
                good = False
            if good:
                self.answered_s.append(time.perf_counter() - started)
            else:
                self.refused += 1
                self.stopping.wait(1)


@contextmanager
def working(workers: Sequence[Beside]) -> Iterator[None]:
    """Let them work until the block ends; they may still finish what they have begun."""
    for worker in workers:
        worker.start()
    yield
    for worker in workers:
        worker.stop()


def photo_summary(clients: list[PhotoClient], seconds: float) -> str:
    """Return rate and time of the photos in words."""
    times_s = [time_s for client in clients for time_s in client.answered_s]
    if not times_s:
        return "no photo answered"
    refused = sum(client.refused for client in clients)
    words = f"{len(times_s) / seconds:.1f} photos/s, p95 {np.percentile(times_s, 95):.1f} s"
    return words + (f", {refused} refused" if refused else "")


class VideoJob(Beside):
    """Uploads a video and notes the progress of its annotation.

    Args:
        port: of the server on 127.0.0.1.
        seconds: length of the video.
    """

    def __init__(self, port: int, seconds: float) -> None:
        super().__init__()
        self._port, self._seconds = port, seconds
        self._body = _upload_body(seconds)
        self._progress: list[tuple[float, float]] = []
        self._state = "not uploaded"

    def run(self) -> None:
        """Upload, and ask for the progress until the job ends or `stop` is called."""
        headers = {"Content-Type": "multipart/form-data; boundary=load"}
        job = self._request("POST", "/api/v1/videos", self._body, headers)
        headers = {"Authorization": f"Bearer {job['token']}"}
        while not self.stopping.wait(POLL_S):
            job = self._request("GET", f"/api/v1/videos/{job['id']}", b"", headers)
            self._state = job["state"]
            if job["progress"]:
                self._progress.append((time.perf_counter(), job["progress"]))
            if job["state"] not in ("queued", "running"):
                break

    def summary(self) -> str:
        """Return the speed in words: seconds of the video in a second, from the first progress to the last."""
        if len(self._progress) < 2 or self._progress[-1][1] == self._progress[0][1]:
            return f"video {self._state}, no progress"
        (start_s, start), (end_s, end) = self._progress[0], self._progress[-1]
        return f"video {(end - start) * self._seconds / (end_s - start_s):.2f} x real time"

    def _request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        connection.request(method, path, body, headers)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        return answer


def _upload_body(seconds: float) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        make_video(path, seconds, 640, 360)
        content = path.read_bytes()
    head = b'--load\r\nContent-Disposition: form-data; name="video"; filename="load.mp4"\r\n'
    return head + b"Content-Type: video/mp4\r\n\r\n" + content + b"\r\n--load--\r\n"
