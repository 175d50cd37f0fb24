from __future__ import annotations

import math
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.video_maker import make_sound, make_video, numbered_frame, read_video
from webapp.vision.detections import Detections
from webapp.vision.errors import VideoError
from webapp.vision.frames import Frame
from webapp.vision.video.annotation import Follow, VideoAnnotation, VideoSummary
from webapp.vision.video.containers import sniff_container
from webapp.vision.video.opening import VideoLimits
from webapp.vision.video.parallel import Detect
from webapp.vision.video.reader import VideoReader

UNEVEN_MS = [0, 33, 100, 110, 400, 433, 900, 1500, 1533]
RED, GREY, TOLERANCE = (0, 0, 255), (90, 90, 90), 16
LIMITS = VideoLimits(max_s=600, max_px=8_900_000, output_px=1280, deadline_s=1800)


def detect_nothing(frame: Frame) -> Detections:
    return Detections.empty()


def as_detected(frame: Frame, detections: Detections, time_s: float) -> Detections:
    return detections


def annotation(
    source: Path,
    target: Path,
    limits: VideoLimits | None = None,
    detect: Detect = detect_nothing,
    threads: int = 1,
    follow: Follow = as_detected,
) -> VideoAnnotation:
    return VideoAnnotation(source, target, lambda: detect, threads, follow, limits or LIMITS)


def annotate(source: Path, target: Path, limits: VideoLimits | None = None, **more: Any) -> VideoSummary:
    with annotation(source, target, limits, **more) as running:
        for _ in running:
            pass
    return running.summary()


def assert_near(pixel: np.ndarray, colour: tuple[int, int, int]) -> None:
    assert np.abs(pixel.astype(int) - colour).max() <= TOLERANCE, (pixel, colour)


