"""What the rehearsal draws, and that it leaves no stage out. `make train-smoke` runs it whole."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from model_training.data.formats.kaggle_csv import read_kaggle_csv
from model_training.data.formats.labelme import read_labelme
from model_training.data.problems import Problems
from model_training.data.synthetic_photos import draw_photo
from model_training.rehearse import CROWDS, EMPTY, PHOTOS, commands, draw_data
from model_training.stages import STAGES, run_stage
from webapp.vision.boxes import box_iou
from webapp.vision.detections import LABELS
from webapp.vision.detectors.multiface import MultiFaceDetector
from webapp.vision.detectors.views import stream_views
from webapp.vision.model_files import load_model


def test_drawn_people_stand_apart_inside_the_photo_and_the_generator_is_seeded() -> None:
    for seed in range(20):
        photo = draw_photo(np.random.default_rng(seed), faces=3)
        assert (photo.frame == draw_photo(np.random.default_rng(seed), faces=3).frame).all()
        height, width = photo.frame.shape[:2]
        assert (photo.annotations.xyxy >= 0).all()
        assert (photo.annotations.xyxy <= [width, height, width, height]).all()
        assert np.triu(box_iou(photo.annotations.xyxy, photo.annotations.xyxy), 1).max() == 0


def test_drawn_faces_are_faces_to_the_shipped_detector() -> None:
    detector = MultiFaceDetector(load_model(Path("multiface"), "face_detector"), stream_views(416))
    found = 0
    for seed in range(20):
        photo = draw_photo(np.random.default_rng(seed))
        found += box_iou(detector.detect(photo.frame, 0.5).xyxy, photo.annotations.xyxy).max(initial=0) > 0.5
    assert found >= 15


def test_the_data_is_what_the_formats_say(tmp_path: Path) -> None:
    draw_data(tmp_path, np.random.default_rng(1))
    problems = Problems()
    by_labelme = list(read_labelme(tmp_path / "photos", tmp_path / "photos", problems))
    by_csv = list(read_kaggle_csv(tmp_path / "photos.csv", tmp_path / "photos", problems))
    assert len(by_labelme) == len(by_csv) == PHOTOS + CROWDS
    assert {face.name for photo in by_labelme for face in photo.faces} == set(LABELS)
    assert len(list((tmp_path / "empty").glob("*.jpg"))) == EMPTY
    assert cv2.VideoCapture(str(tmp_path / "video.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == 40


def test_every_stage_is_rehearsed() -> None:
    listed = {" ".join(words[:2]) if " ".join(words[:2]) in STAGES else words[0] for words in commands(Path("a b"))}
    assert listed == set(STAGES) - {"rehearse", "studio"}
    assert all("a b/" in " ".join(words) for words in commands(Path("a b")))


@pytest.mark.parametrize("words", [["train"], ["train", "nothing"], ["detector"], []])
def test_what_names_no_stage_is_reported(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run_stage(words)
    printed = capsys.readouterr().err
    assert "invalid choice" in printed or "required: STAGE" in printed


@pytest.mark.parametrize("family", ["train", "evaluate", "export"])
def test_help_of_a_family_lists_its_stages(family: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run_stage([family, "--help"])
    assert stopped.value.code == 0
    printed = " ".join(capsys.readouterr().out.split())
    for name, stage in STAGES.items():
        assert (f"{name.split()[-1]} {stage.summary}" in printed) == name.startswith(f"{family} ")
