"""Videos of a real face for a fake camera. Each frame carries its number, which gives the ground truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np

from tests.pictures import FACE_XYXY, astronaut_bgr, masked_astronaut_bgr
from webapp.vision.frames import Frame

WIDTH, HEIGHT = 640, 480
FRAMES = 240
BIT_PX = 24
BITS = 8
Box = tuple[float, float, float, float]
Trajectory = Callable[[int], tuple[float, float, float]]

READ_NUMBER_JS = f"""(video) => {{
  const canvas = new OffscreenCanvas({WIDTH}, {BIT_PX});
  const context = canvas.getContext("2d", {{ willReadFrequently: true }});
  context.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < {BITS}; bit += 1) {{
    const [red] = context.getImageData(bit * {BIT_PX} + {BIT_PX // 2}, {BIT_PX // 2}, 1, 1).data;
    if (red > 127) number += 2 ** bit;
  }}
  return number;
}}"""
"""JavaScript that reads the number of the frame that a video shows."""


def wandering(i: int) -> tuple[float, float, float]:
    """Return centre x, centre y (pixels) and zoom of the face in frame i, which moves slowly."""
    turn = 2 * math.pi * i / FRAMES
    return 320 + 90 * math.sin(turn), 250 + 25 * math.cos(turn), 1.5 + 0.2 * math.sin(2 * turn)


def on_the_left(i: int) -> tuple[float, float, float]:
    """Return the place of a face that stays in the left half."""
    return 150 + 20 * math.sin(2 * math.pi * i / FRAMES), 250, 1.5


def on_the_right(i: int) -> tuple[float, float, float]:
    """Return the place of a face that stays in the right half."""
    return 490 + 20 * math.sin(2 * math.pi * i / FRAMES), 250, 1.5


def face_box(place: tuple[float, float, float]) -> Box:
    """Return x1, y1, x2, y2 (pixels) of the face at a place."""
    centre_x, centre_y, zoom = place
    half_width, half_height = (FACE_XYXY[2] - FACE_XYXY[0]) * zoom / 2, (FACE_XYXY[3] - FACE_XYXY[1]) * zoom / 2
    return centre_x - half_width, centre_y - half_height, centre_x + half_width, centre_y + half_height


def face_frame(picture: Frame, place: tuple[float, float, float]) -> Frame:
    """Return a frame, uint8 (480, 640, 3) BGR, with the picture's face at a place."""
    centre_x, centre_y, zoom = place
    from_x, from_y = (FACE_XYXY[0] + FACE_XYXY[2]) / 2, (FACE_XYXY[1] + FACE_XYXY[3]) / 2
    move = np.array([[zoom, 0, centre_x - zoom * from_x], [0, zoom, centre_y - zoom * from_y]], np.float32)
    return cv2.warpAffine(picture, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)


def write_face_video(path: Path, where: Trajectory = wandering, masked: bool = False) -> Path:
    """Write an MJPEG video of the astronaut, without or with a drawn mask."""
    picture = masked_astronaut_bgr() if masked else astronaut_bgr()
    return write_frames(path, (numbered(face_frame(picture, where(i)), i) for i in range(FRAMES)))


def write_empty_video(path: Path) -> Path:
    """Write an MJPEG video of a grey wall, without faces."""
    wall = np.full((HEIGHT, WIDTH, 3), np.linspace(90, 170, WIDTH, dtype=np.uint8)[None, :, None], np.uint8)
    return write_frames(path, (numbered(wall.copy(), i) for i in range(FRAMES)))


def numbered(frame: Frame, number: int) -> Frame:
    """Draw a number into the upper left corner of a frame, as black and white squares, and return the frame."""
    for bit in range(BITS):
        frame[:BIT_PX, bit * BIT_PX : (bit + 1) * BIT_PX] = 255 if number >> bit & 1 else 0
    return frame


def write_frames(path: Path, frames: Iterable[Frame]) -> Path:
    """Write frames as MJPEG, which Chromium's fake camera shows in a loop."""
    with path.open("wb") as video:
        for frame in frames:
            video.write(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes())
    return path


def iou(a: Box, b: Box) -> float:
    """Return the intersection over union of two boxes (x1, y1, x2, y2)."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return shared / (area - shared)
