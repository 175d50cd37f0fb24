"""Probe a video before its annotation: its true length, and whether it can be decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from av.packet import Packet

from webapp.vision.errors import VideoError
from webapp.vision.video.geometry import Size
from webapp.vision.video.reader import VideoReader

_GAP_BYTES = 2048

_CUT_S = 0.5
"""A file whose packets end so much earlier than its header says was cut off."""


@dataclass(frozen=True)
class VideoInfo:
    """A video by its packets, not its header: recordings of browsers have no length in the header.

    Args:
        resolution_wh: size of the frames handed out, pixels: upright, square pixels, even, scaled down.
        duration_s: from the first frame's start to the last frame's end.
        frames: packets of the video stream.
        lost_frames: frames whose packets are missing; an estimate.
        fps: mean frames a second.
        codec: of the video stream, like `h264`.
        sound: codec of the sound, None without.
    """

    resolution_wh: Size
    duration_s: float
    frames: int
    lost_frames: int
    fps: float
    codec: str
    sound: str | None


def probe(reader: VideoReader) -> VideoInfo:
    """Decode one frame, then count packets to the end without decoding them.

    Args:
        reader: at the start of its video, where it is left again.

    Raises:
        VideoError: `bad_video`, `no_video`, `too_large`, `too_long` or `deadline`.
    """
    resolution_wh = _first_size(reader)
    rate, codec = float(reader.rate), reader.video.codec_context.name
    sound = None if reader.sound is None else reader.sound.codec_context.name
    reader.rewind()
    count = _Count(reader, rate)
    for packet in reader.every_packet():
        count.add(packet)
    reader.rewind()
    duration_s = count.last_s + 1 / rate
    fps = count.frames / duration_s
    return VideoInfo(resolution_wh, duration_s, count.frames, count.lost_frames(), fps, codec, sound)


def _first_size(reader: VideoReader) -> Size:
    packets = 0
    for packet in reader.packets(reader.video):
        packets += packet.size > 0
        for _ in reader.decode(packet):
            break
        if reader.output_wh is not None:
            return reader.output_wh
    if packets:
        raise VideoError("bad_video", "No frame of this video can be decoded; it may be damaged.")
    raise VideoError("no_video", "This video is empty: it contains no frames.")


class _Count:
    """Counts frames, and those that a damaged video has lost.

    Where the file has no index (Matroska, AVI), demuxers skip a broken part without an error.
    It shows as bytes that belong to no packet, together with a jump in time; either alone is normal: videos
    have headers and pauses.
    """

    def __init__(self, reader: VideoReader, rate: float) -> None:
        self._reader, self._rate = reader, rate
        self._end_of_packet: int | None = None
        self._gap = self._gap_ever = False
        self._lost = 0
        self._end_s = 0.0
        self.frames = 0
        self.last_s = 0.0

    def add(self, packet: Packet[Any]) -> None:
        """Count one packet of any stream, in the file's order."""
        if packet.size == 0:
            return
        if packet.pos is not None and not self._reader.has_index:
            if self._end_of_packet is not None and packet.pos - self._end_of_packet > _GAP_BYTES:
                self._gap = self._gap_ever = True
            self._end_of_packet = packet.pos + packet.size
        if packet.pts is not None and packet.time_base is not None:
            self._end_s = max(self._end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        if packet.stream_index == self._reader.video.index and not packet.is_discard:
            self._add_frame(packet)

    def lost_frames(self) -> int:
        """Return how many frames are probably missing."""
        if self._reader.has_index:
            return self._reader.frames_beyond_end()
        return self._lost_between() + self._lost_at_end()

    def _lost_at_end(self) -> int:
        missing_s = (self._reader.declared_s or 0.0) - self._end_s
        return round(missing_s * self._rate) if missing_s > _CUT_S else 0

    def _lost_between(self) -> int:
        # AVI counts its frames in a header. The count is used only where something is missing, and limited.
        by_header = min(self._reader.video.frames - self.frames, self.frames)
        return max(self._lost, by_header) if self._gap_ever else 0

    def _add_frame(self, packet: Packet[Any]) -> None:
        stamp = packet.pts if packet.pts is not None else packet.dts
        time_s = (
            self.frames / self._rate if stamp is None else float(stamp * self._reader.time_base) - self._reader.start_s
        )
        self._reader.limits.check_time(time_s)
        if self._gap:
            self._gap = False
            self._lost += max(0, round((time_s - self.last_s) * self._rate) - 1)
        self.frames, self.last_s = self.frames + 1, max(self.last_s, time_s)
