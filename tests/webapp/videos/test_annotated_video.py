"""Videos are tracked by their own time stamps, in jobs and on the command line alike."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.pictures import astronaut_bgr
from tests.video_maker import make_video
from tests.webapp.videos.running_jobs import Jobs, worker
from webapp.config import Settings
from webapp.videos.annotated_video import detections_line, video_annotation
from webapp.videos.jobs.blobs.store import DETECTIONS
from webapp.videos.jobs.states import State
from webapp.vision.video.opening import VideoLimits

LIMITS = VideoLimits(math.inf, 1_000_000, 1280, math.inf)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A face that goes to the right for 12 frames; then the video stands still on the last one for three seconds."""
    picture = cv2.resize(astronaut_bgr(), (384, 384), interpolation=cv2.INTER_AREA)
    frames = [np.roll(picture, 3 * i, axis=1) for i in range(13)]
    times_ms = [*range(0, 480, 40), 3440]
    return make_video(tmp_path_factory.mktemp("videos") / "face.mp4", frames, times_ms=times_ms)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def track_ids(path: Path) -> list[list[int | None]]:
    return [[face["track_id"] for face in line["faces"]] for line in lines(path)]


def write(video: Path, folder: Path, track: bool, threads: int = 1) -> Path:
    faces = folder / "faces.jsonl"
    settings = Settings(track=track, inference_threads=threads)
    with video_annotation(video, folder / "out.mp4", settings, LIMITS) as annotation:
        faces.write_text("".join(detections_line(item) for item in annotation), encoding="utf-8")
    return faces


def test_a_face_has_one_number_until_it_was_away_for_a_second(video: Path, tmp_path: Path) -> None:
    assert track_ids(write(video, tmp_path, track=True)) == [[1]] * 12 + [[2]]


def test_parallel_detection_is_tracked_in_the_order_of_the_frames(video: Path, tmp_path: Path) -> None:
    alone, side_by_side = (tmp_path / name for name in ("alone", "side-by-side"))
    alone.mkdir()
    side_by_side.mkdir()
    assert lines(write(video, alone, track=True)) == lines(write(video, side_by_side, track=True, threads=2))


def test_tracking_can_be_switched_off(video: Path, tmp_path: Path) -> None:
    assert track_ids(write(video, tmp_path, track=False)) == [[None]] * 13


def test_each_job_counts_from_one_and_its_settings_reach_it(video: Path, tmp_path: Path) -> None:
    for track, first in ((True, 1), (False, None)):
        jobs = Jobs(Settings(data_folder=tmp_path / str(track), inference_threads=1, track=track))
        job_id = jobs.add(video)
        with worker(jobs.settings):
            assert jobs.wait_until_ended(job_id).state is State.SUCCEEDED
        assert track_ids(jobs.path(job_id, DETECTIONS))[0] == [first]
