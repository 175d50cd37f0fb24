"""One film in, the annotated film and its detections out: what the job and the command line share."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import IO

from webapp.config import Settings
from webapp.pipelines import build_stream_pipeline, build_verifier
from webapp.processes import available_cores
from webapp.protocol import faces_json
from webapp.vision.annotate import annotate
from webapp.vision.crops import Frame
from webapp.vision.detections import Detections
from webapp.vision.pipeline import Pipeline
from webapp.vision.tracking.stream import Stream
from webapp.vision.video.annotation import Follow, Progress, VideoLimits, VideoSummary, annotate_video

_LOOKS_MAX = 4


def video_limits(settings: Settings) -> VideoLimits:
    """Return what a visitor's film may cost."""
    return VideoLimits(settings.video_max_s, settings.video_max_px, settings.video_output_px, settings.video_deadline_s)


def write_annotated_film(
    source: Path,
    target: Path,
    detections_path: Path | None,
    settings: Settings,
    limits: VideoLimits,
    on_progress: Callable[[Progress], None],
    on_frame: Callable[[Frame], None] = lambda frame: None,
) -> VideoSummary:
    """Annotate a film with the pipeline of the settings.

    Args:
        source: the film.
        target: MP4 to write.
        detections_path: JSON Lines to write, `{"frame", "time_s", "faces"}` a frame, or None.
        settings: choose the models, and whether faces are tracked.
        limits: what the film may cost.
        on_progress: called after every frame.
        on_frame: called with every annotated frame.

    Raises:
        VideoError: the film cannot be worked on.
        ModelError: a model cannot be loaded.
    """
    looks = [_LazyLook(settings) for _ in range(_side_by_side(settings))]

    def draw(frame: Frame, detections: Detections) -> Frame:
        annotated = annotate(frame, detections)
        on_frame(annotated)
        return annotated

    with ExitStack() as stack:
        lines = None if detections_path is None else stack.enter_context(detections_path.open("w", encoding="utf-8"))

        def on_detections(number: int, time_s: float, detections: Detections) -> None:
            if lines is not None:
                _write_line(lines, number, time_s, detections)

        return annotate_video(source, target, looks, draw, limits, on_progress, on_detections, _follow(settings))


def _follow(settings: Settings) -> Follow:
    """Return what happens in the order of the frames.

    Second opinions are asked for here, not where frames are looked at side by side: which faces need one is known from
    the vote of the frames before. They are few, so one thread has the time.
    """
    stream = Stream(settings.track)
    verifier = cache(lambda: build_verifier(settings))  # at the first frame, like the detectors

    def follow(frame: Frame, detections: Detections, time_s: float) -> Detections:
        classifier = verifier()
        return stream.follow(frame, detections, time_s, None if classifier is None else classifier.shares)

    return follow


def _side_by_side(settings: Settings) -> int:
    # Each look has a model of its own in memory, and beyond a few the encoder is what takes the time.
    return min(settings.inference_threads or available_cores(), _LOOKS_MAX)


class _LazyLook:
    """Builds the pipeline when the first frame is there: films that are none get their answer sooner."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pipeline: Pipeline | None = None

    def __call__(self, frame: Frame) -> Detections:
        if self._pipeline is None:
            self._pipeline = build_stream_pipeline(self._settings, verify=False)
        return self._pipeline.run(frame)


def _write_line(lines: IO[str], number: int, time_s: float, detections: Detections) -> None:
    faces = faces_json(detections, with_track_id=True)
    lines.write(json.dumps({"frame": number, "time_s": round(time_s, 6), "faces": faces}) + "\n")
