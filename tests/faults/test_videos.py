"""Rows 15 to 22, 24, 26, 32 and 34 of the fault table: videos, through a real server and its real worker."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from pathlib import Path

import av
import numpy as np
import pytest
from skimage.data import astronaut

from tests.faults.video_client import URL, Answer, VideoClient
from tests.mirror_process import MirrorProcess
from tests.referring_video import make_referring_video
from tests.video_maker import make_sound, make_video, numbered_frame, read_video
from webapp.vision.frames import Frame
from webapp.vision.video.opening import VideoLimits, container_format, open_container

FACE_CENTRE = (0.44, 0.23)
"""Where the astronaut's face is, as fractions of a picture of 512 x 512."""


@pytest.fixture
def client(mirror: MirrorProcess) -> VideoClient:
    return VideoClient(mirror)


@pytest.fixture(autouse=True)
def _server_survives(mirror: MirrorProcess) -> object:
    yield
    assert mirror.healthy()
    assert b"Traceback" not in mirror.new_log()


def noise(frames: int, width: int = 320, height: int = 240) -> list[Frame]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 255, (height, width, 3), np.uint8) for _ in range(frames)]


def test_row_15_a_video_without_a_frame_is_refused_at_once(client: VideoClient, tmp_path: Path) -> None:
    """A file without a byte is refused with `no_video` as it arrives; sound alone becomes a job, which fails."""
    empty = client.upload(b"")
    assert (empty.status, empty.json["error"]["code"]) == (400, "no_video")
    started = time.monotonic()
    job = client.annotate(make_sound(tmp_path / "in.mp4"))
    assert (job["state"], job["error"]["code"]) == ("failed", "no_video")
    assert time.monotonic() - started < 10, "two seconds on an idle machine"


