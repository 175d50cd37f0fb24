"""Annotate films: read, look, draw and write, one frame at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from webapp.vision.crops import Frame
from webapp.vision.detections import Detections
from webapp.vision.errors import VideoError
from webapp.vision.video_open import VideoLimits
from webapp.vision.video_probe import VideoInfo, probe
from webapp.vision.video_reader import TimedFrame, VideoReader
from webapp.vision.video_writer import VideoWriter

__all__ = ["Progress", "VideoInfo", "VideoLimits", "VideoSummary", "annotate_video", "probe"]

_ETA_FROM = 0.02

Look = Callable[[Frame], Detections]
Draw = Callable[[Frame, Detections], Frame]


@dataclass(frozen=True)
class Progress:
    """How far a film is.

    Args:
        progress: in [0, 1], never falling, by time stamps.
        frames_done: frames written.
        skipped_frames: pieces of the film that could not be decoded.
        fps: frames written a second of wall time.
        eta_s: seconds still to go, a guess; None at the very start.
    """

    progress: float
    frames_done: int
    skipped_frames: int
    fps: float
    eta_s: float | None


@dataclass(frozen=True)
class VideoSummary:
    """What became of a film.

    Args:
        info: the film as it was found.
        frames_done: frames written.
        skipped_frames: pieces of the film that could not be decoded.
        elapsed_s: wall time.
        decode_s, see_s, draw_s, encode_s: wall time of the stages, summed over all frames.
    """

    info: VideoInfo
    frames_done: int
    skipped_frames: int
    elapsed_s: float
    decode_s: float
    see_s: float
    draw_s: float
    encode_s: float


def annotate_video(
    source: Path,
    target: Path,
    look: Look,
    draw: Draw,
    limits: VideoLimits,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_detections: Callable[[int, float, Detections], None] = lambda number, time_s, detections: None,
) -> VideoSummary:
    """Write a copy of a film in which every face is annotated.

    Args:
        source: the film.
        target: MP4 to write; on an error it may be left half-written.
        look: a frame, uint8 (H, W, 3) BGR, to its labelled detections.
        draw: a frame and its detections to an annotated frame of the same size.
        limits: see `VideoLimits`.
        on_progress: called after every frame.
        on_detections: called with the frame's number from 0, its time in seconds and what was seen,
            boxes in pixels of the target.

    Raises:
        VideoError: see `VideoReader` and `VideoWriter`.
    """
    run = _Run(look, draw, on_progress, on_detections)
    info = probe(source, limits)
    with VideoReader(source, limits) as reader:
        sound, start_s = reader.sound, reader.start_s
        with VideoWriter(target, info.resolution_wh, reader.time_base, reader.rate, sound, start_s) as writer:
            for item in reader:
                if isinstance(item, TimedFrame):
                    writer.write(run.annotated(item), item.pts, item.duration)
                    run.report(item, info, reader.skipped_frames)
                else:
                    writer.write_sound(item)
            if run.frames_done == 0:
                raise VideoError("bad_video", "Nothing in this film could be decoded.")
    skipped_frames = max(reader.skipped_frames, _lost(info, run.frames_done))
    return VideoSummary(
        info, run.frames_done, skipped_frames, run.elapsed_s(), reader.decode_s, run.see_s, run.draw_s, writer.encode_s
    )


def _lost(info: VideoInfo, frames_done: int) -> int:
    # Decoders drop what they cannot repair without a word. VP8 has packets that never become a frame.
    return 0 if info.codec == "vp8" else max(0, info.frames - frames_done)


class _Run:
    def __init__(
        self,
        look: Look,
        draw: Draw,
        on_progress: Callable[[Progress], None],
        on_detections: Callable[[int, float, Detections], None],
    ) -> None:
        self._look, self._draw = look, draw
        self._on_progress, self._on_detections = on_progress, on_detections
        self._started = time.perf_counter()
        self._progress = 0.0
        self.frames_done = 0
        self.see_s = self.draw_s = 0.0

    def elapsed_s(self) -> float:
        return time.perf_counter() - self._started

    def annotated(self, item: TimedFrame) -> Frame:
        started = time.perf_counter()
        detections = self._look(item.frame)
        seen = time.perf_counter()
        annotated = self._draw(item.frame, detections)
        self.see_s, self.draw_s = self.see_s + seen - started, self.draw_s + time.perf_counter() - seen
        self._on_detections(self.frames_done, item.time_s, detections)
        return annotated

    def report(self, item: TimedFrame, info: VideoInfo, skipped_frames: int) -> None:
        self.frames_done += 1
        self._progress = min(1.0, max(self._progress, item.time_s / info.duration_s))
        elapsed_s = max(self.elapsed_s(), 1e-6)
        started = self._progress >= _ETA_FROM
        eta_s = elapsed_s * (1 - self._progress) / self._progress if started else None
        self._on_progress(
            Progress(self._progress, self.frames_done, skipped_frames, self.frames_done / elapsed_s, eta_s)
        )
