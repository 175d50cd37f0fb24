"""Samples of the localizer: letterboxed squares with one face, or with none.

Samples that it is measured on hold no picture: they know their file and window, and a batch cuts its own squares, so
memory does not grow with the set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from model_training.data.annotations import LabelledFrame, Photo
from model_training.data.image_files import read_bgr
from model_training.data.labelled_photos import coco_photo_files, empty_photo_files
from model_training.data.problems import Problems
from model_training.localizer.window_sampling import (
    close_window,
    cut_window,
    face_free_window,
    face_window,
    faces_alone,
    large_faces,
)
from webapp.vision.boxes import clip_boxes, scale_boxes
from webapp.vision.detections import FloatArray, IntArray
from webapp.vision.frames import Frame
from webapp.vision.letterbox import fit_square

LEAST_FACE_FRACTION = 0.08
"""Longer side of a face in that of its photo: 10 px of 120. A smaller one is shown in a window."""

PHOTO, WINDOW, EMPTY_PHOTO, FACE_FREE_WINDOW = KINDS = ("photo", "window", "empty photo", "face-free window")

CLOSE_WINDOW, CROP = CLOSE_KINDS = ("close window", "crop")
"""Pictures of a face near the camera: windows that it fills, and ready crops without a labelled box."""


@dataclass(frozen=True, eq=False)
class SquareFile:
    """A square whose picture stays on disk.

    Args:
        path: of the photo.
        window_xyxy: int64 (4,), pixels of the photo, inside it; None for the whole photo.
        size_px: side of the square.
    """

    path: Path
    window_xyxy: IntArray | None
    size_px: int

    def cut(self, frame: Frame) -> Frame:
        """Return the square, uint8 (s, s, 3) BGR, out of the photo's picture, uint8 (H, W, 3) BGR."""
        if self.window_xyxy is not None:
            x1, y1, x2, y2 = self.window_xyxy
            frame = frame[y1:y2, x1:x2]
        return fit_square(frame, self.size_px)[0]


@dataclass(frozen=True, eq=False)
class LocalizerSample:
    """One square that shows one face or none.

    Args:
        square: uint8 (s, s, 3) BGR, letterboxed; or where to cut it from.
        box: float32 (4,), x1, y1, x2, y2 as fractions of the square, in [0, 1]; zeros where there is no face.
        present: whether there is a face.
        kind: one of `KINDS`: a photo with one face, a window cut around one, a photo without faces, a window of a
            photo with faces that shows none; or one of `CLOSE_KINDS`.
        label: index into `LABELS`, -1 where there is no face.
        source: name of the set it comes from.
        file_name: of its photo, relative to the folder of photos; that of a photo out of the folder of photos without
            faces begins with that folder's name. Empty in training.
        boxed: whether the box of a face is known; else `box` is zeros, and only the face itself counts.
    """

    square: Frame | SquareFile
    box: FloatArray
    present: bool
    kind: str
    label: int
    source: str
    file_name: str = ""
    boxed: bool = True

    @property
    def frame(self) -> Frame:
        """The square, uint8 (s, s, 3) BGR, read from its file where the sample does not hold it.

        Raises:
            ValueError: the file cannot be read; the message names it.
        """
        return self.square.cut(read_bgr(self.square.path)) if isinstance(self.square, SquareFile) else self.square


def read_localizer_samples(
    coco: Path,
    images: Path,
    size_px: int,
    seed: int,
    split: str | None = None,
    negatives: Sequence[Path] = (),
    held_out: bool = True,
    limit: int | None = None,
    problems: Problems | None = None,
) -> list[LocalizerSample]:
    """Read the samples that a localizer is measured on: not augmented, and the same ones every time.

    A photo gives one sample with a face (itself, or a window where it shows several faces or a tiny one) and one
    window without, as far as its faces allow; a photo without faces gives itself. Every photo is decoded once, for its
    size decides what can be cut out of it.

    Args:
        coco: COCO JSON whose category names are `LABELS`.
        images: folder of its photos.
        size_px: side of a square.
        seed: of the windows, and of the photos taken if there is a limit.
        split: see `read_coco`.
        negatives: folders of photos without faces.
        held_out: which of them, see `empty_photo_files`.
        limit: most photos taken from `coco`, and from `negatives`.
        problems: see `coco_photo_files`; without it, a photo that cannot be read is an error.

    Raises:
        ValueError: see `coco_photo_files`.
    """
    files = some_files(coco_photo_files(coco, images, split, problems), limit, seed)
    names = [file.file_name for file in files]
    for folder in negatives:
        empty = some_files(empty_photo_files(folder, held_out, problems), limit, seed)
        files += empty
        names += [f"{folder.name}/{file.file_name}" for file in empty]
    samples = []
    for i, (file, name) in enumerate(zip(files, names, strict=True)):
        photo, rng = file.read(), np.random.default_rng([seed, i])
        for kind, shown, window in _plain_cuts(photo, rng):
            sample = plain_sample(shown, kind, size_px)
            samples.append(replace(sample, square=SquareFile(file.path, window, size_px), file_name=name))
    return samples