def test_an_annotated_video_plays_in_browsers(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    annotate(make_video(tmp_path / "in.mp4", sound="aac"), target)
    data = target.read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat"), "the index must be at the front"
    with av.open(str(target)) as file:
        video, sound = file.streams.video[0], file.streams.audio[0]
        assert (video.codec_context.name, video.pix_fmt) == ("h264", "yuv420p")
        assert sound.codec_context.name == "aac"


def test_frames_keep_order_number_and_picture(tmp_path: Path) -> None:
    pictures = [np.full((96, 128, 3), 20 + 5 * i, np.uint8) for i in range(40)]
    annotate(make_video(tmp_path / "in.mp4", pictures), tmp_path / "out.mp4", threads=3)
    _, frames, _ = read_video(tmp_path / "out.mp4")
    assert len(frames) == 40
    means = [float(frame.mean()) for frame in frames]
    assert means == sorted(means)
    assert means == pytest.approx([float(picture.mean()) for picture in pictures], abs=9)


def one_face(frame: Frame) -> Detections:
    one = np.ones(1, np.float32)
    return Detections(np.array([[40, 30, 100, 90]], np.float32), one, np.zeros(1, np.int64), one)


def test_what_is_drawn_is_in_the_video(tmp_path: Path) -> None:
    source = make_video(tmp_path / "in.mp4", [np.full((96, 128, 3), 90, np.uint8)] * 5)
    annotate(source, tmp_path / "bare.mp4")
    annotate(source, tmp_path / "drawn.mp4", detect=one_face)
    bare, drawn = (read_video(tmp_path / name)[1][2].astype(int) for name in ("bare.mp4", "drawn.mp4"))
    changed = np.abs(drawn - bare).max(axis=2) > 40
    assert changed[80:94, 38:60].any(), "a corner of the box is drawn"
    assert not changed[50:70, 60:80].any(), "the middle of the face is left alone"


def test_colours_survive(tmp_path: Path) -> None:
    annotate(make_video(tmp_path / "in.mp4", 5), tmp_path / "out.mp4")
    frame = read_video(tmp_path / "out.mp4")[1][0]
    assert_near(frame[20, 20], RED)
    assert_near(frame[20, 100], GREY)


@pytest.mark.parametrize(
    ("name", "container", "codec", "options"),
    [("in.mp4", "mp4", "libx264", {}), ("in.webm", "webm", "libvpx", {}), ("in.webm", "webm", "libvpx", {"live": "1"})],
    ids=["mp4", "webm", "webm without length, as a browser records it"],
)
def test_uneven_time_stamps_are_kept(
    tmp_path: Path, name: str, container: str, codec: str, options: dict[str, str]
) -> None:
    source = make_video(
        tmp_path / name, len(UNEVEN_MS), times_ms=UNEVEN_MS, container=container, codec=codec, options=options
    )
    summary = annotate(source, tmp_path / "out.mp4")
    times, _, duration_s = read_video(tmp_path / "out.mp4")
    assert times == pytest.approx([t / 1000 for t in UNEVEN_MS], abs=0.001)
    assert duration_s >= UNEVEN_MS[-1] / 1000
    assert summary.info.duration_s == pytest.approx(UNEVEN_MS[-1] / 1000, abs=0.25)


def test_a_recording_that_starts_late_keeps_picture_and_sound_together(tmp_path: Path) -> None:
    shifted = [5000 + t for t in UNEVEN_MS]
    source = make_video(tmp_path / "in.mkv", len(shifted), times_ms=shifted, container="matroska")
    annotate(source, tmp_path / "out.mp4")
    assert read_video(tmp_path / "out.mp4")[0] == pytest.approx([t / 1000 for t in UNEVEN_MS], abs=0.002)


def test_sound_that_is_aac_is_copied_untouched(tmp_path: Path) -> None:
    def sound_of(path: Path) -> list[bytes]:
        with av.open(str(path)) as file:
            return [bytes(packet) for packet in file.demux(audio=0) if packet.size]

    source = make_video(tmp_path / "in.mp4", sound="aac")
    annotate(source, tmp_path / "out.mp4")
    assert sound_of(tmp_path / "out.mp4") == sound_of(source)


@pytest.mark.parametrize(
    ("container", "codec", "pix_fmt", "sound"),
    [
        ("webm", "libvpx", "yuv420p", "libopus"),
        ("matroska", "libx264", "yuv420p", "libmp3lame"),
        ("avi", "mjpeg", "yuvj420p", "libmp3lame"),
        ("mov", "libx264", "yuv420p", "pcm_s16le"),
    ],
)
def test_other_sound_becomes_aac_of_the_same_length(
    tmp_path: Path, container: str, codec: str, pix_fmt: str, sound: str
) -> None:
    source = make_video(tmp_path / "in", 45, container=container, codec=codec, pix_fmt=pix_fmt, sound=sound)
    summary = annotate(source, tmp_path / "out.mp4")
    assert (summary.frames_done, summary.skipped_frames) == (45, 0)
    with av.open(str(tmp_path / "out.mp4")) as file:
        stream = file.streams.audio[0]
        assert stream.codec_context.name == "aac"
        assert float((stream.duration or 0) * (stream.time_base or 0)) == pytest.approx(1.5, abs=0.06)


@pytest.mark.parametrize(
    ("degrees", "size", "red_corner"),
    [(0, (96, 128), (0, 0)), (90, (128, 96), (1, 0)), (180, (96, 128), (1, 1)), (270, (128, 96), (0, 1))],
)
def test_rotated_videos_come_out_upright(
    tmp_path: Path, degrees: int, size: tuple[int, int], red_corner: tuple[int, int]
) -> None:
    annotate(make_video(tmp_path / "in.mp4", 5, rotation=degrees), tmp_path / "out.mp4")
    frame = read_video(tmp_path / "out.mp4")[1][0]
    assert frame.shape[:2] == size
    # Counter-clockwise: the red corner wanders from top left to bottom left, bottom right, top right.
    y, x = (20 if not low else size[i] - 20 for i, low in enumerate(red_corner))
    assert_near(frame[y, x], RED)
    with av.open(str(tmp_path / "out.mp4")) as file:
        assert next(file.decode(video=0)).rotation == 0


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(640, 360, (320, 180)), (321, 97, (320, 96)), (18, 18, (18, 18)), (1000, 6, (320, 16))],
)
def test_sizes_are_even_and_capped(tmp_path: Path, width: int, height: int, expected: tuple[int, int]) -> None:
    pictures = [np.full((height, width, 3), 90, np.uint8)] * 3
    source = make_video(tmp_path / "in.avi", pictures, container="avi", codec="mjpeg", pix_fmt="yuvj444p")
    summary = annotate(source, tmp_path / "out.mp4", replace(LIMITS, output_px=320))
    assert summary.info.resolution_wh == expected
    assert read_video(tmp_path / "out.mp4")[1][0].shape[1::-1] == expected


