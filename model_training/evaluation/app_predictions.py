"""Predictions of the app itself: `python -m webapp detect --json` with its default settings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from model_training.data.image_files import read_bgr
from model_training.data.labelled_photos import empty_photo_paths
from model_training.evaluation.predictions import as_row
from webapp.config import PREFIX
from webapp.vision.frames import Frame

MIN_SCORE = 0.01
AT_ONCE = 500
"""Paths on one command line; systems limit its length."""


def run_detect(paths: Sequence[Path], options: Sequence[str], min_score: float | None) -> Iterator[dict[str, Any]]:
    """Yield the app's JSON object for every picture, in order, as it comes.

    Settings from the environment are removed: they would change what is measured.

    Args:
        paths: pictures.
        options: further options of `detect`, to measure another configuration than the default.
        min_score: lowest detection score, or None for what the app shows.

    Raises:
        ValueError: the app refused a picture or did not start; the message gives the picture and the reason.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    lowest = [] if min_score is None else ["--min-score", str(min_score)]
    for start in range(0, len(paths), AT_ONCE):
        pictures = [str(path) for path in paths[start : start + AT_ONCE]]
        command = [sys.executable, "-m", "webapp", "detect", "--json", *lowest, *options, *pictures]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as app:
            assert app.stdout is not None
            printed = 0
            for line in app.stdout:
                row = json.loads(line)
                if "error" in row:
                    raise ValueError(f"{row['file']}: {row['error']['message']}")
                printed += 1
                yield row
        if printed != len(pictures):
            raise ValueError(f"`detect` printed {printed} of {len(pictures)} pictures; exit status {app.returncode}.")


def predict(
    named: Sequence[tuple[str, Path]], options: Sequence[str], progress: Callable[[int], None]
) -> dict[str, list[list[Any]]]:
    """Return the app's detections as `predictions.json` holds them.

    Args:
        named: name and path of every picture.
        options: see `run_detect`.
        progress: called with the number of pictures done.

    Raises:
        ValueError: two pictures share a name, or see `run_detect`.
    """
    names = [name for name, _ in named]
    if len(set(names)) < len(names):
        raise ValueError(f"two pictures are called {next(name for name in names if names.count(name) > 1)}")
    rows = {}
    rows_of = run_detect([path for _, path in named], options, MIN_SCORE)
    for done, (name, row) in enumerate(zip(names, rows_of, strict=True), 1):
        rows[name] = [as_row(face) for face in row["faces"]]
        progress(done)
    return rows


def write_negatives(source: Path, folder: Path, all_of_them: bool) -> dict[str, list[Path]]:
    """Write photos without faces into a folder, each unchanged and tinted.

    Many are grey: a detector that takes colour for a face would pass on grey photos alone.

    Args:
        source: folder of JPEG files.
        folder: emptied first.
        all_of_them: instead of the half that training never uses.

    Returns:
        Paths in `folder`: `{"grey": […], "tinted": […]}`, in the order of their names.

    Raises:
        ValueError: there is no picture, one cannot be read, or two have one name; the message names it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written: dict[str, list[Path]] = {"grey": [], "tinted": []}
    paths = empty_photo_paths(source, held_out=True)
    if all_of_them:
        paths = sorted([*paths, *empty_photo_paths(source, held_out=False)])
    # Folders in folders and suffixes are gone in the new names: one file would overwrite the other.
    if twice := [name for name, times in Counter(path.stem for path in paths).items() if times > 1]:
        raise ValueError(f"Two pictures in {source} are called {twice[0]}, folders and suffixes aside; rename one.")
    for path in paths:
        written["grey"].append(Path(shutil.copy(path, folder)))
        # PNG, so that it is not compressed a second time.
        tinted = folder / f"{path.stem}-tinted.png"
        cv2.imwrite(str(tinted), tint(read_bgr(path), path.name))
        written["tinted"].append(tinted)
    return written


def tint(frame: Frame, name: str) -> Frame:
    """Return a picture tinted with a colour that depends on the file's name alone.

    Args:
        frame: uint8 (H, W, 3) BGR.
        name: of its file.

    Returns:
        uint8 (H, W, 3) BGR.
    """
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    gain, haze = rng.uniform(0.5, 1.0, 3), rng.uniform(0, 48, 3)
    return np.clip(frame * gain + haze, 0, 255).astype(np.uint8)
