"""Detections of the shipped models on the astronaut pictures, compared with those stored in a JSON file.

A refactoring must not change them. After a change of models or of the pipeline that is meant to change them, write the
file again with `python -m tests.webapp.test_stored_detections` and review the difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.pictures import astronaut_bgr, jpeg, masked_astronaut_bgr
from webapp.config import Settings
from webapp.live.answer import frame_limits
from webapp.photos.photo import detect_in_photo, photo_limits
from webapp.pipelines import build_photo_pipeline, build_stream_pipeline
from webapp.protocol import faces_json
from webapp.vision.frames import Frame, decode_image
from webapp.vision.tracking.stream import Stream

STORED = Path(__file__).parent / "stored_detections.json"
SCORE_TOLERANCE, BOX_TOLERANCE_PX = 1e-3, 0.1
STREAM_FRAMES, STEP_PX, STEP_S = 6, 4, 0.04


def pictures() -> dict[str, Frame]:
    both = np.concatenate([masked_astronaut_bgr(), np.roll(astronaut_bgr(), 20, axis=0)], axis=1)
    return {"bare": astronaut_bgr(), "masked": masked_astronaut_bgr(), "both": both}


def detections_of_photos() -> dict[str, Any]:
    """Return the response body of `POST /api/v1/detect` for each picture, less the time it took."""
    settings = Settings()
    pipeline = build_photo_pipeline(settings)
    return {name: detect_in_photo(pipeline, jpeg(frame), photo_limits(settings)) for name, frame in pictures().items()}


def detections_of_streams() -> dict[str, Any]:
    """Return the faces of each frame of a short stream in which each picture moves to the right."""
    settings = Settings()
    pipeline = build_stream_pipeline(settings)
    found = {}
    for name, frame in pictures().items():
        stream = Stream(settings.track)
        found[name] = []
        for number in range(STREAM_FRAMES):
            image = decode_image(jpeg(np.roll(frame, STEP_PX * number, axis=1)), frame_limits(settings))
            detections = pipeline.classify(image.frame, pipeline.detect(image.frame))
            followed = stream.follow(image.frame, detections, STEP_S * number, pipeline.classify_crops)
            found[name].append(faces_json(followed, with_track_id=True))
    return {"model": pipeline.describe(), "frames": found}


def all_detections() -> dict[str, Any]:
    return {"photos": detections_of_photos(), "streams": detections_of_streams()}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every number, word and null of nested JSON with its path."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from leaves(inner, f"{path}/{key}")
    else:
        yield path, value


@pytest.mark.parametrize(("kind", "detect"), [("photos", detections_of_photos), ("streams", detections_of_streams)])
def test_detections_are_those_stored(kind: str, detect: Any) -> None:
    stored, found = (dict(leaves(value)) for value in (json.loads(STORED.read_text())[kind], detect()))
    assert list(found) == list(stored)
    for path, value in found.items():
        tolerance = BOX_TOLERANCE_PX if "/box/" in path else SCORE_TOLERANCE
        exact = not isinstance(value, float)
        assert value == (stored[path] if exact else pytest.approx(stored[path], abs=tolerance)), path


if __name__ == "__main__":
    STORED.write_text(json.dumps(all_detections(), indent=1) + "\n", encoding="utf-8")
