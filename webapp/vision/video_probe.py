"""Look through a film before working on it: its true length, and whether it can be worked on at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from webapp.vision.errors import VideoError
from webapp.vision.video_geometry import Size
from webapp.vision.video_open import VideoLimits
from webapp.vision.video_reader import VideoReader


@dataclass(frozen=True)
class VideoInfo:
    """A film as its packets, not its header, show it: recordings of browsers have no length in the header.

    Args:
        resolution_wh: size of the frames handed out, pixels: upright, square pixels, even, scaled down.
        duration_s: from the first frame's start to the last frame's end.
        frames: packets of the video stream.
        fps: mean frames a second.
        codec: of the pictures, say `h264`.
        sound: codec of the sound, None without.
    """

    resolution_wh: Size
    duration_s: float
    frames: int
    fps: float
    codec: str
    sound: str | None


def probe(path: Path, limits: VideoLimits) -> VideoInfo:
    """Decode one frame, then count packets to the end without decoding them.

    Args:
        path: the film.
        limits: see `VideoLimits`.

    Raises:
        VideoError: `unsupported_media`, `bad_video`, `no_video`, `too_large`, `too_long` or `deadline`.
    """
    with VideoReader(path, limits) as reader:
        resolution_wh = _first_size(reader)
        rate, codec = float(reader.rate), reader.video.codec_context.name
        sound = None if reader.sound is None else reader.sound.codec_context.name
    with VideoReader(path, limits) as reader:
        frames, last_s = _count(reader, rate)
    duration_s = last_s + 1 / rate
    return VideoInfo(resolution_wh, duration_s, frames, frames / duration_s, codec, sound)


def _first_size(reader: VideoReader) -> Size:
    packets = 0
    for packet in reader.packets(reader.video):
        packets += packet.size > 0
        for _ in reader.decode(packet):
            break
        if reader.output_wh is not None:
            return reader.output_wh
    if packets:
        raise VideoError("bad_video", "No picture of this film can be decoded; it may be damaged.")
    raise VideoError("no_video", "This film is empty: it holds no picture.")


def _count(reader: VideoReader, rate: float) -> tuple[int, float]:
    frames, last_s = 0, 0.0
    for packet in reader.packets(reader.video):
        if packet.size == 0 or packet.is_discard:
            continue
        stamp = packet.pts if packet.pts is not None else packet.dts
        time_s = frames / rate if stamp is None else float(stamp * reader.time_base) - reader.start_s
        reader.limits.check_time(time_s)
        frames, last_s = frames + 1, max(last_s, time_s)
    return frames, last_s
