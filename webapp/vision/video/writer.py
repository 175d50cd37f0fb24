"""Write videos that every browser plays: H.264 and AAC in MP4, the index at the front."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.packet import Packet
from av.video.frame import VideoFrame

from webapp.vision.errors import NO_ROOM, VideoError
from webapp.vision.frames import Frame
from webapp.vision.video.opening import raise_if_no_memory
from webapp.vision.video.sound import SoundTrack

# Without B-frames decoding order is showing order, so time stamps reach the file as they are: with them, the
# duration of a video of variable frame rate came out wrong, and players that ignore edit lists lag behind the sound.
_X264 = {"preset": "fast", "crf": "23", "bf": "0"}
_X264_THREADS = 2
_BT709, _BT601, _LIMITED_RANGE = 1, 6, 1  # ITU-T H.273, tables 2 to 4
_TICKS_MAX = 1_000_000
_FALLBACK_TIME_BASE = Fraction(1, 90_000)


class VideoWriter:
    """An MP4 being written; leave the `with` block without an exception to finish it.

    Args:
        target: file to write; its folder must be there.
        resolution_wh: even width and height of every frame, pixels.
        time_base: unit of the time stamps handed to `write`, seconds.
        rate: nominal frames a second; a hint for the encoder; the time stamps count.
        sound: sound stream of the source, with a decoder, or None.
        start_s: seconds to take off the time stamps of sound packets.

    Raises:
        VideoError: `storage_full` from any method.
    """

    def __init__(
        self,
        target: Path,
        resolution_wh: tuple[int, int],
        time_base: Fraction,
        rate: Fraction,
        sound: AudioStream | None = None,
        start_s: float = 0.0,
    ) -> None:
        self.encode_s = 0.0
        self._time_base = time_base
        # Absolute: FFmpeg takes what stands before the colon of `14:05.mp4` for a protocol.
        self._container = av.open(str(target.absolute()), "w", format="mp4", options={"movflags": "+faststart"})
        video = self._container.add_stream("libx264", rate=rate, options=dict(_X264))
        video.width, video.height = resolution_wh
        video.pix_fmt = "yuv420p"
        video.thread_count = _X264_THREADS
        context = video.codec_context
        context.time_base = time_base if time_base.denominator <= _TICKS_MAX else _FALLBACK_TIME_BASE
        context.flags |= Flags.frame_duration
        # Name the colour space: players infer it from the size otherwise, and differ.
        context.colorspace, context.color_range = _BT601, _LIMITED_RANGE
        context.color_primaries = context.color_trc = _BT709
        self._video = video
        self._sound = None if sound is None else SoundTrack(self._container, sound, start_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._finish()
            return
        # The video is abandoned; the exception in progress has the reason.
        with suppress(av.FFmpegError, ValueError):
            self._container.close()

    def write(self, frame: Frame, pts: int, duration: int) -> None:
        """Append one frame.

        Args:
            frame: uint8 (H, W, 3) BGR of `resolution_wh`.
            pts: presentation time in `time_base`, larger than the one before.
            duration: in `time_base`, 0 where unknown.
        """
        started = time.perf_counter()
        # OpenCV rounds where FFmpeg's scaler cuts off (a grey of 90 came out as 86, 89, 87), in a quarter of the time.
        picture = VideoFrame.from_ndarray(
            cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).astype(np.uint8, copy=False), "yuv420p"
        )
        picture.pts, picture.duration, picture.time_base = pts, duration, self._time_base
        with _translated_errors():
            self._container.mux(self._video.encode(picture))
        self.encode_s += time.perf_counter() - started

    def write_sound(self, packet: Packet[Any]) -> None:
        """Append one packet of the source's sound; broken ones are left out."""
        if self._sound is not None:
            started = time.perf_counter()
            with _translated_errors():
                self._container.mux(self._sound.convert(packet))
            self.encode_s += time.perf_counter() - started

    def _finish(self) -> None:
        started = time.perf_counter()
        with _translated_errors():
            self._container.mux(self._video.encode(None))
            if self._sound is not None:
                self._container.mux(self._sound.finish())
            self._container.close()
        self.encode_s += time.perf_counter() - started


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        raise_if_no_memory(error)
        if error.errno in NO_ROOM:
            raise VideoError(
                "storage_full", "There is no disk space left for the annotated video. Try again later."
            ) from error
        raise VideoError("bad_video", "The annotated video could not be written.") from error
