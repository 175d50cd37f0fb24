"""The live event `frame`: its acknowledgement carries the faces. A frame belongs to the connection that sent it."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_socketio import SocketIO

from webapp.config import Settings
from webapp.errors import BadRequest, MirrorError, TooLarge, from_vision
from webapp.inference import Inference
from webapp.live.stream_clock import StreamClock
from webapp.live.turnstile import Turnstile
from webapp.metrics import Metrics
from webapp.protocol import EVENT_FRAME, SCORE_THRESHOLD_MIN, error_json, faces_json
from webapp.vision.crops import Frame
from webapp.vision.detections import Detections
from webapp.vision.errors import VisionError
from webapp.vision.frames import JPEG, ImageLimits, decode_image
from webapp.vision.pipeline import Pipeline
from webapp.vision.tracking.stream import Stream

log = logging.getLogger(__name__)


class _Stream:
    """The state of one connection. The turnstile admits one thread at a time to it."""

    def __init__(self, track: bool) -> None:
        self.turnstile = Turnstile()
        self._clock = StreamClock()
        self._stream = Stream(track)

    def follow(
        self, pipeline: Pipeline, frame: Frame, detections: Detections, captured_ms: float, arrived_s: float
    ) -> Detections:
        time_s = self._clock.advance(captured_ms, arrived_s)
        return self._stream.follow(frame, detections, time_s, pipeline.classify_crops)


def frame_limits(settings: Settings) -> ImageLimits:
    """Return the limits of a frame of the live page: JPEG alone, never decoded smaller."""
    most = settings.live_max_px
    return ImageLimits(settings.live_max_bytes, most, most, most, (JPEG,))


class LiveFrames:
    """Acknowledges the `frame` events of every connection.

    Args:
        inference: runs the detection.
        limits: of a frame.
        metrics: gets counts and times.
        track: track the faces of each connection.
    """

    def __init__(self, inference: Inference, limits: ImageLimits, metrics: Metrics, track: bool) -> None:
        self._inference = inference
        self._limits = limits
        self._metrics = metrics
        self._track = track
        self._streams: dict[str, _Stream] = {}

    def register(self, socketio: SocketIO) -> None:
        """Connect the handlers."""
        socketio.on_event("connect", self._on_connect)
        socketio.on_event("disconnect", self._on_disconnect)
        socketio.on_event(EVENT_FRAME, self._on_frame)

    def _on_connect(self, auth: object = None) -> None:
        self._streams[_sid()] = _Stream(self._track)
        self._metrics.connections.inc()

    def _on_disconnect(self, reason: object = None) -> None:
        stream = self._streams.pop(_sid(), None)
        if stream is not None:
            stream.turnstile.close()
            self._metrics.connections.dec()

    def _on_frame(self, *args: object) -> dict[str, Any]:
        seq: int | None = None
        try:
            event = parse_frame_event(args)
            seq = event.seq
            if len(event.data) > self._limits.max_bytes:
                raise TooLarge(
                    f"The limit for a live frame is {self._limits.max_bytes / 1e6:.1f} MB. Please send smaller ones."
                )
            return self._acknowledge(event)
        except VisionError as error:
            return self._refuse(seq, from_vision(error))
        except MirrorError as error:
            return self._refuse(seq, error)
        except Exception:
            log.exception("a live frame failed")
            return self._refuse(seq, MirrorError("Something went wrong on the server. Please go on."))

    def _acknowledge(self, event: FrameEvent) -> dict[str, Any]:
        stream = self._streams.get(_sid())
        arrived = time.perf_counter()
        if stream is None or not stream.turnstile.enter():
            self._metrics.frames.labels("dropped").inc()
            return {"seq": event.seq, "dropped": True}

        def follow(pipeline: Pipeline, frame: Frame, detections: Detections) -> Detections:
            return stream.follow(pipeline, frame, detections, event.captured_ms, arrived)

        try:
            waited_ms = (time.perf_counter() - arrived) * 1000
            found, queue_ms = self._inference.run(
                # A connection that closed meanwhile needs no detection.
                lambda pipeline: None if stream.turnstile.closed else _detect(pipeline, event, self._limits, follow)
            )
        finally:
            stream.turnstile.leave()
        if found is None:
            self._metrics.frames.labels("dropped").inc()
            return {"seq": event.seq, "dropped": True}
        faces, timings = found
        timings["queue_ms"] = round(waited_ms + queue_ms, 2)
        self._metrics.frames.labels("answered").inc()
        self._metrics.frame_seconds.observe(time.perf_counter() - arrived)
        return {"seq": event.seq, **faces, "timings": timings}

    def _refuse(self, seq: int | None, error: MirrorError) -> dict[str, Any]:
        self._metrics.frames.labels("refused").inc()
        return {"seq": seq, **error_json(error.code, error.message)}


@dataclass(frozen=True)
class FrameEvent:
    """The arguments of a `frame` event.

    Args:
        seq: the client's number of the frame.
        captured_ms: the client's time, finite.
        score_threshold: from `SCORE_THRESHOLD_MIN` to 1, of this frame; None for the detector's own.
        data: the encoded picture.
    """

    seq: int
    captured_ms: float
    score_threshold: float | None
    data: bytes


def parse_frame_event(args: tuple[object, ...]) -> FrameEvent:
    """Check the arguments of a `frame` event.

    Args:
        args: as the client sent them.

    Raises:
        BadRequest: they are not `({"seq": whole number, "captured_ms": number}, bytes)`, or there is a
            `score_threshold` that is no number in its range.
    """
    if len(args) != 2 or not isinstance(args[0], dict) or not isinstance(args[1], bytes):
        raise BadRequest("A frame event carries an object and the picture's bytes, in this order.")
    seq, captured_ms = args[0].get("seq"), args[0].get("captured_ms")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < 2**53:
        raise BadRequest("seq must be a whole number from 0 to 2^53.")
    if isinstance(captured_ms, bool) or not isinstance(captured_ms, int | float) or not math.isfinite(captured_ms):
        raise BadRequest("captured_ms must be a number.")
    return FrameEvent(seq, float(captured_ms), _score_threshold(args[0]), args[1])


def _score_threshold(head: dict[object, object]) -> float | None:
    if "score_threshold" not in head:
        return None
    value = head["score_threshold"]
    # The negated form also catches NaN, which compares false with everything.
    if isinstance(value, bool) or not isinstance(value, int | float) or not SCORE_THRESHOLD_MIN <= value <= 1:
        raise BadRequest(f"score_threshold must be a number from {SCORE_THRESHOLD_MIN} to 1.")
    return float(value)


def _detect(
    pipeline: Pipeline,
    event: FrameEvent,
    limits: ImageLimits,
    follow: Callable[[Pipeline, Frame, Detections], Detections],
) -> tuple[dict[str, Any], dict[str, float]]:
    start = time.perf_counter()
    image = decode_image(event.data, limits)
    decoded = time.perf_counter()
    detections = pipeline.detect(image.frame, event.score_threshold)
    detected = time.perf_counter()
    # Second opinions depend on the track, so tracking counts as classification.
    followed = follow(pipeline, image.frame, pipeline.classify(image.frame, detections))
    classified = time.perf_counter()
    faces = faces_json(followed.with_boxes(image.to_picture(followed.xyxy)), with_track_id=True)
    spans = {"decode_ms": decoded - start, "detect_ms": detected - decoded, "classify_ms": classified - detected}
    timings = {name: round(seconds * 1000, 2) for name, seconds in spans.items()}
    return {"width": image.width, "height": image.height, "faces": faces}, timings


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]
