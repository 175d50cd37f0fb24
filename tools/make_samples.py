"""Make the samples of the pages, static/samples: `python tools/make_samples.py`.

The picture is scikit-image's astronaut, a NASA photograph in the public domain; the masks are drawn here.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from webapp.vision.frames import Frame  # noqa: E402

SAMPLES = ROOT / "static" / "samples"
FINER = 4
"""Masks are drawn this many times larger and scaled down, which smooths their edges."""

_CHIN = ((247, 174), (224, 184), (203, 173))
RIGHT = [(184, 121), (203, 115), (222, 109), (245, 115), (268, 125), (264, 152), *_CHIN, (187, 150)]
TOO_LOW = [(187, 143), (204, 139), (223, 136), (245, 140), (265, 145), (262, 162)]
TOO_LOW += [*((x, y + 6) for x, y in _CHIN), (190, 162)]
"""Outlines of the mask over nose, mouth and chin, and of one that leaves the nose free; pixels of the astronaut."""

EARS = ((177, 122), (273, 129))
CLOTH, FOLD, LOOP = (226, 205, 168), (196, 172, 132), (240, 240, 240)
"""BGR."""

FPS, STEP_S, FADE_S = 15, 3.0, 0.4
"""Of the video: frames a second, how long each state is shown, how long one fades into the next."""


def astronaut() -> Frame:
    """Return the astronaut, uint8 (512, 512, 3) BGR."""
    return skimage.data.astronaut()[:, :, ::-1].copy()


def masked(outline: list[tuple[int, int]]) -> Frame:
    """Return the astronaut with a mask of this outline, pixels; uint8 (512, 512, 3) BGR."""
    picture = cv2.resize(astronaut(), None, fx=FINER, fy=FINER, interpolation=cv2.INTER_CUBIC)
    points = _smooth(np.array(outline, float)) * FINER
    for ear, corners in zip(EARS, ((0, 9), (4, 5)), strict=True):
        for corner in corners:
            ends = np.array([ear, outline[corner]], float) * FINER
            cv2.polylines(picture, [ends.astype(np.int32)], False, LOOP, 5, cv2.LINE_AA)
    inside = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(inside, [points.astype(np.int32)], 255, cv2.LINE_AA)
    cloth = np.full_like(picture, CLOTH)
    top, bottom = points[:, 1].min(), points[:, 1].max()
    for part in (0.38, 0.55, 0.72):
        y = top + part * (bottom - top)
        bow = [(x, y + 14 * math.sin((x - points[:, 0].min()) / np.ptp(points[:, 0]) * math.pi)) for x in points[:, 0]]
        fold = np.array(sorted(bow), np.int32)
        cv2.polylines(cloth, [fold], False, FOLD, 6, cv2.LINE_AA)
    # Lighter on top, darker towards the cheeks, like the face under it.
    ys, xs = np.mgrid[: picture.shape[0], : picture.shape[1]]
    middle = (points[:, 0].min() + points[:, 0].max()) / 2
    light = 1.04 - 0.14 * (ys - top) / (bottom - top) - 0.12 * ((xs - middle) / np.ptp(points[:, 0]) * 2) ** 2
    shaded = np.clip(cloth * light[:, :, None], 0, 255)
    opacity = cv2.GaussianBlur(inside, (0, 0), 2)[:, :, None] / 255
    mixed = picture * (1 - opacity) + shaded * opacity
    return cv2.resize(mixed.astype(np.uint8), (512, 512), interpolation=cv2.INTER_AREA)


def photo() -> Frame:
    """Return three astronauts side by side: mask right, too low, none; uint8 (H, W, 3) BGR."""
    left, middle, right = masked(RIGHT), masked(TOO_LOW)[:, ::-1], astronaut()
    # The cuts run through the plain background, so that no hard edge resembles a face.
    return np.hstack([left[:440, 60:345], middle[:440, 512 - 345 : 512 - 60], right[:440, 60:345]])


def video_frames() -> Iterator[Frame]:
    """Yield the frames of the video, uint8 (480, 640, 3) BGR: one astronaut, without a mask, too low, right."""
    states = [astronaut(), masked(TOO_LOW), masked(RIGHT)]
    for i in range(round(len(states) * STEP_S * FPS)):
        time_s = i / FPS
        state, into_s = int(time_s // STEP_S), time_s % STEP_S
        fade = min(1.0, into_s / FADE_S)
        picture = cv2.addWeighted(states[state], fade, states[state - 1], 1 - fade, 0)
        yield _framed(picture, time_s / (len(states) * STEP_S))


def write_video(path: Path, frames: Iterator[Frame]) -> None:
    """Write an MP4 that every browser plays, its index in front."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as file:
        stream = file.add_stream("libx264", rate=FPS, options={"crf": "27", "preset": "veryslow"})
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for i, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            frame.pts, frame.time_base = i, Fraction(1, FPS)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a closed curve through points, (n, 2): a Catmull-Rom spline."""
    t = np.linspace(0, 1, 12, endpoint=False)[:, None]
    p0, p1, p2, p3 = (np.roll(points, shift, axis=0)[:, None] for shift in (1, 0, -1, -2))
    curve = p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
    return curve.reshape(-1, 2)


def _framed(picture: Frame, turn: float) -> Frame:
    """Return the upper part of the picture in 4:3, moved a little as a person before a camera moves."""
    angle = 2 * math.pi * turn
    zoom, centre = 1.45 + 0.08 * math.sin(angle), (235 + 14 * math.sin(2 * angle), 165 + 5 * math.cos(2 * angle))
    move = np.array([[zoom, 0, 320 - zoom * centre[0]], [0, zoom, 240 - zoom * centre[1]]])
    return cv2.warpAffine(picture, move, (640, 480), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def main() -> None:
    """Write the photo and the video."""
    SAMPLES.mkdir(exist_ok=True)
    cv2.imwrite(str(SAMPLES / "photo.jpg"), photo(), [cv2.IMWRITE_JPEG_QUALITY, 85])
    write_video(SAMPLES / "video.mp4", video_frames())
    for path in sorted(SAMPLES.iterdir()):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