def test_ten_bit_hevc_is_read(tmp_path: Path) -> None:
    quiet = {"x265-params": "log-level=0"}
    source = make_video(tmp_path / "in.mp4", 5, codec="libx265", pix_fmt="yuv420p10le", codec_options=quiet)
    annotate(source, tmp_path / "out.mp4")
    assert_near(read_video(tmp_path / "out.mp4")[1][0][20, 20], RED)


def test_avi_frames_stored_out_of_order_are_spaced_evenly(tmp_path: Path) -> None:
    annotate(make_video(tmp_path / "in.avi", container="avi"), tmp_path / "out.mp4")
    assert read_video(tmp_path / "out.mp4")[0] == pytest.approx([i / 30 for i in range(30)], abs=0.001)


def test_frames_come_with_number_time_and_progress_in_order(tmp_path: Path) -> None:
    with annotation(make_video(tmp_path / "in.mp4"), tmp_path / "out.mp4") as running:
        items = list(running)
    summary = running.summary()
    assert [item.number for item in items] == list(range(30))
    assert [item.time_s for item in items] == pytest.approx([i / 30 for i in range(30)])
    steps = [item.progress for item in items]
    progress = [step.progress for step in steps]
    assert progress == sorted(progress)
    assert 0 <= progress[0] < 0.1
    assert 0.9 < progress[-1] <= 1
    assert summary.frames_done == steps[-1].frames_done == 30
    assert summary.skipped_frames == 0
    assert {(step.width, step.height) for step in steps} == {(128, 96)}
    assert min(summary.decode_s, summary.detect_s, summary.draw_s, summary.encode_s) > 0


@pytest.mark.parametrize(
    ("container", "codec", "options"),
    [
        ("mp4", "libx264", {"movflags": "faststart"}),
        ("webm", "libvpx", {}),
        ("matroska", "libx264", {}),
    ],
    ids=["mp4", "webm", "matroska"],
)
def test_of_a_file_that_was_cut_off_the_missing_frames_are_counted(
    tmp_path: Path, container: str, codec: str, options: dict[str, str]
) -> None:
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 255, (96, 128, 3)).astype(np.uint8) for _ in range(40)]
    every_10th = {"g": "10"}
    whole = make_video(tmp_path / "whole", noise, 10, None, container, codec, options=options, codec_options=every_10th)
    assert annotate(whole, tmp_path / "out.mp4").skipped_frames == 0
    cut = tmp_path / "cut"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    summary = annotate(cut, tmp_path / "out.mp4")
    assert 5 < summary.frames_done < 35
    assert summary.frames_done + summary.skipped_frames == pytest.approx(40, abs=2)


def test_detections_are_followed_in_the_order_of_the_frames(tmp_path: Path) -> None:
    times: list[float] = []

    def follow(frame: Frame, detections: Detections, time_s: float) -> Detections:
        times.append(time_s)
        return one_face(frame)

    with annotation(make_video(tmp_path / "in.mp4"), tmp_path / "out.mp4", threads=3, follow=follow) as running:
        assert [len(item.detections) for item in running] == [1] * 30
    assert times == pytest.approx([i / 30 for i in range(30)])


def test_an_error_of_the_detector_arrives(tmp_path: Path) -> None:
    def detect(frame: Frame) -> Detections:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        annotate(make_video(tmp_path / "in.mp4"), tmp_path / "out.mp4", detect=detect)


def test_the_file_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_video(tmp_path / "in.mp4")
    opened: list[Path] = []
    open_path = Path.open

    def counted(self: Path, *arguments: Any, **more: Any) -> Any:
        opened.append(self)
        return open_path(self, *arguments, **more)

    monkeypatch.setattr(Path, "open", counted)
    annotate(source, tmp_path / "out.mp4")
    assert opened == [source]


