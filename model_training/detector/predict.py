"""Predictions of a detector in training on photos, in batches of squares."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from model_training.data.annotations import LabelledFrame
from webapp.vision.boxes import clip_boxes, scale_boxes
from webapp.vision.detections import Detections
from webapp.vision.detectors.anchor_free import decode, locations, suppress
from webapp.vision.letterbox import fit_frame

BATCH = 16
LOWEST_SCORE = 0.02


def predict_photos(model: keras.Model, photos: Sequence[LabelledFrame], size_px: int) -> list[Detections]:
    """Return what the network finds in every photo, in pixels of the photo, labelled by its own head.

    Args:
        model: see `build_face_detector`.
        photos: of any sizes.
        size_px: longer side at which they are inferred; 32 divides it.
    """
    points = locations(size_px, size_px)
    found = []
    for start in range(0, len(photos), BATCH):
        fitted = [fit_frame(photo.frame, size_px, (size_px, size_px)) for photo in photos[start : start + BATCH]]
        shown = np.stack([frame for frame, _ in fitted])[..., ::-1].astype(np.float32)
        for output, (_, scale), photo in zip(
            model.predict_on_batch(shown), fitted, photos[start : start + BATCH], strict=True
        ):
            detections = suppress(decode(np.asarray(output), points, LOWEST_SCORE))
            xyxy = clip_boxes(scale_boxes(detections.xyxy, 1 / scale[0], 1 / scale[1]), photo.resolution_wh)
            found.append(detections.with_boxes(xyxy))
    return found
