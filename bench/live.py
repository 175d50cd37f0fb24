"""Live acknowledgements: overhead of the app, rate, memory, and the effect of each repair of the websocket."""

from __future__ import annotations

import statistics
import threading
import time
from functools import cache

import cv2
import numpy as np

from bench.client import LiveClient
from bench.server import resident_mb, running_server

SECONDS = 4.0


def run() -> None:
    """Print the tables."""
    jpeg = natural_jpeg()
    print(f"\nLive, one 640x480 JPEG of {len(jpeg) / 1000:.0f} kB over and over, client and server on the same cores")
    print("server                             clients answers/s  ratio median ms  p95 ms app adds ms")
    baseline = None
    for name, detector, stock, clients, mode in (
        ("free detector, stock websocket", "free", ("unmask", "deflate"), 1, "eventlet"),
        ("free detector, fast unmasking", "free", ("deflate",), 1, "eventlet"),
        ("free detector, no deflate too", "free", (), 1, "eventlet"),
        ("free detector", "free", (), 8, "eventlet"),
        ("free detector, threading", "free", (), 1, "threading"),
        ("free detector, threading", "free", (), 8, "threading"),
        ("multiface (the default)", "multiface", (), 1, "eventlet"),
        ("multiface (the default)", "multiface", (), 8, "eventlet"),
        ("multiface, threading", "multiface", (), 8, "threading"),
        ("Haar at half size", "haar", (), 1, "eventlet"),
        ("Haar at half size", "haar", (), 8, "eventlet"),
    ):
        with running_server(detector, stock, mode) as (port, _, _):
            rate, trips, added = closed_loop(port, jpeg, clients)
        baseline = baseline or rate
        adds = f"{statistics.median(added):11.2f}" if clients == 1 else f"{'':11}"
        print(
            f"{name:34} {clients:7} {rate:9.0f} {rate / baseline:6.2f} {statistics.median(trips):9.2f} "
            f"{np.percentile(trips, 95):7.2f} {adds}"
        )
    memory(jpeg)


def closed_loop(port: int, jpeg: bytes, clients: int) -> tuple[float, list[float], list[float]]:
    """Let clients send, wait, send for a few seconds.

    Returns:
        Acknowledgements per second of all clients, round trips in ms, and the same less detection and classification.
    """
    trips: list[float] = []
    added: list[float] = []

    def loop() -> None:
        client = LiveClient(port, jpeg)
        for warm_up in range(10):
            client.call(warm_up)
        ready.wait()
        end, seq = time.perf_counter() + SECONDS, 10
        while time.perf_counter() < end:
            answer, trip_ms = client.call(seq)
            seq += 1
            trips.append(trip_ms)
            added.append(trip_ms - answer["timings"]["detect_ms"] - answer["timings"]["classify_ms"])
        client.close()

    ready = threading.Barrier(clients)
    threads = [threading.Thread(target=loop) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(trips) / SECONDS, trips, added


def memory(jpeg: bytes) -> None:
    """Print start-up time and resident memory over ten thousand frames, as the app is by default."""
    with running_server("multiface") as (port, pid, start_s):
        client = LiveClient(port, jpeg)
        start = time.perf_counter()
        client.call(0)
        first_s = start_s + time.perf_counter() - start
        print(f"\nFirst answer {first_s:.2f} s after process start; web process memory:")
        for done in range(1, 10_001):
            client.call(done)
            if done in (100, 1000, 2500, 5000, 7500, 10_000):
                print(f"  after {done:6} frames {resident_mb(pid):6.1f} MB")


@cache
def natural_jpeg() -> bytes:
    """Return a 640x480 JPEG of scikit-image's astronaut, a real photo with a real face."""
    import skimage.data

    photo = skimage.data.astronaut()[:384, :, ::-1]
    resized = cv2.resize(photo, (640, 480), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", resized, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
