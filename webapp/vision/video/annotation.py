"""Annotate films: read, look, draw and write, a few frames at a time."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from webapp.vision.crops import Frame
from webapp.vision.detections import Detections
from webapp.vision.errors import VideoError
from webapp.vision.video.opening import VideoLimits
from webapp.vision.video.probe import VideoInfo, probe
from webapp.vision.video.reader import TimedFrame, VideoReader
from webapp.vision.video.writer import VideoWriter

__all__ = ["Progress", "VideoInfo", "VideoLimits", "VideoSummary", "annotate_video", "probe"]

_ETA_FROM = 0.02

Look = Callable[[Frame], Detections]
Draw = Callable[[Frame, Detections], Frame]
Follow = Callable[[Frame, Detections, float], Detections]


@dataclass(frozen=True)
class Progress:
    """How far a film is.

    Args:
        progress: in [0, 1], never falling, by time stamps.
        frames_done: frames written.
        skipped_frames: pieces of the film that could not be decoded.
        fps: frames written a second of wall time.
        eta_s: seconds still to go, a guess; None at the very start.
        width, height: of the annotated film, pixels; boxes are in these.
    """

    progress: float
    frames_done: int
    skipped_frames: int
    fps: float
    eta_s: float | None
    width: int
    height: int


@dataclass(frozen=True)
class VideoSummary:
    """What became of a film.

    Args:
        info: the film as it was found.
        frames_done: frames written.
        skipped_frames: frames that were damaged or are missing; an estimate.
        elapsed_s: wall time.
        decode_s, see_s, draw_s, encode_s: time of the stages, summed over all frames; seeing happens beside
            the others and on several frames at once, so the sum is more than `elapsed_s`.
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
    looks: Sequence[Look],
    draw: Draw,
    limits: VideoLimits,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_detections: Callable[[int, float, Detections], None] = lambda number, time_s, detections: None,
    follow: Follow = lambda frame, detections, time_s: detections,
) -> VideoSummary:
    """Write a copy of a film in which every face is annotated.

    Args:
        source: the film.
        target: MP4 to write; on an error it may be left half-written.
        looks: each a frame, uint8 (H, W, 3) BGR, to its labelled detections; so many frames are looked at
            side by side, each look in one thread at a time.
        draw: a frame and its detections to an annotated frame of the same size; in order, in this thread.
        limits: see `VideoLimits`.
        on_progress: called after every frame, in this thread.
        on_detections: called with the frame's number from 0, its time in seconds and what was seen,
            boxes in pixels of the target; in order, in this thread.
        follow: a frame, what was seen in it and its time in seconds to what is drawn and told of it, say by a
            `Stream`; in order, in this thread.

    Raises:
        VideoError: see `VideoReader` and `VideoWriter`.
    """
    run = _Run(draw, on_progress, on_detections, follow)
    info = probe(source, limits)
    with VideoReader(source, limits) as reader, _Lookers(looks) as lookers:
        sound, start_s = reader.sound, reader.start_s
        with VideoWriter(target, info.resolution_wh, reader.time_base, reader.rate, sound, start_s) as writer:
            for item in reader:
                if not isinstance(item, TimedFrame):
                    writer.write_sound(item)
                    continue
                for seen in lookers.look(item):
                    run.write(writer, seen, info, reader.skipped_frames)
            for seen in lookers.rest():
                run.write(writer, seen, info, reader.skipped_frames)
            if run.frames_done == 0:
                raise VideoError("bad_video", "Nothing in this film could be decoded.")
    skipped_frames = info.lost_frames + max(reader.skipped_frames, _dropped(info, run.frames_done))
    return VideoSummary(
        info, run.frames_done, skipped_frames, run.elapsed_s(), reader.decode_s, run.see_s, run.draw_s, writer.encode_s
    )


def _dropped(info: VideoInfo, frames_done: int) -> int:
    # Decoders drop what they cannot repair without a word. VP8 has packets that never become a frame.
    return 0 if info.codec == "vp8" else max(0, info.frames - frames_done)


@dataclass(frozen=True)
class _Seen:
    item: TimedFrame
    detections: Detections
    see_s: float


class _Lookers:
    """Looks at several frames side by side and hands them back in their order."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self._free: queue.SimpleQueue[Look] = queue.SimpleQueue()
        for look in looks:
            self._free.put(look)
        self._ahead = len(looks) + 1
        self._pool = ThreadPoolExecutor(len(looks))
        self._pending: deque[Future[_Seen]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)

    def look(self, item: TimedFrame) -> Iterator[_Seen]:
        """Take one more frame; yield the oldest once enough are under way."""
        self._pending.append(self._pool.submit(self._see, item))
        while len(self._pending) >= self._ahead:
            yield self._pending.popleft().result()

    def rest(self) -> Iterator[_Seen]:
        """Yield everything that is still under way."""
        while self._pending:
            yield self._pending.popleft().result()

    def _see(self, item: TimedFrame) -> _Seen:
        look = self._free.get()
        try:
            started = time.perf_counter()
            return _Seen(item, look(item.frame), time.perf_counter() - started)
        finally:
            self._free.put(look)


class _Run:
    """The part that happens in order: follow, draw, write, report."""

    def __init__(
        self,
        draw: Draw,
        on_progress: Callable[[Progress], None],
        on_detections: Callable[[int, float, Detections], None],
        follow: Follow,
    ) -> None:
        self._draw, self._on_progress, self._on_detections, self._follow = draw, on_progress, on_detections, follow
        self._started = time.perf_counter()
        self._progress = 0.0
        self.frames_done = 0
        self.see_s = self.draw_s = 0.0

    def elapsed_s(self) -> float:
        return time.perf_counter() - self._started

    def write(self, writer: VideoWriter, seen: _Seen, info: VideoInfo, skipped_frames: int) -> None:
        item = seen.item
        started = time.perf_counter()
        detections = self._follow(item.frame, seen.detections, item.time_s)
        annotated = self._draw(item.frame, detections)
        self.see_s, self.draw_s = self.see_s + seen.see_s, self.draw_s + time.perf_counter() - started
        self._on_detections(self.frames_done, item.time_s, detections)
        writer.write(annotated, item.pts, item.duration)
        self.frames_done += 1
        self._report(item.time_s, info, skipped_frames)

    def _report(self, time_s: float, info: VideoInfo, skipped_frames: int) -> None:
        self._progress = min(1.0, max(self._progress, time_s / info.duration_s))
        elapsed_s = max(self.elapsed_s(), 1e-6)
        started = self._progress >= _ETA_FROM
        eta_s = elapsed_s * (1 - self._progress) / self._progress if started else None
        fps = self.frames_done / elapsed_s
        self._on_progress(Progress(self._progress, self.frames_done, skipped_frames, fps, eta_s, *info.resolution_wh))