def nothing_at_all(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def text_that_points_elsewhere(path: Path) -> Path:
    path.write_text("ffconcat version 1.0\nfile neighbour.mp4\n")
    return path


def without_index(path: Path) -> Path:
    data = make_video(path).read_bytes()
    path.write_bytes(data[: data.find(b"moov") - 4])
    return path


def without_frames(path: Path) -> Path:
    with av.open(str(path), "w", format="mp4") as file:
        video = file.add_stream("libx264", rate=30)
        video.width, video.height, video.pix_fmt = 128, 96, "yuv420p"
        file.start_encoding()
    return path


@pytest.mark.parametrize(
    ("make", "limits", "code"),
    [
        (nothing_at_all, LIMITS, "unsupported_media"),
        (text_that_points_elsewhere, LIMITS, "unsupported_media"),
        (without_index, LIMITS, "bad_video"),
        (without_frames, LIMITS, "no_video"),
        (make_sound, LIMITS, "no_video"),
        (make_video, replace(LIMITS, max_px=128 * 96 - 1), "too_large"),
        (make_video, replace(LIMITS, max_s=0.9), "too_long"),
        (make_video, replace(LIMITS, deadline_s=-1), "deadline"),
    ],
    ids=["empty", "text", "no index", "no frames", "sound only", "pixels", "seconds", "deadline"],
)
def test_refusals_have_a_code_and_a_sentence(tmp_path: Path, make: Any, limits: VideoLimits, code: str) -> None:
    source = make(tmp_path / "in.mp4")
    with pytest.raises(VideoError) as refusal:
        annotate(source, tmp_path / "out.mp4", limits)
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")
    assert str(tmp_path) not in refusal.value.message


def test_pixels_are_checked_before_anything_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_video(tmp_path / "in.mp4", [np.zeros((1080, 1920, 3), np.uint8)])
    started = time.perf_counter()
    with pytest.raises(VideoError, match="1920 x 1080"):
        VideoReader(source, replace(LIMITS, max_px=1_000_000))
    assert time.perf_counter() - started < 1


def test_a_video_may_be_as_long_as_wanted_where_nobody_limits_it(tmp_path: Path) -> None:
    annotate(
        make_video(tmp_path / "in.mp4", 3), tmp_path / "out.mp4", replace(LIMITS, max_s=math.inf, deadline_s=math.inf)
    )


def test_a_video_whose_pictures_change_size_keeps_one_size(tmp_path: Path) -> None:
    # A phone that is turned while its browser records sends this.
    first = make_video(tmp_path / "a.webm", 5, container="webm", codec="libvpx")
    second = make_video(
        tmp_path / "b.webm", [numbered_frame(i, 96, 128) for i in range(5)], container="webm", codec="libvpx"
    )
    both = tmp_path / "both.webm"
    with av.open(both.open("wb"), "w", format="webm") as file, av.open(str(first)) as a, av.open(str(second)) as b:
        stream = file.add_stream_from_template(a.streams.video[0])
        for offset_ms, part in ((0, a), (200, b)):
            for packet in part.demux(video=0):
                if packet.size and packet.pts is not None and packet.dts is not None:
                    packet.pts, packet.dts = packet.pts + offset_ms, packet.dts + offset_ms
                    packet.stream = stream
                    file.mux(packet)
    summary = annotate(both, tmp_path / "out.mp4")
    _, frames, _ = read_video(tmp_path / "out.mp4")
    assert summary.info.resolution_wh == (128, 96)
    assert len(frames) == 10
    assert_near(frames[-1][48, 4], (0, 0, 0))
    assert_near(frames[-1][20, 44], RED)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads Linux's /proc")
def test_memory_stays_flat_however_long_the_video(tmp_path: Path) -> None:
    resident: list[int] = []
    with annotation(make_video(tmp_path / "in.mp4", 3000, sound="aac"), tmp_path / "out.mp4") as running:
        for item in running:
            if item.progress.frames_done % 500 == 0:
                resident.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
    assert len(resident) == 6
    assert resident[-1] - resident[0] < 10_000_000


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "mov"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "mov"),
        (b"\0\0\x10\0moov\0\0\0\x6cmvhd", "mov"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81", "matroska"),
        (b"RIFF\0\0\1\0AVI LIST", "avi"),
        (b"RIFF\0\0\1\0WAVEfmt ", None),
        (b"\0\0\0\x1cftypavif\0\0\0\0", None),
        (b"\0\0\0\x18ftypheic\0\0\0\0", None),
        (b"ffconcat version", None),
        (b"#EXTM3U\n#EXT-X-T", None),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1", None),
        (b"G@\0\x10\0\0\xb0\r\0\1\xc1\0\0\0\1\xf0", None),
        (b"", None),
        (b"mov", None),
    ],
)
def test_first_bytes_decide(head: bytes, expected: str | None) -> None:
    assert sniff_container(head) == expected