def test_row_16_the_tempo_of_a_browsers_recording_is_kept(client: VideoClient, tmp_path: Path) -> None:
    times_ms = [0, 30, 90, 95, 300, 700, 733, 1400]
    video = make_video(
        tmp_path / "in.webm",
        len(times_ms),
        times_ms=times_ms,
        container="webm",
        codec="libvpx",
        sound="libopus",
        options={"live": "1"},
    )
    job = client.annotate(video)
    times, _, duration_s = read_video(client.result(job, tmp_path / "out.mp4"))
    assert times == pytest.approx([t / 1000 for t in times_ms], abs=0.001)
    assert duration_s == pytest.approx(1.433, abs=0.04)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_row_17_rotated_videos_are_upright_with_boxes_on_faces(
    client: VideoClient, tmp_path: Path, degrees: int
) -> None:
    upright: Frame = astronaut()[:384, :, ::-1]
    # Stored turned clockwise, to be turned back by players.
    stored = np.ascontiguousarray(np.rot90(upright, -degrees // 90))
    job = client.annotate(make_video(tmp_path / "in.mp4", [stored] * 3, rotation=degrees))
    assert (job["state"], job["width"], job["height"]) == ("succeeded", 512, 384)
    _, frames, _ = read_video(client.result(job, tmp_path / "out.mp4"))
    assert len(frames) == 3
    # Away from the face, where nothing is drawn, the picture is the upright one.
    assert np.abs(frames[0][:, 320:].astype(int) - upright[:, 320:]).mean() < 8
    lines = client.detections(job)
    assert len(lines) == 3
    for line in lines:
        [face] = line["faces"]
        x1, y1, x2, y2 = face["box"]
        assert x1 < FACE_CENTRE[0] * 512 < x2
        assert y1 < FACE_CENTRE[1] * 512 < y2


def test_row_18_large_ten_bit_hevc_is_scaled_down(client: VideoClient, tmp_path: Path) -> None:
    options = {"x265-params": "log-level=0", "preset": "ultrafast"}
    frames = [numbered_frame(i, 3840, 2160) for i in range(4)]
    job = client.annotate(
        make_video(tmp_path / "in.mp4", frames, codec="libx265", pix_fmt="yuv420p10le", codec_options=options)
    )
    _, frames, _ = read_video(client.result(job, tmp_path / "out.mp4"))
    assert (len(frames), frames[0].shape) == (4, (720, 1280, 3))


def test_row_18_too_many_pixels_are_refused_with_the_reason(client: VideoClient, tmp_path: Path) -> None:
    frames = [np.zeros((3000, 4096, 3), np.uint8)]
    job = client.annotate(make_video(tmp_path / "in.mp4", frames, codec_options={"preset": "ultrafast"}))
    assert (job["state"], job["error"]["code"]) == ("failed", "too_large")
    assert "4096 x 3000" in job["error"]["message"]


@pytest.mark.parametrize(("container", "name"), [("mp4", "in.mp4"), ("matroska", "in.mkv"), ("avi", "in.avi")])
def test_row_19_what_can_be_read_of_a_damaged_video_is_finished(
    client: VideoClient, tmp_path: Path, container: str, name: str
) -> None:
    video = make_video(tmp_path / name, noise(60), container=container, codec_options={"g": "10"})
    data = bytearray(video.read_bytes())
    dice = random.Random(1)
    third = len(data) // 3
    data[third : third + third // 2] = dice.randbytes(third // 2)
    video.write_bytes(data)
    job = client.annotate(video)
    assert job["state"] == "succeeded"
    assert 30 <= job["frames_done"] < 60
    assert 60 - 5 <= job["frames_done"] + job["skipped_frames"] <= 60 + 5
    assert len(read_video(client.result(job, tmp_path / "out.mp4"))[1]) == job["frames_done"]


@pytest.mark.parametrize(
    ("container", "codec", "pix_fmt"),
    [
        ("matroska", "libx264", "yuv420p"),
        ("webm", "libvpx-vp9", "yuv420p"),
        ("mov", "libx264", "yuv420p"),
        ("avi", "mjpeg", "yuvj420p"),
    ],
)
def test_row_20_other_containers_work(
    client: VideoClient, tmp_path: Path, container: str, codec: str, pix_fmt: str
) -> None:
    job = client.annotate(make_video(tmp_path / "in", 6, container=container, codec=codec, pix_fmt=pix_fmt))
    assert (job["state"], job["frames_done"]) == ("succeeded", 6)


@pytest.mark.parametrize(("container", "codec"), [("flv", "flv"), ("mpegts", "libx264"), ("mpeg", "mpeg1video")])
def test_row_20_the_rest_is_refused(client: VideoClient, tmp_path: Path, container: str, codec: str) -> None:
    video = make_video(tmp_path / "in", 6, container=container, codec=codec)
    assert client.upload(video.read_bytes(), "in.mp4").status == 415


@pytest.mark.parametrize(
    ("container", "codec", "pix_fmt"),
    [
        ("matroska", "ffv1", "yuv420p"),
        ("avi", "huffyuv", "yuv422p"),
        ("avi", "zmbv", "bgr0"),
        ("mov", "png", "rgb24"),
        ("mov", "qtrle", "rgb24"),
    ],
)
def test_row_20_decoders_that_nobodys_video_needs_are_never_reached(
    client: VideoClient, tmp_path: Path, container: str, codec: str, pix_fmt: str
) -> None:
    video = make_video(tmp_path / "in", 6, container=container, codec=codec, pix_fmt=pix_fmt)
    with av.open(str(video)) as opened:
        assert opened.streams.video[0].codec_context.pix_fmt == pix_fmt, "FFmpeg alone decodes as it opens"
    limits = VideoLimits(max_s=60, max_px=1_000_000, output_px=640, deadline_s=60)
    with video.open("rb") as file, open_container(file, container_format(file), limits) as opened:
        assert opened.streams.video[0].codec_context.pix_fmt is None
    job = client.annotate(video)
    assert (job["state"], job["error"]["code"]) == ("failed", "unsupported_media")
    assert codec in job["error"]["message"]
    assert "H.264" in job["error"]["message"]


def test_row_20_without_index_is_refused_with_the_reason(client: VideoClient, tmp_path: Path) -> None:
    video = make_video(tmp_path / "in.mp4", 6)
    data = video.read_bytes()
    video.write_bytes(data[: data.find(b"moov") - 4])
    job = client.annotate(video)
    assert (job["state"], job["error"]["code"]) == ("failed", "bad_video")


def test_row_21_a_header_that_lies_about_its_length(client: VideoClient, tmp_path: Path) -> None:
    video = make_video(tmp_path / "in.mp4", 30)
    data = bytearray(video.read_bytes())
    for atom, offset in ((b"mvhd", 20), (b"mdhd", 20), (b"tkhd", 24)):
        at = data.find(atom) + offset
        data[at : at + 4] = struct.pack(">I", 0x7FFFFFFF)
    video.write_bytes(data)
    job = client.annotate(video)
    assert (job["state"], job["frames_done"]) == ("succeeded", 30)
    assert read_video(client.result(job, tmp_path / "out.mp4"))[2] == pytest.approx(1.0, abs=0.04)


def test_row_21_time_stamps_longer_than_allowed(client: VideoClient, tmp_path: Path) -> None:
    video = make_video(tmp_path / "in.mkv", 3, times_ms=[0, 33, 1_000_000_000], container="matroska")
    job = client.annotate(video)
    assert (job["state"], job["error"]["code"]) == ("failed", "too_long")


@pytest.mark.parametrize(
    "text",
    [
        b"ffconcat version 1.0\nfile ../neighbour/upload\n",
        b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n",
        b"<?xml version='1.0'?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>",
    ],
    ids=["ffconcat", "m3u8", "sdp", "dash"],
)
def test_row_22_text_that_points_at_other_files_is_refused(client: VideoClient, text: bytes) -> None:
    assert client.upload(text).status == 415


def test_row_22_text_behind_a_videos_first_bytes_is_still_no_video(client: VideoClient) -> None:
    posted = client.upload(b"#EXTftypM3U\n#EXTM3U\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")
    job = client.wait(posted.json["id"])
    assert (job["state"], job["error"]["code"]) == ("failed", "bad_video")


def test_row_22_a_video_whose_pictures_are_in_a_neighbours_file_stays_empty(
    client: VideoClient, mirror: MirrorProcess
) -> None:
    folders = [mirror.log.parent / "jobs" / (name * 32) for name in "ab"]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    neighbour = make_video(folders[0] / "upload", 5, container="mov")
    video = make_referring_video(folders[1] / "upload", neighbour)
    with av.open(str(video), format="mov", options={"enable_drefs": "1"}) as led_astray:
        assert len(list(led_astray.decode(video=0))) == 5, "FFmpeg alone would follow"
    job = client.annotate(video)
    assert (job["state"], job["error"]["code"], job["frames_done"]) == ("failed", "no_video", 0)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/passwd.mp4", "passwd.mp4"),
        ("a\0b.mp4", "ab.mp4"),
        ("n" * 300 + ".mp4", "n" * 200),
        ("gp\u202e4pm.exe", "gp4pm.exe"),
        ("CON", "CON"),
        ("-i", "-i"),
        ("<script>alert(1)<img>.mp4", "<script>alert(1)<img>.mp4"),
        ("$(touch x); `id`.mp4", "$(touch x); `id`.mp4"),
    ],
)
def test_row_24_names_are_text(
    client: VideoClient, mirror: MirrorProcess, tmp_path: Path, name: str, shown: str
) -> None:
    posted = client.upload(make_video(tmp_path / "in.mp4", 3).read_bytes(), name)
    assert posted.json["name"] == shown
    assert client.wait(posted.json["id"])["state"] == "succeeded"
    folder = mirror.log.parent / "jobs" / posted.json["id"]
    assert {path.name for path in folder.rglob("*")} <= {
        "result.mp4",
        "detections.jsonl",
        "preview.jpg",
        "upload",
        "run-1",
    }


@pytest.mark.parametrize("length", ["Content-Length: 1000000000000", "Transfer-Encoding: chunked"])
def test_row_26_a_body_too_large_or_of_no_length_is_refused_before_it_is_sent(
    mirror: MirrorProcess, length: str
) -> None:
    head = (
        f"POST {URL} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n{length}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", mirror.port), timeout=10) as connection:
        connection.sendall(head.encode() + b"5\r\n--x\r\n\r\n")
        assert b" 413 " in connection.recv(4096).split(b"\r\n")[0]


