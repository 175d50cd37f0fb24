"""The sound of a video: AAC packets are copied, anything else is re-encoded to AAC."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

_BIT_RATE = 128_000
_GAP_S = 0.1
_RATES = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 8_000)


class SoundTrack:
    """The sound stream of an output video.

    Broken packets of sound are left out; the frames are written in any case.

    Args:
        container: the output, its header not yet written.
        source: the sound stream of the input, with a decoder.
        start_s: seconds to take off every time stamp, the same as for the pictures.
    """

    def __init__(self, container: OutputContainer, source: AudioStream, start_s: float) -> None:
        self._start_s = start_s
        self._last_dts: int | None = None
        self._next_pts = 0
        context = source.codec_context
        # Without extradata the packets carry their own headers (ADTS), which MP4 does not take.
        self._copy = context.name == "aac" and bool(context.extradata)
        if self._copy:
            self._stream = container.add_stream_from_template(source)
        else:
            self._stream = _aac_stream(container, context)

    def convert(self, packet: Packet[AudioStream]) -> list[Packet[Any]]:
        """Return what is to be written for one packet of the source; nothing where it is broken."""
        try:
            return self._rising(self._copied(packet) if self._copy else self._encoded(packet))
        except (av.FFmpegError, ValueError):
            return []

    def finish(self) -> list[Packet[Any]]:
        """Return the packets that the encoder still holds."""
        try:
            return [] if self._copy else self._rising(self._stream.encode(None))
        except (av.FFmpegError, ValueError):
            return []

    def _rising(self, packets: list[Packet[Any]]) -> list[Packet[Any]]:
        kept: list[Packet[Any]] = []
        for packet in packets:
            # The muxer refuses time that stands still, and the video with it.
            if packet.dts is not None and (self._last_dts is None or packet.dts > self._last_dts):
                self._last_dts = packet.dts
                kept.append(packet)
        return kept

    def _copied(self, packet: Packet[AudioStream]) -> list[Packet[Any]]:
        if packet.dts is None or packet.pts is None or packet.size == 0:
            return []
        shift = round(self._start_s / packet.time_base)
        packet.dts, packet.pts = packet.dts - shift, packet.pts - shift
        packet.stream = self._stream
        return [packet]

    def _encoded(self, packet: Packet[AudioStream]) -> list[Packet[Any]]:
        packets: list[Packet[Any]] = []
        for frame in packet.decode():
            self._count_samples(frame)
            packets += self._stream.encode(frame)
        return packets

    def _count_samples(self, frame: AudioFrame) -> None:
        # Containers round sound to milliseconds or worse; counting samples is exact, and only a real gap moves it.
        if frame.pts is not None and frame.time_base is not None:
            expected = round((float(frame.pts * frame.time_base) - self._start_s) * frame.sample_rate)
            if expected - self._next_pts > _GAP_S * frame.sample_rate:
                self._next_pts = expected
        frame.pts, frame.time_base = self._next_pts, Fraction(1, frame.sample_rate)
        self._next_pts += frame.samples


def _aac_stream(container: OutputContainer, source: AudioCodecContext) -> AudioStream:
    rate = source.sample_rate if source.sample_rate in _RATES else _RATES[0]
    layout = "mono" if source.channels == 1 else "stereo"
    stream = container.add_stream("aac", rate=rate, layout=layout)
    stream.codec_context.bit_rate = _BIT_RATE
    return stream
