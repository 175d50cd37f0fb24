"""Ask the app itself: `python -m webapp detect --json`, with the settings that everybody gets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from model_training.data.image_files import read_bgr
from model_training.data.labelled_photos import empty_photo_paths
from model_training.evaluation.predictions import as_row
from webapp.config import PREFIX
from webapp.vision.crops import Frame

MIN_SCORE = 0.01
AT_ONCE = 500
"""Paths on one command line; systems limit its length."""


def run_detect(paths: Sequence[Path], options: Sequence[str], min_score: float | None) -> Iterator[dict[str, Any]]:
    """Yield the app's answer for every picture, in order, as it comes.

    Settings out of the environment are kept away: they would quietly change what is measured.

    Args:
        paths: pictures.
        options: further options of `detect`, for measuring something else than the default.
        min_score: lowest detection score, or None for what the app shows.

    Raises:
        ValueError: the app refused a picture or did not start; the message tells which and why.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    lowest = [] if min_score is None else ["--min-score", str(min_score)]
    for start in range(0, len(paths), AT_ONCE):
        pictures = [str(path) for path in paths[start : start + AT_ONCE]]
        command = [sys.executable, "-m", "webapp", "detect", "--json", *lowest, *options, *pictures]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as app:
            assert app.stdout is not None
            answered = 0
            for line in app.stdout:
                answer = json.loads(line)
                if "error" in answer:
                    raise ValueError(f"{answer['file']}: {answer['error']['message']}")
                answered += 1
                yield answer
        if answered != len(pictures):
            raise ValueError(f"`detect` answered {answered} of {len(pictures)} pictures; exit status {app.returncode}.")


def predict(
    named: Sequence[tuple[str, Path]], options: Sequence[str], progress: Callable[[int], None]
) -> dict[str, list[list[Any]]]:
    """Return the app's answers as `predictions.json` holds them.

    Args:
        named: name and path of every picture.
        options: see `run_detect`.
        progress: told how many pictures are done.

    Raises:
        ValueError: two pictures share a name, or see `run_detect`.
    """
    names = [name for name, _ in named]
    if len(set(names)) < len(names):
        raise ValueError(f"two pictures are called {next(name for name in names if names.count(name) > 1)}")
    rows = {}
    answers = run_detect([path for _, path in named], options, MIN_SCORE)
    for done, (name, answer) in enumerate(zip(names, answers, strict=True), 1):
        rows[name] = [as_row(face) for face in answer["faces"]]
        progress(done)
    return rows


def write_negatives(source: Path, folder: Path, all_of_them: bool) -> dict[str, list[Path]]:
    """Put photos without faces into a folder, each as it is and tinted.

    Grey alone would prove little: a detector that took colour for a face would pass.

    Args:
        source: folder of JPEG files.
        folder: made anew.
        all_of_them: instead of the half that training never sees.

    Returns:
        Paths in `folder`: `{"grey": […], "tinted": […]}`, in the order of their names.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written: dict[str, list[Path]] = {"grey": [], "tinted": []}
    paths = empty_photo_paths(source, held_out=True)
    if all_of_them:
        paths = sorted([*paths, *empty_photo_paths(source, held_out=False)])
    for path in paths:
        written["grey"].append(Path(shutil.copy(path, folder)))
        # PNG, so that no second compression blurs what the first one left.
        tinted = folder / f"{path.stem}-tinted.png"
        cv2.imwrite(str(tinted), tint(read_bgr(path), path.name))
        written["tinted"].append(tinted)
    return written


def tint(frame: Frame, name: str) -> Frame:
    """Return a picture in the light of a lamp whose colour depends on the file's name alone.

    Args:
        frame: uint8 (H, W, 3) BGR.
        name: of its file.

    Returns:
        uint8 (H, W, 3) BGR.
    """
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    gain, haze = rng.uniform(0.5, 1.0, 3), rng.uniform(0, 48, 3)
    return np.clip(frame * gain + haze, 0, 255).astype(np.uint8)
