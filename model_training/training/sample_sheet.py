"""The same few pictures with their predictions after each epoch: a contact sheet as JPEG, to see a network learn."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import keras
import numpy as np

from model_training.data.annotations import Photo
from model_training.data.image_files import read_bgr, write_jpeg
from model_training.data.labelled_photos import coco_photo_files
from webapp.vision.frames import Frame
from webapp.vision.letterbox import fit_frame

PICTURES, COLUMNS, GAP_PX = 16, 4, 4
TILE_WH = 224, 168
FOLDER = "sheets"


class Predicted(NamedTuple):
    """A picture with its predictions drawn, uint8 (H, W, 3) BGR, and whether they are right."""

    picture: Frame
    right: bool


Predict = Callable[[keras.Model, Sequence[Photo], Sequence[Frame]], list[Predicted]]
"""From the network, photos and their frames, uint8 (H, W, 3) BGR, to one `Predicted` each."""


def add_sheet_options(parser: argparse._ActionsContainer) -> None:
    """Declare which pictures are shown after each epoch."""
    parser.add_argument(
        "--sheet",
        type=Path,
        nargs=2,
        metavar=("COCO", "IMAGES"),
        help=f"draw {PICTURES} of these photos with their predictions after each epoch, into RUN/{FOLDER}/ "
        "(default: none)",
    )


class SampleSheet(keras.callbacks.Callback):  # type: ignore[misc]
    """Write `RUN/sheets/EPOCH.jpg` after each epoch, and `EPOCH.json`: how many of the pictures are right.

    Args:
        run: folder of the run.
        photos: to predict, see `sheet_photos`.
        predict: of the network that is trained.
    """

    def __init__(self, run: Path, photos: Sequence[Photo], predict: Predict) -> None:
        super().__init__()
        self._folder, self._photos, self._predict = run / FOLDER, photos, predict
        self._folder.mkdir(parents=True, exist_ok=True)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Predict, draw and write; Keras calls this."""
        if not math.isfinite(float((logs or {}).get("loss", 0.0))):
            return  # it has diverged: there is nothing to draw
        predicted = self._predict(self.model, self._photos, [read_bgr(photo.path) for photo in self._photos])
        write_jpeg(self._folder / f"{epoch + 1:03d}.jpg", tiled([one.picture for one in predicted]))
        about = {"pictures": len(predicted), "right": sum(one.right for one in predicted)}
        (self._folder / f"{epoch + 1:03d}.json").write_text(json.dumps(about) + "\n", encoding="utf-8")


def sheet_callbacks(args: argparse.Namespace, predict: Predict) -> list[keras.callbacks.Callback]:
    """Return the callback that `--sheet` asks for, or none.

    Raises:
        ValueError: its photos cannot be read.
    """
    if args.sheet is None:
        return []
    coco, images = args.sheet
    photos = sheet_photos(coco_photo_files(coco, images, "test"))
    return [SampleSheet(args.run, photos, predict)] if photos else []


def sheet_photos(photos: Sequence[Photo], number: int = PICTURES) -> list[Photo]:
    """Return some of the photos with one face: every label in turn, from all over the file.

    Args:
        photos: of a manifest, in its order.
        number: most photos to return.
    """
    by_label: dict[int, list[Photo]] = {}
    for photo in photos:
        if len(photo.annotations) == 1 and not photo.annotations.ignore[0]:
            by_label.setdefault(int(photo.annotations.label[0]), []).append(photo)
    chosen: list[Photo] = []
    each = -(-number // max(len(by_label), 1))
    for own in by_label.values():
        spread = np.unique(np.linspace(0, len(own) - 1, min(each, len(own))).round().astype(int))
        chosen += [own[i] for i in spread]
    return chosen[:number]


def tiled(pictures: Sequence[Frame]) -> Frame:
    """Return pictures side by side, letterboxed, `COLUMNS` a row: uint8 (H, W, 3) BGR."""
    wide, high = TILE_WH
    rows = -(-len(pictures) // COLUMNS)
    sheet = np.zeros((rows * (high + GAP_PX) - GAP_PX, COLUMNS * (wide + GAP_PX) - GAP_PX, 3), np.uint8)
    for i, picture in enumerate(pictures):
        y, x = i // COLUMNS * (high + GAP_PX), i % COLUMNS * (wide + GAP_PX)
        longer = max(picture.shape[:2])
        scale = min(wide / picture.shape[1], high / picture.shape[0])
        sheet[y : y + high, x : x + wide] = fit_frame(picture, int(scale * longer), TILE_WH)[0]
    return sheet


def outline(picture: Frame, box: np.ndarray, colour: tuple[int, int, int], dark: bool = True) -> None:
    """Draw a box on a picture, in place, as wide as it must be to be seen in a tile.

    Args:
        picture: uint8 (H, W, 3) BGR.
        box: (4,), pixels.
        colour: BGR.
        dark: draw a dark edge around the line.
    """
    width = max(1, round(max(picture.shape[:2]) / TILE_WH[0] * 2))
    (x1, y1), (x2, y2) = np.asarray(box, float).reshape(2, 2).round().astype(int).tolist()
    if dark:
        cv2.rectangle(picture, (x1, y1), (x2, y2), (27, 22, 16), 2 * width)
    cv2.rectangle(picture, (x1, y1), (x2, y2), colour, width)
