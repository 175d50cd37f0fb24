"""Crops with and without a face, for the classifier's face output.

Faces come from labelled photos, their boxes jittered as a detector's are. Other crops are what the app's detector
proposes where there is no face, with however low a score, and random boxes beside faces and in photos without any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from model_training.classifier.augmentation import jitter_box
from model_training.data.labelled_photos import coco_photo_files, empty_photo_files
from webapp.vision.boxes import box_iou
from webapp.vision.detections import BoolArray, FloatArray
from webapp.vision.detectors import FaceDetector
from webapp.vision.detectors.size_octaves import size_octaves
from webapp.vision.frames import Frame

FACE_MIN_SIDE_PX = 40
FACES_A_PHOTO, PROPOSALS_A_PHOTO = 3, 4
NO_FACE_IOU = 0.25
"""Overlap with every labelled face below which a box counts as none: what shows a part of a face is no face."""

WINDOWS_A_PHOTO = 6
"""Random windows of a photo without faces, beside the whole of it; there are few such photos."""

FROM_OCTAVES = 0.0
"""Size of a proposal, see `size_octaves`."""

Examples = tuple[Frame, FloatArray, BoolArray]
"""A picture, uint8 (H, W, 3) BGR; boxes, float32 (n, 4), pixels; whether each is a face, bool (n,)."""


def labelled_examples(
    annotations: Path, images: Path, detector: FaceDetector, photos: int, rng: np.random.Generator
) -> Iterator[Examples]:
    """Yield the examples of labelled photos, drawn at random.

    Args:
        annotations: COCO JSON.
        images: folder of its photos.
        detector: proposes boxes.
        photos: at most so many.
        rng: of draw and jitter.
    """
    files = coco_photo_files(annotations, images, "train")
    for i in rng.permutation(len(files))[:photos]:
        photo = files[int(i)].read()
        known = photo.annotations
        large = np.flatnonzero((known.shorter_side_px >= FACE_MIN_SIDE_PX) & ~known.ignore)
        jittered = [jitter_box(known.xyxy[row], rng) for row in rng.permutation(large)[:FACES_A_PHOTO]]
        proposed = _not_on_faces(_proposals(detector, photo.frame), known.xyxy)[:PROPOSALS_A_PHOTO]
        random = _not_on_faces(_random_boxes(photo.frame, 4, rng), known.xyxy)[:2]
        yield _examples(photo.frame, jittered, [*proposed, *random])


def empty_examples(folder: Path, detector: FaceDetector, rng: np.random.Generator) -> Iterator[Examples]:
    """Yield the examples of photos without faces: the half of a folder that trains, whole and in windows.

    Args:
        folder: see `empty_photo_files`.
        detector: proposes boxes.
        rng: of windows and boxes.
    """
    for file in empty_photo_files(folder, held_out=False):
        frame = file.read().frame
        for picture in (frame, *(_window(frame, rng) for _ in range(WINDOWS_A_PHOTO))):
            yield _examples(picture, [], [*_proposals(detector, picture), *_random_boxes(picture, 3, rng)])


def _examples(frame: Frame, faces: Sequence[FloatArray], others: Sequence[FloatArray]) -> Examples:
    boxes = np.array([*faces, *others], np.float32).reshape(-1, 4)
    return frame, boxes, np.arange(len(boxes)) < len(faces)


def _proposals(detector: FaceDetector, frame: Frame) -> FloatArray:
    xyxy = detector.detect(frame, 0.0).xyxy
    return xyxy[size_octaves(xyxy, max(frame.shape[:2])) >= FROM_OCTAVES]


def _not_on_faces(boxes: FloatArray, faces: FloatArray) -> FloatArray:
    return boxes[box_iou(boxes, faces).max(axis=1, initial=0) < NO_FACE_IOU]


def _random_boxes(frame: Frame, n: int, rng: np.random.Generator) -> FloatArray:
    """Return boxes of a face's proportions, float32 (n, 4), a tenth to all of the frame's shorter side."""
    height, width = frame.shape[:2]
    high = min(height, width) * rng.uniform(0.1, 1.0, n)
    wide = high * rng.uniform(0.7, 1.0, n)
    left, top = rng.uniform(0, width - wide), rng.uniform(0, height - high)
    return np.stack([left, top, left + wide, top + high], axis=1).astype(np.float32)


def _window(frame: Frame, rng: np.random.Generator) -> Frame:
    height, width = frame.shape[:2]
    high = int(rng.uniform(0.3, 0.9) * min(height, width))
    wide = min(int(high * rng.choice([3 / 4, 1, 4 / 3])), width)
    left, top = int(rng.integers(0, width - wide + 1)), int(rng.integers(0, height - high + 1))
    window = frame[top : top + high, left : left + wide]
    return np.ascontiguousarray(window[:, ::-1] if rng.random() < 0.5 else window)
