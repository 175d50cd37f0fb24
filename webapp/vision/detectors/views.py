"""Views: at which sizes, mirrored or not, and by which network a frame is inferred (test-time augmentation)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

CLOSE_PX = 160
"""Longer side of the view for faces near the camera: a face that fills the frame has there the size at which the
networks are most accurate, and the view costs a seventh of one at 416 px."""

STREAM_SIZES_PX = (256, 320, 416, 640)
"""Longer sides for live frames and videos that cards have a calibration for."""


class View(NamedTuple):
    """One inference on a frame.

    Args:
        size_px: longer side of the scaled frame.
        mirrored: whether the frame is mirrored first.
        network: 0 for the detector's own network, 1 for the other one of an ensemble.
    """

    size_px: int
    mirrored: bool = False
    network: int = 0


Views = tuple[View, ...]


def stream_views(size_px: int) -> Views:
    """Return the views of a live or video frame: one for small faces, a smaller one for faces near the camera.

    Args:
        size_px: longer side of the first.
    """
    return (View(size_px), View(CLOSE_PX)) if size_px > CLOSE_PX else (View(size_px),)


def photo_views(size_px: int, tta: str) -> Views:
    """Return the views of a photo.

    Args:
        size_px: longer side of the largest.
        tta: key of `PHOTO_TTA`.
    """
    return tuple(View(max(round(size_px * of), 64), mirrored, network) for of, mirrored, network in PHOTO_TTA[tta])


PHOTO_TTA: dict[str, tuple[tuple[float, bool, int], ...]] = {
    "single": ((1, False, 0), (1 / 6, False, 0)),
    "small": ((1, False, 0), (2 / 3, True, 0), (1 / 3, False, 0), (1 / 6, True, 0)),
    "ensemble": (
        (1, False, 0),
        (2 / 3, True, 0),
        (1 / 3, False, 0),
        (1 / 6, True, 0),
        (2 / 3, False, 1),
        (1 / 3, True, 1),
    ),
}
"""Test-time augmentation of photos by name: size relative to the largest view, mirrored or not, network. Which views
are worth their time is measured in EXPERIMENTS.md."""


def views_name(views: Sequence[View]) -> str:
    """Return the name of views in cards: `416+160`, `960+640m+320+160m+w640+w320m` (m: mirrored, w: second network)."""
    return "+".join(f"{'w' * view.network}{view.size_px}{'m' * view.mirrored}" for view in views)


def largest_px(name: str) -> int:
    """Return the size of the first view of a name that `views_name` gave."""
    return int(name.split("+")[0].strip("wm"))
