"""Memory of the whole process tree after live frames and photos, in each profile."""

from __future__ import annotations

import http.client
import json
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import pytest

from bench.load.processes import tree_usage
from tests.mirror_process import MirrorProcess, mirror_process
from tests.pictures import astronaut_bgr, jpeg
from webapp.config import PROFILES

LIVE = jpeg(astronaut_bgr())
PHOTO = jpeg(cv2.resize(astronaut_bgr()[:384], (4000, 3000)))
RESERVE_S = 3
"""After so long the process for photos has given back what it kept for the next one."""


def detect(mirror: MirrorProcess, photo: bytes) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", mirror.port, timeout=240)
    connection.request("POST", "/api/v1/detect", photo, {"Content-Type": "image/jpeg"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux divides shared pages among their users")
@pytest.mark.parametrize(
    ("profile", "detector", "most_mb"), [("standard", "multiface+multiface_wide", 350), ("small", "multiface", 270)]
)
def test_the_memory_of_the_tree_after_live_frames_and_photos(
    tmp_path: Path, profile: str, detector: str, most_mb: float
) -> None:
    """The bounds leave room for an allocator's mood; figures are in docs/deployment.md."""
    threads = str(PROFILES[profile].get("inference_threads", 2))  # as on two cores, whatever this machine has
    variables = {"MASK_MIRROR_PROFILE": profile, "MASK_MIRROR_INFERENCE_THREADS": threads}
    with mirror_process(tmp_path, "eventlet", **variables) as mirror:
        client = mirror.connect()
        for seq in range(30):
            answer = client.call("frame", ({"seq": seq, "captured_ms": seq * 40}, LIVE), timeout=60)
            assert answer.get("dropped") or len(answer["faces"]) == 1
        for _ in range(3):
            status, result = detect(mirror, PHOTO)
            assert (status, result["model"]["detector"], len(result["faces"])) == (200, detector, 1)
        time.sleep(RESERVE_S)
        assert tree_usage(mirror.process.pid).pss_mb < most_mb
        client.disconnect()
        largest = PROFILES[profile].get("image_max_bytes")
        if largest:
            assert detect(mirror, bytes(largest + 20_000))[0] == 413
