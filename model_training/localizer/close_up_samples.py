"""Close-ups as a localizer is shown them: windows that a face fills, and ready crops."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model_training.data.coco import read_coco
from model_training.data.image_files import check_whole
from model_training.evaluation.close_ups.close_up_windows import WINDOWS, WINDOWS_A_FACE, CloseUp, draw_windows
from model_training.evaluation.close_ups.whole_crops import whole_crops
from model_training.localizer.samples import CLOSE_WINDOW, CROP, LocalizerSample, SquareFile


def read_close_windows(
    coco: Path,
    images: Path,
    size_px: int,
    seed: int = 1,
    split: str | None = None,
    least: int = WINDOWS,
    limit: int | None = None,
) -> list[LocalizerSample]:
    """Draw windows around the large faces of photos, the same ones every time, see `draw_windows`.

    Args:
        coco: COCO JSON whose category names are `LABELS`.
        images: folder of its photos; those that are not whole are skipped: the reader of the photos lists them.
        size_px: side of a square.
        seed: of the windows.
        split: see `read_coco`.
        least: how many windows to draw.
        limit: most faces that windows are drawn around.

    Raises:
        ValueError: see `read_coco`.
    """
    photos = read_coco(coco, split, images)
    sources = {photo.file_name: photo.source for photo in photos}
    drawn = draw_windows(photos, seed, least if limit is None else min(least, WINDOWS_A_FACE * limit))
    whole = {path for path in {window.path for window in drawn} if _is_whole(path)}
    return [
        close_up_sample(window, CLOSE_WINDOW, sources[window.cluster], size_px)
        for window in sorted(drawn, key=lambda window: window.cluster)  # a photo is decoded once for all its windows
        if window.path in whole
    ]


def read_crops(folder: Path, seen: Sequence[Path], size_px: int) -> tuple[list[LocalizerSample], int]:
    """List ready crops as samples whose face has no box, see `whole_crops`.

    Returns:
        The samples, and how many crops were left out as near-duplicates of those in `seen`.

    Raises:
        ValueError: see `whole_crops`.
    """
    crops, left_out = whole_crops(folder, seen)
    return [close_up_sample(crop, CROP, folder.name, size_px) for crop in crops], left_out


def close_up_sample(close_up: CloseUp, kind: str, source: str, size_px: int) -> LocalizerSample:
    """Return a close-up as serving would letterbox it.

    Args:
        close_up: window or crop.
        kind: of `CLOSE_KINDS`; the box of a crop is not known.
        source: name of the set it comes from.
        size_px: side of the square.
    """
    boxed = kind != CROP
    box = np.zeros(4, np.float32)
    if boxed:
        longer = max(close_up.resolution_wh)
        inner = [max(round(side * size_px / longer), 1) / side / size_px for side in close_up.resolution_wh]
        box = np.clip(close_up.face_xyxy * np.array(inner * 2), 0, 1).astype(np.float32)
    square = SquareFile(close_up.path, close_up.window_xyxy, size_px)
    return LocalizerSample(square, box, True, kind, close_up.label, source, close_up.cluster, boxed)


def _is_whole(path: Path) -> bool:
    try:
        check_whole(path)
    except ValueError:
        return False
    return True
