"""The frames of the swarm: real photos in the shapes of several cameras, encoded once for every size."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import skimage.data

from bench.client import encode_frame
from bench.pipeline import scene
from webapp.vision.frames import Frame

JPEG_QUALITY = 75
"""As the page encodes."""


@cache
def photos() -> tuple[Frame, ...]:
    """Return photos with none to five faces, uint8 (H, W, 3) BGR, as cameras of several shapes give them."""
    cup: Frame = skimage.data.coffee()[:, :, ::-1]  # type: ignore[no-untyped-call]
    person: Frame = skimage.data.astronaut()[:, :, ::-1]  # type: ignore[no-untyped-call]
    return (
        scene(1),
        scene(3)[:360],
        cv2.resize(np.ascontiguousarray(cup), (640, 480), interpolation=cv2.INTER_AREA).astype(np.uint8),
        scene(5),
        cv2.resize(np.ascontiguousarray(person[:, 100:484]), (480, 640)).astype(np.uint8),
        # A small camera: its pictures are sent as they are.
        cv2.resize(scene(1), (320, 240), interpolation=cv2.INTER_AREA).astype(np.uint8),
    )


@cache
def jpeg(client: int, longer_px: int) -> bytes:
    """Return the picture of a client as JPEG.

    Args:
        client: number of the client; clients take the photos in turn.
        longer_px: longer side; photos are never enlarged.
    """
    photo = photos()[client % len(photos())]
    scale = min(1.0, longer_px / max(photo.shape[:2]))
    if scale < 1:
        photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()


@cache
def packet(picture: int, longer_px: int) -> bytes:
    """Return the websocket frame of `jpeg(picture, longer_px)`, masked."""
    return encode_frame(jpeg(picture, longer_px), 2)


def packet_of(client: int, longer_px: int) -> bytes:
    """Return the websocket frame with the picture of a client."""
    return packet(client % len(photos()), longer_px)
