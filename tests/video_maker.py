"""Make small real videos for tests."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from webapp.vision.frames import Frame

MS = Fraction(1, 1000)


def numbered_frame(number: int, width: int = 128, height: int = 96) -> Frame:
    """Return a grey frame, uint8 (H, W, 3) BGR, with a red top left quarter and a bar that moves."""
    frame = np.full((height, width, 3), 90, np.uint8)
    frame[: height // 2, : width // 2] = (0, 0, 255)
    frame[-8:, (number * 4) % width :][:, :8] = 255
    return frame


def make_video(
    path: Path,
    frames: Sequence[Frame] | int = 30,
    fps: int = 30,
    times_ms: Sequence[int] | None = None,
    container: str = "mp4",
    codec: str = "libx264",
    sound: str | None = None,
    rotation: int = 0,
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
) -> Path:
    """Write a video.

    Args:
        path: file to write.
        frames: uint8 (H, W, 3) BGR each, or how many `numbered_frame`s.
        fps: even spacing, unless `times_ms` has the time of every frame.
        sound: codec of a beep of the same length, or None.
        rotation: degrees counter-clockwise, as metadata.
    """
    pictures = [numbered_frame(i) for i in range(frames)] if isinstance(frames, int) else list(frames)
    with av.open(str(path), "w", format=container, options=options or {}) as file:
        video: Any = file.add_stream(codec, rate=fps, options=codec_options or {})
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt = pix_fmt
        if times_ms is not None:
            video.codec_context.time_base = MS
        if rotation:
            video.set_display_rotation(rotation)
        audio = file.add_stream(sound, rate=48_000, layout="mono") if sound else None
        for i, picture in enumerate(pictures):
            frame = VideoFrame.from_ndarray(picture, "bgr24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = (times_ms[i], MS) if times_ms is not None else (i, Fraction(1, fps))
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
        if audio is not None:
            seconds = (times_ms[-1] / 1000) if times_ms is not None else len(pictures) / fps
            for packet in _beep(audio, seconds):
                file.mux(packet)
    return path


def make_sound(path: Path, seconds: float = 1.0) -> Path:
    """Write an MP4 with AAC and nothing else."""
    with av.open(str(path), "w", format="mp4") as file:
        audio = file.add_stream("aac", rate=48_000, layout="mono")
        for packet in _beep(audio, seconds):
            file.mux(packet)
    return path


def read_video(path: Path) -> tuple[list[float], list[Frame], float]:
    """Return the times (seconds), the frames (uint8 (H, W, 3) BGR) and the duration (seconds) of a video."""
    times, frames = [], []
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            times.append(frame.time)
            frames.append(frame.to_ndarray(format="bgr24"))
        stream = file.streams.video[0]
        duration_s = float((stream.duration or 0) * (stream.time_base or 0))
    return times, frames, duration_s


def _beep(audio: Any, seconds: float) -> Any:
    samples = (np.sin(np.arange(int(48_000 * seconds)) / 20) * 8000).astype(np.int16)
    for start in range(0, len(samples), 960):
        chunk = samples[None, start : start + 960]
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(chunk), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        yield from audio.encode(frame)
    yield from audio.encode(None)
