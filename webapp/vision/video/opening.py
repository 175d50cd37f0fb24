"""Open videos safely: as the format that the first bytes name, this file alone, up to a number of pixels."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Any, BinaryIO

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from webapp.vision.errors import VideoError
from webapp.vision.video.codecs import DECODERS, SOUND_DECODERS, VIDEO_DECODERS, not_decoded
from webapp.vision.video.containers import MAGIC_BYTES, NOT_A_VIDEO, sniff_container

_BUFFER_BYTES = 1 << 18


@dataclass(frozen=True)
class VideoLimits:
    """Limits of a video.

    Args:
        max_s: longest video, seconds by its time stamps, not by its header.
        max_px: largest frame, pixels.
        output_px: longer side of the frames handed out, pixels; larger ones are scaled down.
        deadline_s: wall time for the whole video, seconds.
    """

    max_s: float
    max_px: int
    output_px: int
    deadline_s: float

    def check_size(self, width: int, height: int) -> None:
        """Refuse a frame of too many pixels.

        Raises:
            VideoError: `too_large`.
        """
        if width * height > self.max_px:
            raise VideoError(
                "too_large", f"The frames of this video have {width} x {height} pixels, which is above the limit."
            )

    def check_time(self, time_s: float) -> None:
        """Refuse a frame too far from the start.

        Raises:
            VideoError: `too_long`.
        """
        if time_s > self.max_s:
            raise VideoError("too_long", f"This video is longer than {self.max_s:g} seconds. Shorten it and try again.")


def container_format(file: BinaryIO) -> str:
    """Return the FFmpeg format that the first bytes of a file name; see `containers.sniff_container`.

    Args:
        file: read from its start.

    Raises:
        VideoError: `unsupported_media`.
    """
    file.seek(0)
    container = sniff_container(file.read(MAGIC_BYTES))
    if container is None:
        raise VideoError("unsupported_media", NOT_A_VIDEO)
    return container


def open_container(file: BinaryIO, container: str, limits: VideoLimits) -> InputContainer:
    """Open a file as the given format, from its start; FFmpeg can open no other file.

    Args:
        file: the video; it stays open when the container is closed.
        container: see `container_format`.
        limits: its `max_px` reaches every decoder, so that a header cannot ask for a huge picture.

    Raises:
        VideoError: `bad_video` or `too_large`.
    """
    # The file is handed over open and every further open is refused; the options forbid the same to FFmpeg itself.
    options = {"protocol_whitelist": "none", "codec_whitelist": DECODERS, "max_pixels": str(limits.max_px)}
    if container == "mov":
        options |= {"enable_drefs": "0", "use_absolute_path": "0"}
    file.seek(0)
    try:
        return av.open(
            file,
            "r",
            format=container,
            options=options,
            metadata_errors="replace",
            buffer_size=_BUFFER_BYTES,
            io_open=_refuse_open,
        )
    except (av.FFmpegError, ValueError, PermissionError) as error:
        raise_if_no_memory(error)
        raise VideoError("bad_video", "This video cannot be read; it may be cut off or damaged.") from error


def find_video(container: InputContainer) -> VideoStream:
    """Return the video stream.

    Raises:
        VideoError: `no_video`, or `unsupported_media` where its decoder is not on the list.
    """
    for stream in container.streams.video:
        # A cover picture in an audio file is a "video stream" too.
        if not stream.disposition & Disposition.attached_pic and stream.codec_context is not None:
            if stream.codec_context.name not in VIDEO_DECODERS:
                raise VideoError("unsupported_media", not_decoded(stream.codec_context.name))
            return stream
    raise VideoError("no_video", "This file contains no video.")


def find_sound(container: InputContainer) -> AudioStream | None:
    """Return the sound stream, or None where there is none that can be decoded."""
    sound = container.streams.best("audio")
    if not isinstance(sound, AudioStream) or sound.codec_context is None:
        return None
    return sound if sound.codec_context.name in SOUND_DECODERS else None


def raise_if_no_memory(error: Exception) -> None:
    """Turn running out of memory into an error of its own; every other error is ignored.

    Raises:
        VideoError: `too_large`.
    """
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        raise VideoError("too_large", "This video needs more memory than it may use here.") from error


def _refuse_open(url: str, flags: int, options: dict[str, str]) -> Any:
    raise PermissionError("a video may not open another file")
