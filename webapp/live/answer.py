"""From a frame to the text of its acknowledgement."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from webapp.config import Settings
from webapp.live.frame_event import FrameEvent
from webapp.protocol import faces_json
from webapp.vision.frames import JPEG, ImageLimits, decode_image
from webapp.vision.pipeline import Pipeline
from webapp.vision.tracking.stream import Stream


def frame_limits(settings: Settings) -> ImageLimits:
    """Return the limits of a frame of the live page: JPEG alone, never decoded smaller."""
    most = settings.live_max_px
    return ImageLimits(settings.live_max_bytes, most, most, most, (JPEG,))


def answer_frame(
    pipeline: Pipeline,
    event: FrameEvent,
    limits: ImageLimits,
    stream: Stream,
    advance: Callable[[], float],
    queue_ms: float,
) -> tuple[str, float]:
    """Detect, label and track the faces of one frame.

    Args:
        pipeline: used by this call alone.
        event: the frame.
        limits: see `frame_limits`.
        stream: of its connection, used by this call alone.
        advance: gives the time of the frame, seconds of the stream; not called for a picture that cannot be decoded.
        queue_ms: how long the frame has waited, milliseconds.

    Returns:
        The acknowledgement as JSON, built here since this runs off the server's thread, and the seconds from
        decoding to tracking.

    Raises:
        VisionError: the picture cannot be accepted or decoded.
    """
    start = time.perf_counter()
    image = decode_image(event.data, limits)
    decoded = time.perf_counter()
    time_s = advance()
    recent = stream.recent_logits(image.frame, time_s)
    detections = pipeline.detect(image.frame, event.score_threshold, recent)
    detected = time.perf_counter()
    # Second opinions depend on the track, so tracking counts as classification.
    labelled = pipeline.classify(image.frame, detections)
    followed = stream.follow(image.frame, labelled, time_s, pipeline.classify_crops)
    classified = time.perf_counter()
    spans_ms = {
        "queue_ms": queue_ms,
        "decode_ms": (decoded - start) * 1000,
        "detect_ms": (detected - decoded) * 1000,
        "classify_ms": (classified - detected) * 1000,
    }
    answer = {
        "seq": event.seq,
        "width": image.width,
        "height": image.height,
        "faces": faces_json(followed.with_boxes(image.to_picture(followed.xyxy)), with_track_id=True),
        "timings": {name: round(span_ms, 2) for name, span_ms in spans_ms.items()},
    }
    return json.dumps(answer, separators=(",", ":")), classified - start