def square_frames(samples: Sequence[LocalizerSample]) -> Frame:
    """Return the squares of at least one sample, uint8 (n, s, s, 3) BGR.

    Raises:
        ValueError: a file cannot be read; the message names it.
    """
    frames = []
    path = None
    for sample in samples:
        if not isinstance(sample.square, SquareFile):
            frames.append(sample.square)
            continue
        if sample.square.path != path:  # the samples of a photo stand together: it is decoded once
            path, picture = sample.square.path, read_bgr(sample.square.path)
        frames.append(sample.square.cut(picture))
    return np.stack(frames)


def some_files(files: Sequence[Photo], limit: int | None, seed: int) -> list[Photo]:
    """Return at most so many of the files, drawn at random: files are ordered by set."""
    drawn = np.random.default_rng(seed).permutation(len(files))[:limit]
    return [files[i] for i in sorted(drawn)]


def is_whole_sample(photo: LabelledFrame) -> bool:
    """Tell whether a photo shows one face that is large enough to be found in it."""
    if len(photo.annotations) != 1 or photo.annotations.ignore[0]:
        return False
    x1, y1, x2, y2 = photo.annotations.xyxy[0]
    return bool(max(x2 - x1, y2 - y1) >= LEAST_FACE_FRACTION * max(photo.resolution_wh))


def draw_face_window(photo: LabelledFrame, rng: np.random.Generator) -> tuple[LabelledFrame, IntArray] | None:
    """Draw a window around one of a photo's faces.

    Returns:
        What it shows, and where it is, int64 (4,), pixels of the photo; None if there is no face that a window can
        show alone.
    """
    alone = faces_alone(photo.annotations)
    if not len(alone):
        return None
    index = int(alone[rng.integers(len(alone))])
    window = face_window(photo.annotations.xyxy, index, photo.resolution_wh, rng)
    return cut_window(_only(photo, index), window), window


def draw_close_window(photo: LabelledFrame, rng: np.random.Generator) -> LabelledFrame | None:
    """Draw a window that one of a photo's large faces fills.

    Returns:
        What it shows; None if there is no such face, or the drawn one has no window that shows it alone.
    """
    large = np.flatnonzero(large_faces(photo.annotations))
    if not len(large):
        return None
    index = int(large[rng.integers(len(large))])
    window = close_window(photo.annotations.xyxy, index, photo.resolution_wh, rng)
    return None if window is None else cut_window(_only(photo, index), window)


def draw_face_free_window(photo: LabelledFrame, rng: np.random.Generator) -> tuple[LabelledFrame, IntArray] | None:
    """Draw a window of a photo that shows no face.

    Returns:
        What it shows, and where it is, int64 (4,), pixels of the photo; None if its faces leave too little room.
    """
    window = face_free_window(photo.annotations.xyxy, photo.resolution_wh, rng)
    return None if window is None else (cut_window(photo, window), window)


def plain_sample(photo: LabelledFrame, kind: str, size_px: int) -> LocalizerSample:
    """Return a photo as serving would letterbox it.

    Args:
        photo: with one face or none.
        kind: one of `KINDS`.
        size_px: side of the square.
    """
    frame, factors = fit_square(photo.frame, size_px)
    xyxy = scale_boxes(clip_boxes(photo.annotations.xyxy, photo.resolution_wh), *factors)
    return make_sample(replace(photo, frame=frame, annotations=replace(photo.annotations, xyxy=xyxy)), kind)


def make_sample(square: LabelledFrame, kind: str) -> LocalizerSample:
    """Return a square photo with one face or none as a sample."""
    faces = square.annotations
    present = len(faces) > 0
    side = square.frame.shape[0]
    box = np.clip(faces.xyxy[0] / side, 0, 1).astype(np.float32) if present else np.zeros(4, np.float32)
    return LocalizerSample(square.frame, box, present, kind, int(faces.label[0]) if present else -1, square.source)


def _plain_cuts(photo: LabelledFrame, rng: np.random.Generator) -> Iterator[tuple[str, LabelledFrame, IntArray | None]]:
    # Kind, what is shown, and the window that shows it.
    if not len(photo.annotations):
        yield EMPTY_PHOTO, photo, None
        return
    if is_whole_sample(photo):
        yield PHOTO, photo, None
    elif (cut := draw_face_window(photo, rng)) is not None:
        yield WINDOW, *cut
    if (cut := draw_face_free_window(photo, rng)) is not None:
        yield FACE_FREE_WINDOW, *cut


def _only(photo: LabelledFrame, face: int) -> LabelledFrame:
    return replace(photo, annotations=photo.annotations.select(np.array([face])))
