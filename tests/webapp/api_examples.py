"""What the fuzzer of the HTTP API sends where a picture or a video belongs: real ones. Schemathesis loads this file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import schemathesis
from hypothesis import strategies

from tests.pictures import astronaut_bgr, encoded
from tests.video_maker import make_video
from tests.webapp.studio.drawn_collections import drawn_files, zipped

SMALL = cv2.resize(astronaut_bgr(), (96, 96))
CONTAINERS = {
    "video/mp4": ("mp4", "libx264"),
    "video/quicktime": ("mov", "libx264"),
    "video/webm": ("webm", "libvpx-vp9"),
    "video/x-matroska": ("matroska", "libx264"),
    "video/x-msvideo": ("avi", "mpeg4"),
}


def video(container: str, codec: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return make_video(Path(folder) / "in", [SMALL] * 3, container=container, codec=codec).read_bytes()


for name in ("JPEG", "PNG", "WEBP"):
    schemathesis.openapi.media_type(f"image/{name.lower()}", strategies.just(encoded(SMALL, name)))
for media_type, (container, codec) in CONTAINERS.items():
    schemathesis.openapi.media_type(media_type, strategies.just(video(container, codec)))


@schemathesis.serializer("application/offset+octet-stream")
def piece_of_a_video(context: object, value: object) -> bytes:
    """Return the body of a request that sends some of a video."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.serializer("application/zip")
def collection(context: object, value: object) -> bytes:
    """Return the body of a request that sends a collection."""
    return value if isinstance(value, bytes) else str(value).encode()


schemathesis.openapi.media_type("application/zip", strategies.just(zipped(drawn_files(1, 1))))
schemathesis.openapi.media_type("application/offset+octet-stream", strategies.just(video(*CONTAINERS["video/mp4"])))
