"""The localizer under test: a run's Keras model, or an exported file with its card."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model_training.data.progress import progress
from model_training.localizer.samples import LocalizerSample, square_frames
from model_training.training.trained_run import TrainedRun, open_run
from webapp.vision.crops import Frame
from webapp.vision.detections import FloatArray
from webapp.vision.detectors.localizer import LocalizerDetector
from webapp.vision.errors import ModelError
from webapp.vision.model_files import load_model

AT_ONCE = 32
"""Squares in a batch."""

RUN_THRESHOLD = 0.5
"""A run has no threshold yet: its export chooses one."""


@dataclass(frozen=True, eq=False)
class LocalizerUnderTest:
    """The localizer under test.

    Args:
        about: `name`, `format`, `size_px`, `score_threshold`, and `backbone` where known.
        predict: from uint8 (n, s, s, 3) BGR squares to scores float32 (n,) and boxes float32 (n, 4), fractions of the
            square.
        run: None for an exported file.
    """

    about: dict[str, Any]
    predict: Callable[[Frame], tuple[FloatArray, FloatArray]]
    run: TrainedRun | None


def open_localizer(folder: Path | None, model_file: Path | None) -> LocalizerUnderTest:
    """Open a run's folder, or else an exported file.

    Raises:
        SystemExit: it cannot be measured; the message gives the reason.
    """
    if folder is not None:
        trained = open_run(folder, "localizer", ("size_px",))
        about = {"name": folder.name, "format": "Keras", "backbone": trained.config.get("backbone")}
        about |= {"size_px": trained.config["size_px"], "score_threshold": RUN_THRESHOLD}
        return LocalizerUnderTest(about, lambda squares: _predict(trained, squares), trained)
    assert model_file is not None
    try:
        model = load_model(model_file, "face_localizer")
        detector = LocalizerDetector(model)
    except ModelError as error:
        sys.exit(str(error))
    about = {"name": detector.name, "format": f"LiteRT, {model.card.get('weights', 'unknown')} weights"}
    about |= {"size_px": detector.size_px, "score_threshold": detector.score_threshold}

    def predict(squares: Frame) -> tuple[FloatArray, FloatArray]:
        scores, boxes = zip(*(detector.raw(square) for square in squares), strict=True)
        return np.concatenate(scores), np.stack(boxes)

    return LocalizerUnderTest(about, predict, None)


def predict_samples(tested: LocalizerUnderTest, samples: Sequence[LocalizerSample]) -> tuple[FloatArray, FloatArray]:
    """Return the scores of all samples, float32 (n,), and their boxes, float32 (n, 4), fractions of the square.

    Raises:
        ValueError: a picture cannot be read; the message names it.
    """
    starts = progress(range(0, len(samples), AT_ONCE), f"x {AT_ONCE} squares")
    batches = [tested.predict(square_frames(samples[start : start + AT_ONCE])) for start in starts]
    return np.concatenate([scores for scores, _ in batches]), np.concatenate([boxes for _, boxes in batches])


def _predict(trained: TrainedRun, squares: Frame) -> tuple[FloatArray, FloatArray]:
    found = trained.model.predict(squares[..., ::-1].astype(np.float32), batch_size=AT_ONCE, verbose=0)
    return found["face_score"][:, 0], found["box"]
