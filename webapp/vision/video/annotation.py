"""Annotate a video: read, detect, track, draw and write, a few frames at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from webapp.vision.annotate import annotate
from webapp.vision.detections import Detections
from webapp.vision.errors import VideoError
from webapp.vision.frames import Frame
from webapp.vision.video.opening import VideoLimits
from webapp.vision.video.parallel import Detect, DetectedFrame, ParallelDetection
from webapp.vision.video.probe import VideoInfo, probe
from webapp.vision.video.reader import VideoReader
from webapp.vision.video.writer import VideoWriter

_ETA_FROM = 0.02

Follow = Callable[[Frame, Detections, float], Detections]
"""A frame, its detections and its time in seconds to the detections that are drawn, frame by frame in their order."""


@dataclass(frozen=True)
class Progress:
    """Progress of one annotation.

    Args:
        progress: in [0, 1], never falling, by time stamps.
        frames_done: frames written.
        skipped_frames: pieces of the video that could not be decoded.
        fps: frames written per second of wall time.
        eta_s: estimated remaining time, seconds; None at the very start.
        width, height: of the annotated video, pixels; boxes are in these.
    """

    progress: float
    frames_done: int
    skipped_frames: int
    fps: float
    eta_s: float | None
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class AnnotatedFrame:
    """A frame that has been written.

    Args:
        number: from 0.
        time_s: presentation time in seconds from the video's start.
        frame: uint8 (H, W, 3) BGR, annotated.
        detections: what is drawn, boxes in pixels of the frame.
        progress: after this frame.
    """

    number: int
    time_s: float
    frame: Frame
    detections: Detections
    progress: Progress


@dataclass(frozen=True)
class VideoSummary:
    """Figures of a finished annotation.

    Args:
        info: the video as it was read.
        frames_done: frames written.
        skipped_frames: frames that were damaged or are missing; an estimate.
        elapsed_s: wall time.
        decode_s, detect_s, draw_s, encode_s: time of the stages, summed over all frames; detection runs beside
            the others and on several frames at once, so the sum exceeds `elapsed_s`.
    """

    info: VideoInfo
    frames_done: int
    skipped_frames: int
    elapsed_s: float
    decode_s: float
    detect_s: float
    draw_s: float
    encode_s: float


class VideoAnnotation:
    """A copy of a video in which every face is annotated; iterating writes it, frame by frame.

    Enter the `with` block, iterate once to the end, leave it, and read `summary()`. Where an exception ends the
    block, the target is left half-written.

    Args:
        source: the video.
        target: MP4 to write.
        build_detect: makes the detector of one thread; see `ParallelDetection`.
        threads: frames on which detection runs at once.
        follow: what happens to detections in the order of the frames, like tracking.
        limits: see `VideoLimits`.

    Raises:
        VideoError: see `VideoReader` and `VideoWriter`, when entering, iterating or leaving.
    """

    def __init__(
        self,
        source: Path,
        target: Path,
        build_detect: Callable[[], Detect],
        threads: int,
        follow: Follow,
        limits: VideoLimits,
    ) -> None:
        self._source, self._target, self._limits = source, target, limits
        self._build_detect, self._threads, self._follow = build_detect, threads, follow
        self._started = time.perf_counter()
        self._progress = 0.0
        self._frames_done = 0
        self._detect_s = self._draw_s = 0.0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._reader = reader = stack.enter_context(VideoReader(self._source, self._limits))
            self._info = probe(reader)
            self._detection = stack.enter_context(ParallelDetection(self._build_detect, self._threads))
            size, sound, start_s = self._info.resolution_wh, reader.sound, reader.start_s
            writer = VideoWriter(self._target, size, reader.time_base, reader.rate, sound, start_s)
            self._writer = stack.enter_context(writer)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, at)

    def __iter__(self) -> Iterator[AnnotatedFrame]:
        for item in self._detection.run(self._reader):
            if isinstance(item, DetectedFrame):
                yield self._write(item)
            else:
                self._writer.write_sound(item)
        if self._frames_done == 0:
            raise VideoError("bad_video", "No frame of this video can be decoded.")

    def summary(self) -> VideoSummary:
        """Return the figures of the whole annotation."""
        skipped = self._info.lost_frames + max(self._reader.skipped_frames, _dropped(self._info, self._frames_done))
        return VideoSummary(
            self._info,
            self._frames_done,
            skipped,
            time.perf_counter() - self._started,
            self._reader.decode_s,
            self._detect_s,
            self._draw_s,
            self._writer.encode_s,
        )

    def _write(self, item: DetectedFrame) -> AnnotatedFrame:
        timed = item.timed
        started = time.perf_counter()
        detections = self._follow(timed.frame, item.detections, timed.time_s)
        frame = annotate(timed.frame, detections)
        self._detect_s, self._draw_s = self._detect_s + item.detect_s, self._draw_s + time.perf_counter() - started
        self._writer.write(frame, timed.pts, timed.duration)
        self._frames_done += 1
        return AnnotatedFrame(self._frames_done - 1, timed.time_s, frame, detections, self._progress_at(timed.time_s))

    def _progress_at(self, time_s: float) -> Progress:
        self._progress = min(1.0, max(self._progress, time_s / self._info.duration_s))
        elapsed_s = max(time.perf_counter() - self._started, 1e-6)
        eta_s = elapsed_s * (1 - self._progress) / self._progress if self._progress >= _ETA_FROM else None
        fps, skipped = self._frames_done / elapsed_s, self._reader.skipped_frames
        return Progress(self._progress, self._frames_done, skipped, fps, eta_s, *self._info.resolution_wh)


def _dropped(info: VideoInfo, frames_done: int) -> int:
    # Decoders drop frames that they cannot repair, without an error. VP8 has packets that never become a frame.
    return 0 if info.codec == "vp8" else max(0, info.frames - frames_done)
