"""Collecting: from cameras that are videos, from videos, from folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from model_training.data.image_files import picture_paths
from model_training.data.problems import Problems
from model_training.prepare.picture_sources import camera_frames
from tests.model_training.photo_folders import refused, scene, stage, write_picture
from tests.video_maker import make_video
from webapp.vision.frames import Frame


def mirrored(frame: Frame) -> Frame:
    return np.ascontiguousarray(frame[:, ::-1])


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Thirty frames: ten of one scene, ten of its mirror image, ten of another."""
    frames = [scene(1)] * 10 + [mirrored(scene(1))] * 10 + [scene(2)] * 10
    return make_video(tmp_path / "video.mp4", frames)


def likeness(path: Path, frame: Frame) -> float:
    return float(np.abs(cv2.imread(str(path)).astype(float) - frame).mean())


def test_a_camera_gives_so_many_pictures_and_a_preview(video: Path, tmp_path: Path) -> None:
    out = tmp_path / "monday"
    command = ["collect", "--camera", video, "--interval-s", "0", "--warm-up-s", "0", "--out", out]
    assert stage(*command, "--count", "12") == 0
    assert [path.name for path in picture_paths(out)] == [f"monday-{k:04d}.jpg" for k in range(1, 13)]
    assert likeness(out / "monday-0010.jpg", scene(1)) < 8
    assert likeness(out / "monday-0011.jpg", mirrored(scene(1))) < 8
    assert (out / "preview.jpg").exists()
    first = (out / "monday-0001.jpg").read_bytes()
    assert stage(*command, "--count", "3", "--near-duplicate-bits", "6") == 1
    assert [path.name for path in picture_paths(out)][12:] == ["monday-0013.jpg"]
    assert likeness(out / "monday-0013.jpg", scene(2)) < 8
    assert (out / "monday-0001.jpg").read_bytes() == first


def test_a_camera_is_asked_at_a_steady_pace(video: Path) -> None:
    ticks = iter(np.arange(0, 1000, 0.1))
    times: list[float] = []

    def clock() -> float:
        times.append(float(next(ticks)))
        return times[-1]

    found = camera_frames(str(video), 0.5, 1.0, Problems(), clock)
    taken = []
    for _ in found:
        taken.append(times[-1])
        if len(taken) == 4:
            break
    assert taken[0] >= 1.0
    assert np.diff(taken) == pytest.approx([0.5, 0.5, 0.5], abs=0.21)


def test_ctrl_c_keeps_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Camera:
        released = False

        def __init__(self, number: int) -> None:
            assert number == 2
            self.seen = 0

        def isOpened(self) -> bool:
            return True

        def grab(self) -> bool:
            self.seen += 1
            if self.seen == 4:
                raise KeyboardInterrupt
            return True

        def retrieve(self) -> tuple[bool, Any]:
            return True, scene(self.seen)

        def release(self) -> None:
            Camera.released = True

    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    out = tmp_path / "out"
    assert stage("collect", "--camera", "2", "--interval-s", "0", "--warm-up-s", "0", "--out", out) == 0
    assert len(picture_paths(out)) == 3
    assert all(cv2.imread(str(path)) is not None for path in picture_paths(out))
    assert not list(out.glob(".*"))
    assert Camera.released


def test_a_camera_that_is_not_there_is_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stage("collect", "--camera", tmp_path / "none.mp4", "--out", tmp_path / "out") == 1
    assert "none.mp4: does not open" in capsys.readouterr().err


def test_every_nth_frame_of_a_video_without_near_duplicates(video: Path, tmp_path: Path) -> None:
    out = tmp_path / "kept"
    assert stage("collect", "--video", video, "--every", "4", "--out", out) == 0
    assert [path.name for path in picture_paths(out)] == ["video-000000.jpg", "video-000020.jpg"]
    assert likeness(out / "video-000020.jpg", scene(2)) < 8
    everything = tmp_path / "everything"
    assert stage("collect", "--video", video, "--every", "4", "--near-duplicate-bits", "-1", "--out", everything) == 0
    assert len(picture_paths(everything)) == 8
    assert stage("collect", "--video", video, "--every", "4", "--count", "1", "--out", tmp_path / "one") == 0
    assert len(picture_paths(tmp_path / "one")) == 1


def test_videos_that_stand_on_their_side_come_upright(tmp_path: Path) -> None:
    video = make_video(tmp_path / "phone.mp4", [scene(1)] * 3, rotation=90)
    assert stage("collect", "--video", video, "--every", "1", "--out", tmp_path / "out") == 0
    (path,) = picture_paths(tmp_path / "out")
    assert cv2.imread(str(path)).shape[:2] == (160, 120)


def test_videos_that_are_none_are_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "video.mp4").write_text("no video")
    assert stage("collect", "--video", tmp_path / "video.mp4", "--out", tmp_path / "out") == 1
    assert "1 problem:\n  video.mp4: This is not a video we can open" in capsys.readouterr().err
    assert stage("collect", "--video", tmp_path / "lost.mp4", "--out", tmp_path / "out") == 1
    assert "lost.mp4: cannot be read" in capsys.readouterr().err


def test_pictures_of_a_folder_are_copied_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "source"
    write_picture(source / "a" / "1.png", scene(1))
    write_picture(source / "b" / "1.jpg", mirrored(scene(1)), quality=50)
    write_picture(source / "b" / "2.jpg", scene(2))
    (source / "b" / "3.jpg").write_text("no picture")
    out = tmp_path / "out"
    assert stage("collect", "--folder", source, "--out", out) == 1
    assert "b/3.jpg: this cannot be read as a picture" in capsys.readouterr().err
    assert [path.name for path in picture_paths(out)] == ["a-1.png", "b-2.jpg"]
    assert (out / "b-2.jpg").read_bytes() == (source / "b" / "2.jpg").read_bytes()


def test_nonsense_is_refused(tmp_path: Path) -> None:
    assert "1 or more" in refused("collect", "--folder", tmp_path, "--every", "0", "--out", tmp_path / "out")
    assert "1 or more" in refused("collect", "--camera", "0", "--count", "0", "--out", tmp_path / "out")
