"""The localizer under test: a run's Keras model, or an exported file with its card."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from model_training.data.annotations import Photo
from model_training.data.progress import progress
from model_training.localizer.samples import LocalizerSample, square_frames
from model_training.training.sample_sheet import Predicted, outline
from model_training.training.trained_run import TrainedRun, open_run
from webapp.vision.boxes import box_iou
from webapp.vision.detections import FloatArray
from webapp.vision.detectors.localizer import LocalizerDetector
from webapp.vision.errors import ModelError
from webapp.vision.frames import Frame
from webapp.vision.letterbox import fit_square
from webapp.vision.model_files import load_model
from webapp.vision.styles import STYLES

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


def predict_sheet(network: keras.Model, photos: Sequence[Photo], frames: Sequence[Frame]) -> list[Predicted]:
    """Draw the labelled box of each photo in white, and the network's in colour where it finds a face.

    Right is a box that overlaps the labelled one by more than half.

    Args:
        network: in training; its input is square.
        photos: with one face each.
        frames: their pictures, uint8 (H, W, 3) BGR.
    """
    fitted = [fit_square(frame, int(network.input_shape[1])) for frame in frames]
    inputs = np.stack([square[:, :, ::-1] for square, _ in fitted]).astype(np.float32)
    found = keras.tree.map_structure(keras.ops.convert_to_numpy, network(inputs, training=False))
    predicted = []
    for photo, frame, (square, factors), score, box in zip(
        photos, frames, fitted, found["face_score"][:, 0], found["box"], strict=True
    ):
        picture = frame.copy()
        gt_box = photo.annotations.xyxy[0]
        outline(picture, gt_box, (255, 255, 255))
        own = np.clip(box, 0, 1).astype(np.float32) * len(square) / np.array([*factors, *factors], np.float32)
        right = bool(score >= RUN_THRESHOLD and box_iou(own[None], gt_box[None])[0, 0] > 0.5)
        if score >= RUN_THRESHOLD:
            outline(picture, own, STYLES[0 if right else 1].colour)
        predicted.append(Predicted(picture, right))
    return predicted
