"""Read videos frame by frame: time stamps kept, broken packets skipped and counted."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame

from webapp.vision.errors import VideoError
from webapp.vision.frames import Frame
from webapp.vision.video.geometry import Size, natural_size, output_size, upright
from webapp.vision.video.opening import (
    VideoLimits,
    container_format,
    find_sound,
    find_video,
    open_container,
    raise_if_no_memory,
)

_READ_ERRORS_MAX = 100
_DECODE_THREADS = 2
_DEFAULT_RATE = Fraction(25)
_TIME_BASE = Fraction(1, 90_000)


@dataclass(frozen=True)
class TimedFrame:
    """One decoded frame.

    Args:
        frame: uint8 (H, W, 3) BGR, upright, of the reader's `output_wh`.
        pts: presentation time in `VideoReader.time_base`, strictly rising.
        duration: in the same unit.
        time_s: presentation time in seconds from the video's start.
    """

    frame: Frame
    pts: int
    duration: int
    time_s: float


class VideoReader:
    """A video, opened once; iterate for `TimedFrame`s and, in between and in the file's order, sound packets.

    `skipped_frames` counts what could not be decoded, `decode_s` is the wall time of decoding, `output_wh` is set
    by the first frame, `has_index` is whether a table in the file has the position of every frame. `rewind` resets
    the first three.

    Args:
        path: the video.
        limits: pixels are checked before anything is decoded; `deadline_s` counts from here.

    Raises:
        VideoError: `unsupported_media`, `bad_video`, `no_video`, `too_large`, and while iterating
            also `too_long` and `deadline`.
    """

    def __init__(self, path: Path, limits: VideoLimits) -> None:
        self.limits = limits
        self._give_up_at = time.monotonic() + limits.deadline_s
        with ExitStack() as stack:
            self._file = stack.enter_context(path.open("rb"))
            self._format = container_format(self._file)
            self._open()
            stack.pop_all()

    def _open(self) -> None:
        self.skipped_frames = 0
        self.decode_s = 0.0
        self.output_wh: Size | None = None
        self._last_pts: int | None = None
        self._container = open_container(self._file, self._format, self.limits)
        try:
            self.video = find_video(self._container)
            self.limits.check_size(self.video.codec_context.width, self.video.codec_context.height)
        except VideoError:
            self._container.close()
            raise
        self.sound = find_sound(self._container)
        self.video.codec_context.options = {"max_pixels": str(self.limits.max_px)}
        self.video.codec_context.thread_type = "AUTO"
        self.video.codec_context.thread_count = _DECODE_THREADS
        self.time_base: Fraction = self.video.time_base or _TIME_BASE
        self.start_s = max((self._container.start_time or 0) / 1e6, 0.0)
        # AVI has only the order of its packets, and FFmpeg derives wrong times from it once frames are
        # stored out of order: the sorted order of packets is the order of frames.
        self._packet_times: deque[int] | None = deque() if self._format == "avi" else None
        self.has_index = self._format == "mov"

    def rewind(self) -> None:
        """Start again at the first packet, with a new demuxer and new decoders on the same open file."""
        self._container.close()
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._container.close()
        self._file.close()

    @property
    def rate(self) -> Fraction:
        """Nominal frames a second; a default where the video has none or an implausible one."""
        rate = self.video.average_rate or self.video.guessed_rate
        return rate if rate and 1 <= rate <= 240 else _DEFAULT_RATE

    @property
    def declared_s(self) -> float | None:
        """Length of the whole video as its header gives it, seconds; None where it gives none."""
        return None if self._container.duration is None else self._container.duration / 1e6

    def frames_beyond_end(self) -> int:
        """Return how many frames of the index lie beyond the end of the file, which was cut off; 0 without an index."""
        if not self.has_index:
            return 0
        end = Path(self._file.name).stat().st_size
        return sum(entry.pos >= end and not entry.is_discard for entry in self.video.index_entries)

    def __iter__(self) -> Iterator[TimedFrame | Packet[Any]]:
        streams = [self.video] if self.sound is None else [self.video, self.sound]
        for packet in self.packets(*streams):
            if packet.stream_index == self.video.index:
                yield from self.decode(packet)
            elif packet.dts is not None:
                yield packet

    def every_packet(self) -> Iterator[Packet[Any]]:
        """Yield the packets of all streams."""
        return self.packets(*self._container.streams)

    def packets(self, *streams: Stream) -> Iterator[Packet[Any]]:
        """Yield the packets of these streams, at last an empty one each that flushes the decoder."""
        for _ in range(_READ_ERRORS_MAX):
            try:
                for packet in self._container.demux(*streams):
                    if time.monotonic() > self._give_up_at:
                        raise VideoError("deadline", "This video takes too long to process. Try a shorter one.")
                    yield packet
                return
            except (av.FFmpegError, ValueError) as error:
                self._skip(error)

    def decode(self, packet: Packet[Any]) -> Iterator[TimedFrame]:
        """Yield the frames, none or several, that a packet of the video stream brings out of the decoder."""
        started = time.perf_counter()
        if self._packet_times is not None and packet.dts is not None:
            self._packet_times.append(packet.dts)
        try:
            frames: list[VideoFrame] = packet.decode()
        except (av.FFmpegError, ValueError) as error:
            self._skip(error)
            if self._packet_times:
                self._packet_times.popleft()
            frames = []
        self.decode_s += time.perf_counter() - started
        for raw in frames:
            started = time.perf_counter()
            timed = self._timed(raw)
            self.decode_s += time.perf_counter() - started
            yield timed

    def _timed(self, raw: VideoFrame) -> TimedFrame:
        self.limits.check_size(raw.width, raw.height)
        aspect = float(self.video.sample_aspect_ratio or 1)
        if self.output_wh is None:
            self.output_wh = output_size(natural_size(raw, aspect), self.limits.output_px)
        pts, step = self._pts(raw), self._step()
        time_s = float(pts * self.time_base)
        self.limits.check_time(time_s)
        return TimedFrame(upright(raw, aspect, self.output_wh), pts, raw.duration or step, time_s)

    def _pts(self, raw: VideoFrame) -> int:
        pts = self._packet_times.popleft() if self._packet_times else raw.pts
        if pts is not None:
            pts -= round(self.start_s / self.time_base)
        # Encoders need increasing times; where the clock of a video stops or jumps back, its own rate counts.
        if pts is None or (self._last_pts is not None and pts <= self._last_pts):
            pts = 0 if self._last_pts is None else self._last_pts + self._step()
        self._last_pts = pts
        return pts

    def _step(self) -> int:
        return max(1, round(1 / (self.rate * self.time_base)))

    def _skip(self, error: Exception) -> None:
        raise_if_no_memory(error)
        self.skipped_frames += 1
