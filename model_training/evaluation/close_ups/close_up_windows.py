"""Close-ups: pictures of one face near the camera, windows of labelled photos or whole crops.

Photos that people label show groups and crowds; what stands before a webcam is one face that fills much of the frame,
often cut off by its edge. Windows around the large faces of labelled photos are such pictures.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from model_training.data.annotations import Photo
from model_training.data.image_files import read_bgr
from model_training.data.output_folders import flat_stems
from webapp.vision.detections import Float64Array, IntArray
from webapp.vision.frames import Frame

LEAST_FACE_PX = 80.0
"""Shorter side, in the photo, of a face that is worth a window: none is enlarged more than two and a half times for
`LEAST_LONGER_PX`. Enlarged further, a window would measure the effect of blur, not of closeness."""

LEAST_LONGER_PX = 200
"""Longer side of a window; smaller ones are enlarged."""

COVERAGE = (0.2, 0.8)
"""Area of the visible part of the face in that of its window."""

ASPECTS = (3 / 4, 4 / 3)
"""Width by height: from a telephone held upright to a webcam."""

CUT = (0.1, 0.35)
"""Area of a cut face that lies outside its window, in that of the face."""

CUT_BELOW = (0.1, 0.2)
"""The same where the lower edge cuts: with a third of the face the mask would be gone, and its label with it."""

SLIVER = 0.1
"""Area of another face, or of a region to ignore, that a window may show, in its own."""

WINDOWS, WINDOWS_A_FACE, MOST_ROUNDS = 450, 3, 4
"""Where there are too few faces, each gives three windows up to four times over."""

WHOLE_CROP_IOU, WINDOW_IOU = 0.3, 0.5
TRIES = 100
_LEFT, _TOP, _RIGHT, _BOTTOM = range(4)


@dataclass(frozen=True, eq=False)
class CloseUp:
    """A picture that shows one face, near the camera.

    Args:
        name: unlike that of every other one.
        path: picture file that it is, or is cut out of.
        cluster: bootstrap cluster: the photo's name.
        window_xyxy: int64 (4,), pixels of the picture file; None for the whole of it.
        resolution_wh: width and height, pixels; a window may have been enlarged.
        face_xyxy: float64 (4,), pixels of the close-up, cut at its edges.
        label: index into `LABELS`.
        least_iou: least overlap with `face_xyxy` of a detection that finds the face.
        coverage: area of `face_xyxy` in that of the close-up.
        cut: an edge of the window cuts the face.
        ignore_xyxy: float64 (k, 4), pixels of the close-up: what it shows of other faces and of regions to ignore.
    """

    name: str
    path: Path
    cluster: str
    window_xyxy: IntArray | None
    resolution_wh: tuple[int, int]
    face_xyxy: Float64Array
    label: int
    least_iou: float
    coverage: float
    cut: bool
    ignore_xyxy: Float64Array

    def read(self) -> Frame:
        """Return the picture, uint8 (H, W, 3) BGR.

        Raises:
            ValueError: its file cannot be read; the message names it.
        """
        frame = read_bgr(self.path)
        if self.window_xyxy is None:
            return frame
        x1, y1, x2, y2 = self.window_xyxy
        window = frame[y1:y2, x1:x2]
        if (x2 - x1, y2 - y1) == self.resolution_wh:
            return window.copy()
        return cv2.resize(window, self.resolution_wh, interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def draw_windows(photos: Sequence[Photo], seed: int = 1, number: int = WINDOWS) -> list[CloseUp]:
    """Draw windows around the large faces of photos, `WINDOWS_A_FACE` each, of which a third cut the face.

    Each face has its own random generator, so that a photo's windows do not depend on the other photos.

    Args:
        photos: with their faces.
        seed: of the draws.
        number: how many windows to draw.

    Returns:
        The windows; fewer than `number` where the photos have not enough faces.
    """
    stems = flat_stems([photo.file_name for photo in photos])
    candidates = [
        (photo, stem, int(i))
        for photo, stem in zip(photos, stems, strict=True)
        for i in np.flatnonzero(~photo.annotations.ignore & (_sides(photo) > 0))
    ]
    drawn = []
    for photo, stem, face in candidates:
        rng = np.random.default_rng([seed, zlib.crc32(photo.file_name.encode()), face])
        turn, windows = rng.random(), _windows_of(photo, stem, face, rng)
        if len(windows) == WINDOWS_A_FACE:
            drawn.append((turn, photo, stem, face, rng, windows))
    drawn.sort(key=lambda each: each[0])
    drawn = drawn[: math.ceil(number / WINDOWS_A_FACE)]
    found = [window for *_, windows in drawn for window in windows]
    for round_ in range(1, MOST_ROUNDS):
        for _, photo, stem, face, rng, _ in drawn:
            if len(found) >= number:
                return found
            found += _windows_of(photo, stem, face, rng, round_ * WINDOWS_A_FACE)
    return found


def _sides(photo: Photo) -> Float64Array:
    # Shorter side of every face large enough, inside the photo; 0 for the others.
    inside = np.clip(_boxes(photo), 0, np.tile(photo.resolution_wh, 2))
    shorter = (inside[:, 2:] - inside[:, :2]).min(axis=1, initial=np.inf)
    return np.where(shorter >= LEAST_FACE_PX, shorter, 0.0)


def _windows_of(photo: Photo, stem: str, face: int, rng: np.random.Generator, first: int = 0) -> list[CloseUp]:
    found = []
    for i in range(first, first + WINDOWS_A_FACE):
        # The last of each three cuts the face.
        window = _drawn_window(photo, face, i % WINDOWS_A_FACE == WINDOWS_A_FACE - 1, rng)
        if window is not None:
            found.append(_close_up(photo, face, window, f"{stem}-{face:02d}-{i:02d}.png"))
    return found


def _drawn_window(photo: Photo, face: int, cut: bool, rng: np.random.Generator) -> IntArray | None:
    boxes = _boxes(photo)
    whole = np.clip(boxes[face], 0, np.tile(photo.resolution_wh, 2))
    others = np.delete(boxes, face, axis=0)
    for _ in range(TRIES):
        seen, edge = _cut_face(whole, rng) if cut else (whole, None)
        window = _placed(seen, edge, photo.resolution_wh, rng)
        if window is not None and _fits(window, whole, cut, edge) and (_shown(others, window) <= SLIVER).all():
            return window
    return None


def _cut_face(whole: Float64Array, rng: np.random.Generator) -> tuple[Float64Array, int]:
    edge = int(rng.integers(4))
    outside = rng.uniform(*(CUT_BELOW if edge == _BOTTOM else CUT))
    length = (whole[2:] - whole[:2])[edge % 2]
    seen = whole.copy()
    seen[edge] += outside * length * (1 if edge in (_LEFT, _TOP) else -1)
    return seen, edge


def _placed(
    seen: Float64Array, edge: int | None, resolution_wh: tuple[int, int], rng: np.random.Generator
) -> IntArray | None:
    # A random window that contains the part of the face to be shown, and ends at the edge that cuts it.
    width, height = seen[2:] - seen[:2]
    coverage = rng.uniform(*COVERAGE)
    low, high = max(ASPECTS[0], coverage * width / height), min(ASPECTS[1], width / height / coverage)
    if low > high:
        return None
    aspect = math.exp(rng.uniform(math.log(low), math.log(high)))
    longer = math.sqrt(width * height / coverage * aspect)
    sides = np.array([longer, longer / aspect])
    first, last = np.maximum(seen[2:] - sides, 0), np.minimum(seen[:2], resolution_wh - sides)
    if edge is not None:
        fixed = seen[edge] - (sides[edge % 2] if edge in (_RIGHT, _BOTTOM) else 0)
        within = -1 <= fixed <= resolution_wh[edge % 2] - sides[edge % 2] + 1
        if not within:
            return None
        first[edge % 2] = last[edge % 2] = fixed
    if (first > last).any():
        return None
    start = rng.uniform(first, last)
    window = np.concatenate([np.floor(start), np.ceil(start + sides)])
    if edge is not None:
        window[edge] = round(float(seen[edge]))
    return np.clip(window, 0, np.tile(resolution_wh, 2)).astype(np.int64)


def _fits(window: IntArray, whole: Float64Array, cut: bool, edge: int | None) -> bool:
    # Rounding to pixels changes every quantity a little: the window is checked again.
    width, height = window[2:] - window[:2]
    hidden = 1 - float(_shown(whole[None], window)[0])
    coverage = (1 - hidden) * _area(whole) / (width * height)
    cut_right = (CUT[0] <= hidden <= (CUT_BELOW if edge == _BOTTOM else CUT)[1]) if cut else hidden == 0
    return bool(cut_right and COVERAGE[0] <= coverage <= COVERAGE[1] and ASPECTS[0] <= width / height <= ASPECTS[1])


def _close_up(photo: Photo, face: int, window: IntArray, name: str) -> CloseUp:
    sides = window[2:] - window[:2]
    enlarged = max(LEAST_LONGER_PX / int(sides.max()), 1.0)
    width, height = (round(int(side) * enlarged) for side in sides)
    scale = np.tile(np.array([width, height]) / sides, 2)
    boxes = _boxes(photo)
    inside = (np.clip(boxes, np.tile(window[:2], 2), np.tile(window[2:], 2)) - np.tile(window[:2], 2)) * scale
    others = np.delete(inside, face, axis=0)
    return CloseUp(
        name=name,
        path=photo.path,
        cluster=photo.file_name,
        window_xyxy=window,
        resolution_wh=(width, height),
        face_xyxy=inside[face],
        label=int(photo.annotations.label[face]),
        least_iou=WINDOW_IOU,
        coverage=_area(inside[face]) / (width * height),
        cut=float(_shown(np.clip(boxes[face], 0, np.tile(photo.resolution_wh, 2))[None], window)[0]) < 1,
        ignore_xyxy=others[(others[:, 2:] > others[:, :2]).all(axis=1)],
    )


def _boxes(photo: Photo) -> Float64Array:
    return photo.annotations.xyxy.astype(np.float64)


def _shown(xyxy: Float64Array, window: IntArray) -> Float64Array:
    # Area of each box that the window shows, in its own; in doubles, since a face that is whole must be so exactly.
    inside = np.clip(xyxy, np.tile(window[:2], 2), np.tile(window[2:], 2))
    areas = [(boxes[:, 2:] - boxes[:, :2]).clip(0).prod(axis=1) for boxes in (inside, xyxy)]
    return np.asarray(areas[0] / np.maximum(areas[1], 1e-9))


def _area(xyxy: Float64Array) -> float:
    return float((xyxy[2:] - xyxy[:2]).clip(0).prod())