def test_row_32_a_video_of_another_visitor_is_not_found(
    mirror: MirrorProcess, client: VideoClient, tmp_path: Path
) -> None:
    job = client.annotate(make_video(tmp_path / "in.mp4", 3))
    stranger = VideoClient(mirror)
    for path in ("", "/result", "/detections", "/preview"):
        for method in ("GET", "HEAD", "DELETE", "POST", "PUT", "PATCH", "OPTIONS"):
            theirs = stranger.call(method, f"{URL}/{job['id']}{path}")
            unknown = stranger.call(method, f"{URL}/{'0' * 32}{path}")
            assert theirs == unknown
            assert theirs.status in ((200,) if method == "OPTIONS" else (404, 405))
    assert client.call("GET", job["links"]["result"]).status == 200


def test_row_34_the_same_video_twice_is_two_videos(client: VideoClient, tmp_path: Path) -> None:
    data = make_video(tmp_path / "in.mp4", 12).read_bytes()
    answers: list[tuple[VideoClient, Answer]] = []

    def send() -> None:
        own = VideoClient.__new__(VideoClient)
        own.__dict__ |= client.__dict__
        answers.append((own, own.upload(data)))

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jobs = [(own, own.wait(answer.json["id"])) for own, answer in answers]
    assert len({job["id"] for _, job in jobs}) == 2
    for own, job in jobs:
        assert (job["state"], job["frames_done"]) == ("succeeded", 12)
        assert len(read_video(own.result(job, tmp_path / job["id"]))[1]) == 12


def test_others_are_answered_while_a_large_video_arrives(mirror: MirrorProcess, client: VideoClient) -> None:
    slowest_s, done = 0.0, threading.Event()

    def watch() -> None:
        nonlocal slowest_s
        while not done.is_set():
            started = time.monotonic()
            assert mirror.healthy()
            slowest_s = max(slowest_s, time.monotonic() - started)

    watcher = threading.Thread(target=watch)
    watcher.start()
    head = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\x98\x96\x80free"
    posted = client.upload(head + bytes(150_000_000))
    done.set()
    watcher.join()
    client.call("DELETE", f"{URL}/{posted.json['id']}")
    assert slowest_s < 1.0
