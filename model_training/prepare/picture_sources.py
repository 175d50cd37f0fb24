"""Sources of pictures: cameras, videos, folders; a generator each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from model_training.data.image_files import picture_paths, read_whole
from model_training.data.problems import Problems
from webapp.vision.errors import VideoError
from webapp.vision.frames import Frame
from webapp.vision.video.opening import VideoLimits
from webapp.vision.video.reader import TimedFrame, VideoReader

LONGEST_SIDE_PX = 4096
MOST_PX = 40_000_000


@dataclass(frozen=True, eq=False)
class CollectedPicture:
    """One picture.

    Args:
        frame: uint8 (H, W, 3) BGR.
        name: without suffix; None for a camera, whose pictures are counted.
        original: the file, if it is one.
    """

    frame: Frame
    name: str | None = None
    original: Path | None = None


def camera_frames(
    camera: str,
    interval_s: float,
    warm_up_s: float,
    problems: Problems,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[CollectedPicture]:
    """Yield what a camera sees, at a steady pace, until it ends or the caller stops.

    Args:
        camera: its number, or a device, address or file that OpenCV opens as one.
        interval_s: seconds between two pictures; 0 for every frame.
        warm_up_s: seconds before the first: cameras need time to set their exposure.
        problems: takes in a camera that does not open or stops.
        clock: seconds, for tests.
    """
    capture = cv2.VideoCapture(int(camera) if camera.isdigit() else camera)
    try:
        if not capture.isOpened():
            problems.add(f"camera {camera}", "does not open; is it plugged in, and is no other program using it?")
            return
        due = clock() + warm_up_s
        while True:
            # Drivers keep a few frames: those in between are taken and dropped, else the picture would be an old one.
            while (alive := capture.grab()) and clock() < due:
                pass
            read, frame = capture.retrieve() if alive else (False, None)
            if not read or frame is None:
                problems.add(f"camera {camera}", "gives no more pictures")
                return
            due = max(due + interval_s, clock())
            yield CollectedPicture(frame.astype(np.uint8))
    finally:
        capture.release()


def video_frames(path: Path, every: int, problems: Problems) -> Iterator[CollectedPicture]:
    """Yield every n-th frame of a video, upright, square pixels.

    Args:
        path: the video.
        every: n, 1 for all.
        problems: takes in a video that cannot be read, and how much of it could not.
    """
    limits = VideoLimits(math.inf, MOST_PX, LONGEST_SIDE_PX, math.inf)
    try:
        with VideoReader(path, limits) as reader:
            number = -1
            for piece in reader:
                if not isinstance(piece, TimedFrame):
                    continue
                number += 1
                if number % every == 0:
                    yield CollectedPicture(piece.frame, f"{path.stem}-{number:06d}")
            if reader.skipped_frames:
                problems.add(path.name, f"{reader.skipped_frames} frames could not be decoded; skipped")
    except VideoError as error:
        problems.add(path.name, str(error))
    except OSError as error:
        problems.add(path.name, f"cannot be read: {error.strerror}")


def folder_pictures(folder: Path, every: int, problems: Problems) -> Iterator[CollectedPicture]:
    """Yield every n-th picture of a folder and of the folders in it, by name.

    Args:
        folder: with pictures.
        every: n, 1 for all.
        problems: takes in pictures that cannot be read.
    """
    for path in picture_paths(folder)[::every]:
        name = path.relative_to(folder)
        try:
            yield CollectedPicture(read_whole(path), name.with_suffix("").as_posix().replace("/", "-"), path)
        except ValueError as error:
            problems.add(name.as_posix(), f"{error}; left out")
