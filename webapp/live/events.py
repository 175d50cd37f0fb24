"""The live event `frame`: its acknowledgement carries the faces. A frame belongs to the connection that sent it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import request
from flask_socketio import SocketIO, emit

from webapp.config import Settings
from webapp.errors import BadRequest, MirrorError, from_vision
from webapp.inference import Inference
from webapp.live.answer import answer_frame, frame_limits
from webapp.live.frame_event import FrameEvent, parse_frame_event
from webapp.live.frame_queue import FrameQueue, Place
from webapp.live.packets import Acknowledge, handle_directly
from webapp.live.stream_clock import StreamClock
from webapp.live.view_size import ViewSize
from webapp.metrics import Metrics
from webapp.protocol import EVENT_FRAME, EVENT_FRAME_SIZE, error_json
from webapp.vision.errors import ModelError, VisionError
from webapp.vision.pipeline import Pipeline
from webapp.vision.tracking.stream import Stream

log = logging.getLogger(__name__)


class _Connection:
    """The state of one connection. The queue lets one thread at a time work on it."""

    def __init__(self, place: Place[_Waiting], track: bool, build: Callable[[], Pipeline] | None) -> None:
        self.place = place
        self._build = build
        self._own: Pipeline | None = None
        self.clock = StreamClock()
        self.stream = Stream(track)

    def pipeline(self, lent: Pipeline) -> Pipeline:
        """Return the pipeline of the visitor's own model, built at their first frame, else the one that was lent."""
        if self._own is None and self._build is not None:
            try:
                self._own = self._build()
            except ModelError:
                log.warning("a visitor's own model could not be loaded")  # it was deleted meanwhile
                self._build = None
        return self._own or lent


@dataclass(frozen=True, eq=False)
class _Waiting:
    """A frame that waits for its turn."""

    connection: _Connection
    event: FrameEvent
    arrived_s: float
    acknowledge: Acknowledge


class LiveFrames:
    """Acknowledges the `frame` events of every connection.

    Args:
        socketio: gets the handlers with `register`.
        inference: runs the detection.
        settings: limits of a frame, its age, and whether faces are tracked.
        metrics: gets counts and times.
        own_pipeline: returns what builds the pipeline of the visitor who connects, None for the server's.
    """

    def __init__(
        self,
        socketio: SocketIO,
        inference: Inference,
        settings: Settings,
        metrics: Metrics,
        own_pipeline: Callable[[], Callable[[], Pipeline] | None] = lambda: None,
    ) -> None:
        self._socketio = socketio
        self._inference = inference
        self._limits = frame_limits(settings)
        self._metrics = metrics
        self._own_pipeline = own_pipeline
        self._track = settings.track
        self._view_size = ViewSize(inference.sizes_px, inference.threads, time.perf_counter())
        self._connections: dict[str, _Connection] = {}
        self._queue: FrameQueue[_Waiting] = FrameQueue(settings.frame_max_age_s, self._drop)
        metrics.watch("frames_waiting", "Live frames waiting for a pipeline", lambda: len(self._queue))

    def register(self) -> None:
        """Connect the handlers, and start the (green) threads that serve the queue."""
        socketio = self._socketio
        socketio.on_event("connect", self._on_connect)
        socketio.on_event("disconnect", self._on_disconnect)
        handle_directly(socketio.server, EVENT_FRAME, self._on_frame)
        for _ in range(self._inference.threads):
            socketio.start_background_task(self._serve)

    def _on_connect(self, auth: object = None) -> None:
        self._connections[_sid()] = _Connection(self._queue.join(), self._track, self._own_pipeline())
        self._metrics.connections.inc()
        emit(EVENT_FRAME_SIZE, {"longer_side_px": self._view_size.side_px})

    def _on_disconnect(self, reason: object = None) -> None:
        connection = self._connections.pop(_sid(), None)
        if connection is not None:
            self._queue.leave(connection.place)
            self._metrics.connections.dec()

    def _on_frame(self, sid: str, args: tuple[object, ...], acknowledge: Acknowledge) -> None:
        connection, arrived_s = self._connections.get(sid), time.perf_counter()
        if connection is None:
            return
        self._metrics.frames_offered.inc()
        try:
            event = parse_frame_event(args)
        except BadRequest as error:
            self._refuse(None, error, acknowledge)
            return
        self._queue.offer(connection.place, _Waiting(connection, event, arrived_s, acknowledge))

    def _serve(self) -> None:
        while True:
            place, waiting = self._queue.take()
            try:
                self._answer(waiting, in_line=len(self._queue))
            except Exception:
                log.exception("a live frame could not be acknowledged")
            finally:
                self._queue.done(place)

    def _answer(self, waiting: _Waiting, in_line: int) -> None:
        event, queue_ms = waiting.event, (time.perf_counter() - waiting.arrived_s) * 1000
        stream = waiting.connection.stream
        advance = partial(waiting.connection.clock.advance, event.captured_ms, waiting.arrived_s)
        try:
            answer, seconds = self._inference.run(
                self._view_size.side_px,
                lambda lent: answer_frame(
                    waiting.connection.pipeline(lent), event, self._limits, stream, advance, queue_ms
                ),
            )
        except VisionError as error:
            self._refuse(event.seq, from_vision(error), waiting.acknowledge)
        except Exception:
            log.exception("a live frame failed")
            unknown = MirrorError("Something went wrong on the server. Please go on.")
            self._refuse(event.seq, unknown, waiting.acknowledge)
        else:
            waiting.acknowledge(answer)
            self._metrics.frames_answered.inc()
            self._metrics.inference_seconds.observe(seconds)
            self._metrics.frame_age_seconds.observe(time.perf_counter() - waiting.arrived_s)
            if self._view_size.served(in_line, seconds, time.perf_counter()):
                self._socketio.emit(EVENT_FRAME_SIZE, {"longer_side_px": self._view_size.side_px})

    def _drop(self, waiting: _Waiting) -> None:
        self._metrics.frames_dropped.inc()
        waiting.acknowledge(json.dumps({"seq": waiting.event.seq, "dropped": True}))

    def _refuse(self, seq: int | None, error: MirrorError, acknowledge: Acknowledge) -> None:
        self._metrics.frames_refused.inc()
        acknowledge(json.dumps({"seq": seq, **error_json(error.code, error.message)}))


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]
