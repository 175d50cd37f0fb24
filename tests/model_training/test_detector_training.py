"""The detector's training, in small: targets, loss, scenes, two steps."""

from __future__ import annotations

from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from model_training.__main__ import main
from model_training.face_losses import decode_boxes, face_loss, overlap, quality_focal
from model_training.face_scenes import FaceScenes, mosaic, random_view
from model_training.face_targets import EMPTY, FACE, IGNORED, assign_targets, locations
from model_training.networks.face_detector import OUTPUTS, STRIDES, build_face_detector
from model_training.photos import LabelledPhoto, read_coco_photos, read_empty_photos
from tests.model_training.test_faces import coco
from tests.pictures import FACE_XYXY, astronaut_bgr
from webapp.vision.boxes import box_iou

SIDE = 128


def boxes(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def targets(*rows: list[float], ignored: bool = False) -> np.ndarray:
    n = len(rows)
    return assign_targets(boxes(*rows), np.arange(n) % 3, np.full(n, ignored), locations(SIDE, SIDE))


@pytest.fixture
def photo() -> LabelledPhoto:
    return LabelledPhoto(astronaut_bgr(), boxes(list(FACE_XYXY)), np.array([1]), "nasa")


def test_locations_stand_in_the_order_of_the_network_s_output() -> None:
    points = locations(64, 128)
    assert len(points) == sum((64 // s) * (128 // s) for s in STRIDES)
    assert points[0].tolist() == [4, 4, 8]
    assert points[1].tolist() == [12, 4, 8]
    assert points[-1].tolist() == [112, 48, 32]
    assert build_face_detector()(np.zeros((1, 64, 128, 3), np.float32)).shape == (1, len(points), OUTPUTS)


def test_no_faces_leave_every_location_empty() -> None:
    assert (targets()[:, 0] == EMPTY).all()


@pytest.mark.parametrize(("side", "strides"), [(3, {8}), (20, {8}), (40, {8, 16}), (60, {16}), (110, {16, 32})])
def test_a_face_is_answered_for_by_the_strides_of_its_size(side: int, strides: set[int]) -> None:
    found = targets([10, 10, 10 + side, 10 + side])
    mine = found[found[:, 0] == FACE]
    assert set(mine[:, 8].astype(int)) == strides
    assert (mine[:, 1:5] == [10, 10, 10 + side, 10 + side]).all()


def test_the_smaller_of_two_faces_wins_and_ignored_ones_stay_out_of_the_loss() -> None:
    found = targets([0, 0, 100, 100], [40, 40, 60, 60])
    at_the_middle = found[(found[:, 8] == 16) & (np.abs(found[:, 6:8] - 50).max(axis=1) < 8)]
    assert set(found[found[:, 0] == FACE][:, 5]) == {0, 1}
    assert len(at_the_middle)
    assert (targets([40, 40, 60, 60], ignored=True)[:, 0] == IGNORED).any()
    assert not (targets([40, 40, 60, 60], ignored=True)[:, 0] == FACE).any()


def perfect_answer(truth: np.ndarray) -> np.ndarray:
    answer = np.zeros((1, len(truth), OUTPUTS), np.float32)
    is_face = truth[:, 0] == FACE
    centre, stride = truth[:, 6:8], truth[:, 8:9]
    answer[0, :, 0] = np.where(is_face, 12, -12)
    answer[0, :, 1:3] = np.where(is_face[:, None], (centre - truth[:, 1:3]) / stride, 0)
    answer[0, :, 3:5] = np.where(is_face[:, None], (truth[:, 3:5] - centre) / stride, 0)
    answer[0, np.arange(len(truth)), 5 + truth[:, 5].astype(int)] = 12
    return answer


def test_the_loss_is_nothing_for_a_perfect_answer_and_grows_with_every_mistake() -> None:
    truth = targets([20, 20, 60, 60], [70, 70, 120, 120])
    answer = perfect_answer(truth)
    best = float(face_loss(truth[None], answer))
    assert best == pytest.approx(0, abs=1e-3)
    for column, change in ((0, -24.0), (1, 2.0), (5, -24.0), (6, 24.0)):
        worse = answer.copy()
        worse[0, truth[:, 0] == FACE, column] += change
        assert float(face_loss(truth[None], worse)) > best + 0.1, column
    alarm = answer.copy()
    alarm[0, np.flatnonzero(truth[:, 0] == EMPTY)[0], 0] = 12
    assert float(face_loss(truth[None], alarm)) > best + 0.1


def test_ignored_locations_cost_nothing() -> None:
    truth = targets([40, 40, 60, 60], ignored=True)
    answer = perfect_answer(truth)
    loud = answer.copy()
    loud[0, truth[:, 0] == IGNORED, 0] = 12
    assert float(face_loss(truth[None], loud)) == pytest.approx(float(face_loss(truth[None], answer)), abs=1e-6)


def test_boxes_and_overlaps_are_those_of_serving() -> None:
    points = np.array([[[50, 50, 8], [50, 50, 8]]], np.float32)
    decoded = np.asarray(decode_boxes(np.array([[[1, 1, 1, 1], [2, 0, 1, 3]]], np.float32), points))
    assert decoded[0].tolist() == [[42, 42, 58, 58], [34, 50, 58, 74]]
    iou, giou = overlap(decoded[:, :1], decoded[:, 1:])
    assert float(iou[0, 0]) == pytest.approx(box_iou(decoded[0, :1], decoded[0, 1:])[0, 0], abs=1e-6)
    assert float(giou[0, 0]) < float(iou[0, 0])
    assert float(quality_focal(np.zeros(1, np.float32), np.full(1, 0.5, np.float32))[0]) == 0


def test_views_carry_their_boxes_along(photo: LabelledPhoto) -> None:
    rng = np.random.default_rng(0)
    face = astronaut_bgr()[FACE_XYXY[1] : FACE_XYXY[3], FACE_XYXY[0] : FACE_XYXY[2]].mean()
    shown = 0
    for _ in range(30):
        scene = random_view(photo, (SIDE, SIDE), rng)
        assert scene.frame.shape == (SIDE, SIDE, 3)
        assert ((scene.xyxy >= 0) & (scene.xyxy <= SIDE)).all()
        if len(scene.xyxy) and not scene.ignored[0] and scene.xyxy[0, 2] - scene.xyxy[0, 0] > 16:
            x1, y1, x2, y2 = scene.xyxy[0].astype(int)
            shown += abs(float(scene.frame[y1:y2, x1:x2].mean()) - face) < 25
    assert shown > 5


def test_a_mosaic_has_the_faces_of_its_four_photos(photo: LabelledPhoto) -> None:
    rng = np.random.default_rng(1)
    counts = [len(mosaic([photo] * 4, SIDE, rng).xyxy) for _ in range(10)]
    assert max(counts) == 4


def test_scenes_are_seeded_and_change_with_the_epoch(photo: LabelledPhoto) -> None:
    first, second = (FaceScenes([photo] * 4, [], SIDE, batch_size=2, seed=5) for _ in range(2))
    frames, wanted = first[0]
    assert frames.shape == (2, SIDE, SIDE, 3)
    assert wanted.shape == (2, len(locations(SIDE, SIDE)), 9)
    assert (frames == second[0][0]).all()
    second.on_epoch_end()
    assert (frames != second[0][0]).any()


def test_photos_without_faces_are_split_by_name(tmp_path: Path) -> None:
    for i in range(40):
        cv2.imwrite(str(tmp_path / f"{i}.jpg"), np.full((8, 8, 3), i * 6, np.uint8))
    kept, held_out = (read_empty_photos(tmp_path, held_out=flag) for flag in (False, True))
    assert len(kept) + len(held_out) == 40
    assert 1 <= len(held_out) <= 16
    assert not {int(p.frame.mean()) for p in kept} & {int(p.frame.mean()) for p in held_out}


def test_the_stage_trains_and_resumes(tmp_path: Path) -> None:
    faces, run = coco(tmp_path), tmp_path / "run"
    assert len(list(read_coco_photos(faces, tmp_path))) == 1
    command = ["train-detector", "--coco", str(faces), "--coco-val", str(faces), "--images", str(tmp_path)]
    command += ["--size-px", "64", "--batch-size", "1", "--run", str(run), "--channels", "16"]
    main([*command, "--epochs", "1"])
    main([*command, "--epochs", "2"])
    assert (run / "metrics.csv").read_text().count("\n") == 3
    model = build_face_detector(channels=16)
    model.load_weights(run / "detector.weights.h5")
    assert np.isfinite(np.asarray(model(np.zeros((1, 64, 64, 3), np.float32)))).all()
    assert isinstance(model, keras.Model)
