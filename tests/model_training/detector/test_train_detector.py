"""The detector's training, in small: targets, loss, scenes, two steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from model_training.__main__ import main
from model_training.data.annotations import Annotations, LabelledFrame
from model_training.data.labelled_photos import empty_photo_files, read_coco_photos
from model_training.data.labels import one_hot
from model_training.detector.label_assignment import (
    COLUMNS,
    FACE,
    IGNORED,
    LABEL_COLUMNS,
    MOST_FACES,
    NOTHING,
    STATE,
    Assignment,
    assign_faces,
    pack_faces,
)
from model_training.detector.losses import FaceLoss, decode_boxes, generalised_iou, quality_focal, square_points
from model_training.detector.network import build_face_detector
from model_training.detector.scenes import FaceScenes, faceless_view, filled_view, mosaic, random_view, whole_view
from model_training.evaluation.coco_metrics import coco_metrics
from model_training.training.batch_norm import reestimate_batch_norm
from model_training.training.occlusion import cover_faces
from tests.model_training.data.test_face_samples import coco
from tests.pictures import FACE_XYXY, astronaut_bgr
from webapp.vision.boxes import box_iou
from webapp.vision.detections import Detections
from webapp.vision.detectors.anchor_free import OUTPUTS, STRIDES, locations

SIDE = 128


def boxes(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


@pytest.fixture
def photo() -> LabelledFrame:
    return LabelledFrame(astronaut_bgr(), Annotations(boxes(list(FACE_XYXY)), np.array([1]), np.array([False])))


def test_locations_stand_in_the_order_of_the_network_s_output() -> None:
    points = locations(64, 128)
    assert len(points) == sum((64 // s) * (128 // s) for s in STRIDES)
    assert points[0].tolist() == [4, 4, 8]
    assert points[1].tolist() == [12, 4, 8]
    assert points[-1].tolist() == [112, 48, 32]
    assert build_face_detector()(np.zeros((1, 64, 128, 3), np.float32)).shape == (1, len(points), OUTPUTS)


def scene(*rows: list[float], ignored: bool = False) -> np.ndarray:
    n = len(rows)
    return pack_faces(boxes(*rows), one_hot(np.arange(n) % 3), np.full(n, ignored))


def perfect_prediction(gt: np.ndarray) -> np.ndarray:
    """Every location inside a face says its box and label, the one nearest the centre with certainty."""
    points = locations(SIDE, SIDE)
    prediction = np.zeros((1, len(points), OUTPUTS), np.float32)
    prediction[..., 0] = -12
    for row in gt[gt[:, STATE] == FACE]:
        inside = (points[:, :2] > row[:2]).all(axis=1) & (points[:, :2] < row[2:4]).all(axis=1)
        prediction[0, inside, 1:3] = (points[inside, :2] - row[:2]) / points[inside, 2:]
        prediction[0, inside, 3:5] = (row[2:4] - points[inside, :2]) / points[inside, 2:]
        prediction[0, inside, 5 + int(row[LABEL_COLUMNS].argmax())] = 12
        nearest = np.flatnonzero(inside)[np.abs(points[inside, :2] - (row[:2] + row[2:4]) / 2).max(axis=1).argmin()]
        prediction[0, nearest, 0] = 12
    return prediction


def loss(gt: np.ndarray, prediction: np.ndarray) -> float:
    return float(FaceLoss()(gt[None], prediction))


def assigned(gt: np.ndarray, prediction: np.ndarray) -> Assignment:
    points = locations(SIDE, SIDE)
    found = np.asarray(decode_boxes(prediction[..., 1:5], points))
    score = 1 / (1 + np.exp(-prediction[..., 0]))
    return Assignment(*(np.asarray(part)[0] for part in assign_faces(score, found, gt[None], points)))


def test_rows_hold_faces_to_learn_first_and_larger_before_smaller() -> None:
    probs = one_hot(np.array([0, 1, -1]))
    rows = pack_faces(boxes([0, 0, 9, 9], [0, 0, 50, 50], [0, 0, 20, 20]), probs, np.array([False, True, False]))
    assert rows[:4, STATE].tolist() == [FACE, FACE, IGNORED, NOTHING]
    assert rows[:3, LABEL_COLUMNS].tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
    crowd = pack_faces(np.tile(boxes([0, 0, 9, 9]), (200, 1)), np.zeros((200, 3), np.float32), np.zeros(200, bool))
    assert crowd.shape == (MOST_FACES, COLUMNS)


def test_an_empty_scene_has_no_predictions_and_no_face_to_learn() -> None:
    gt = scene()
    targets = assigned(gt, perfect_prediction(gt))
    assert targets.is_face.sum() == 0
    assert targets.quality.sum() == 0
    assert targets.counts.min() == 1


@pytest.mark.parametrize("side", [3, 8, 20, 60, 110])
def test_every_face_finds_locations_and_the_best_one_learns_its_overlap(side: int) -> None:
    gt = scene([11, 9, 11 + side, 9 + side])
    prediction = perfect_prediction(gt if side > 8 else scene())
    prediction[..., 0] += np.random.default_rng(0).normal(0, 0.01, prediction.shape[:2])  # no two locations are alike
    targets = assigned(gt, prediction)
    assert 1 <= targets.is_face.sum() <= 10
    assert (targets.gt_box[targets.is_face > 0] == gt[0, :4]).all()
    if side > 8:
        assert targets.quality.max() == pytest.approx(1, abs=1e-3)


def test_a_location_claimed_twice_goes_to_the_face_that_its_box_fits() -> None:
    gt = scene([0, 0, 100, 100], [40, 40, 60, 60])
    targets = assigned(gt, perfect_prediction(gt))
    mine = targets.is_face > 0
    label = targets.label_probs[mine].argmax(axis=1)
    assert set(label) == {0, 1}
    assert ((targets.gt_box[mine][:, 2] == 60) == (label == 1)).all()


def test_the_loss_is_small_for_a_perfect_prediction_and_grows_with_every_mistake() -> None:
    gt = scene([20, 20, 60, 60], [70, 70, 120, 120])
    prediction = perfect_prediction(gt)
    best = loss(gt, prediction)
    certain = prediction[0, :, 0] > 0
    assert best < 0.2
    for column, change in ((0, -24.0), (1, 2.0), (5, -24.0), (6, 24.0)):
        worse = prediction.copy()
        worse[0, certain, column] += change
        assert loss(gt, worse) > best + 0.1, column
    false_positive = prediction.copy()
    false_positive[0, 0, 0] = 12
    assert loss(gt, false_positive) > best + 0.1


def test_the_label_to_learn_may_be_a_probability() -> None:
    gt = scene([20, 20, 60, 60])
    prediction = perfect_prediction(gt)
    uncertain = gt.copy()
    uncertain[0, LABEL_COLUMNS] = [0.7, 0.3, 0]
    unknown = gt.copy()
    unknown[0, LABEL_COLUMNS] = 0
    honest = prediction.copy()
    honest[0, :, 5:8] = np.log([0.7, 0.3, 1e-6])
    assert loss(uncertain, honest) < loss(uncertain, prediction) - 0.1
    assert loss(unknown, honest) == pytest.approx(loss(unknown, prediction), abs=1e-6)


@pytest.mark.parametrize("side", [64, 160, 224, 320])
def test_the_loss_knows_the_locations_of_a_scene_by_their_number(side: int) -> None:
    points = locations(side, side)
    assert np.asarray(square_points(len(points))).tolist() == points.tolist()


def test_ignored_regions_cost_nothing() -> None:
    gt = scene([40, 40, 60, 60], ignored=True)
    silent = perfect_prediction(gt)
    points = locations(SIDE, SIDE)
    loud = silent.copy()
    loud[0, (np.abs(points[:, :2] - 50) < 10).all(axis=1), 0] = 12
    assert loss(gt, loud) == pytest.approx(loss(gt, silent), abs=1e-6)
    loud[0, 0, 0] = 12
    assert loss(gt, loud) > loss(gt, silent) + 0.1


def test_boxes_and_overlaps_are_those_of_serving() -> None:
    points = np.array([[[50, 50, 8], [50, 50, 8]]], np.float32)
    decoded = np.asarray(decode_boxes(np.array([[[1, 1, 1, 1], [2, 0, 1, 3]]], np.float32), points))
    assert decoded[0].tolist() == [[42, 42, 58, 58], [34, 50, 58, 74]]
    giou = generalised_iou(decoded[:, :1], decoded[:, 1:])
    iou = float(box_iou(decoded[0, :1], decoded[0, 1:])[0, 0])
    hull = (58 - 34) * (74 - 42)
    union = 16 * 16 + 24 * 24 - 16 * 8
    assert float(giou[0, 0]) == pytest.approx(iou - (hull - union) / hull, abs=1e-6)
    assert float(quality_focal(np.zeros(1, np.float32), np.full(1, 0.5, np.float32))[0]) == 0


def test_ema_weights_need_statistics_of_their_own() -> None:
    layer = keras.layers.BatchNormalization()
    model = keras.Sequential([keras.Input((1, 1, 2)), layer])
    batches = [np.random.default_rng(i).normal([3, -5], [2, 0.5], (64, 1, 1, 2)).astype(np.float32) for i in range(20)]
    reestimate_batch_norm(model, batches)
    assert np.asarray(layer.moving_mean) == pytest.approx([3, -5], abs=0.2)
    assert np.asarray(layer.moving_variance) == pytest.approx([4, 0.25], rel=0.15)
    assert layer.momentum == 0.99


def test_painted_masks_change_the_label_and_nothing_outside_the_face() -> None:
    rng = np.random.default_rng(0)
    frame, face = astronaut_bgr(), boxes(list(FACE_XYXY))
    labels = set()
    for _ in range(60):
        painted, label = cover_faces(frame, face, np.array([1]), rng)
        labels.add(int(label[0]))
        changed = np.argwhere((painted != frame).any(axis=2))
        if len(changed):
            side = FACE_XYXY[2] - FACE_XYXY[0]
            assert changed.min(axis=0)[0] > FACE_XYXY[1]
            assert changed.max(axis=0)[0] < FACE_XYXY[3] + side * 0.6
        elif label[0] != 1:
            pytest.fail("a label changed and the picture did not")
    assert labels == {0, 1, 2}
    assert (frame == astronaut_bgr()).all()


def test_metrics_know_a_right_prediction_from_a_wrong_one(photo: LabelledFrame) -> None:
    faces = photo.annotations
    right = Detections(faces.xyxy, np.ones(1, np.float32), faces.label, np.ones(1, np.float32))
    wrong = right.with_labels(np.array([0]), np.ones(1, np.float32))
    assert coco_metrics([photo], [right])["map50"] == pytest.approx(1)
    assert coco_metrics([photo], [wrong])["map50"] == 0
    assert coco_metrics([photo], [wrong])["face_ap50"] == pytest.approx(1)
    assert coco_metrics([photo], [Detections.empty()])["face_ap"] == 0
    ignore = replace(photo, annotations=replace(faces, ignore=np.array([True])))
    assert coco_metrics([photo, ignore], [right, right])["face_ap50"] == pytest.approx(1)


def test_views_carry_their_boxes_along(photo: LabelledFrame) -> None:
    rng = np.random.default_rng(0)
    face = astronaut_bgr()[FACE_XYXY[1] : FACE_XYXY[3], FACE_XYXY[0] : FACE_XYXY[2]].mean()
    shown = 0
    for _ in range(30):
        scene = random_view(photo, (SIDE, SIDE), rng)
        assert scene.frame.shape == (SIDE, SIDE, 3)
        faces = scene.annotations
        assert ((faces.xyxy >= 0) & (faces.xyxy <= SIDE)).all()
        if len(faces) and not faces.ignore[0] and faces.xyxy[0, 2] - faces.xyxy[0, 0] > 16:
            x1, y1, x2, y2 = faces.xyxy[0].astype(int)
            shown += abs(float(scene.frame[y1:y2, x1:x2].mean()) - face) < 25
    assert shown > 5


def test_a_whole_view_shows_nearly_all_of_a_photo_with_its_boxes(photo: LabelledFrame) -> None:
    rng = np.random.default_rng(0)
    face = astronaut_bgr()[FACE_XYXY[1] : FACE_XYXY[3], FACE_XYXY[0] : FACE_XYXY[2]].mean()
    fraction = (FACE_XYXY[2] - FACE_XYXY[0]) / max(photo.frame.shape[:2])
    for _ in range(30):
        scene = whole_view(photo, SIDE, rng)
        assert scene.frame.shape == (SIDE, SIDE, 3)
        x1, y1, x2, y2 = scene.annotations.xyxy[0]
        assert 0.7 <= (x2 - x1) / SIDE / fraction <= 1.3
        assert abs(float(scene.frame[int(y1) : int(y2), int(x1) : int(x2)].mean()) - face) < 25


def test_scenes_without_faces_come_as_often_as_given(photo: LabelledFrame) -> None:
    empty = LabelledFrame(photo.frame, Annotations.empty())
    scenes = FaceScenes(
        [photo] * 64, [empty], [64], batch_size=64, seed=5, empty_probability=0.5, whole_probability=1.0
    )
    with_faces = (scenes[0][1][:, :, STATE] != NOTHING).any(axis=1)
    assert 16 <= with_faces.sum() <= 48


def test_a_mosaic_has_the_faces_of_its_four_photos(photo: LabelledFrame) -> None:
    rng = np.random.default_rng(1)
    counts = [len(mosaic([photo] * 4, SIDE, rng).annotations) for _ in range(10)]
    assert max(counts) == 4


def test_scenes_are_seeded_and_change_with_the_epoch(photo: LabelledFrame) -> None:
    first, second = (FaceScenes([photo] * 4, [], [SIDE], batch_size=2, seed=5) for _ in range(2))
    frames, targets = first[0]
    assert frames.shape == (2, SIDE, SIDE, 3)
    assert targets.shape == (2, MOST_FACES, COLUMNS)
    assert (frames == second[0][0]).all()
    second.on_epoch_end()
    assert (frames != second[0][0]).any()


def test_batches_take_turns_through_the_sizes_and_show_every_photo_once(photo: LabelledFrame) -> None:
    shown = [replace(photo, frame=np.full_like(photo.frame, i), source=str(i)) for i in range(40)]
    scenes = FaceScenes(shown, [], [64, 32, 128], batch_size=4, seed=5, whole_probability=1.0)
    shapes = [scenes[i][0].shape[:2] for i in range(len(scenes))]
    # 4 + 16 + 1 photos a round: one round, then 4 and no more 16 of the remaining 19.
    assert shapes == [(4, 64), (16, 32), (1, 128), (4, 64)]
    assert [scenes[i][1].shape for i in range(2)] == [(4, MOST_FACES, COLUMNS), (16, MOST_FACES, COLUMNS)]


def test_close_ups_fill_their_scenes(photo: LabelledFrame) -> None:
    x1, y1, x2, y2 = FACE_XYXY
    whole = replace(photo.annotations, xyxy=boxes([0, 0, x2 - x1, y2 - y1]))
    crop = LabelledFrame(photo.frame[y1:y2, x1:x2], whole)
    rng, sides = np.random.default_rng(0), []
    for _ in range(40):
        scene = filled_view(crop, SIDE, rng)
        assert scene.frame.shape == (SIDE, SIDE, 3)
        x1, y1, x2, y2 = scene.annotations.xyxy[0]
        sides.append(max(x2 - x1, y2 - y1) / SIDE)
    assert min(sides) > 0.5
    assert max(sides) == 1
    scenes = FaceScenes([photo] * 8, [], [SIDE], batch_size=8, seed=5, close_ups=[crop], close_up_probability=1.0)
    faces = scenes[0][1][:, 0]
    assert ((faces[:, 2:4] - faces[:, :2]).max(axis=1) > SIDE / 2).all()


def test_every_label_of_the_close_ups_is_shown_as_often(photo: LabelledFrame) -> None:
    masked, bare = (replace(photo, annotations=replace(photo.annotations, label=np.array([label]))) for label in (0, 1))
    nobody = LabelledFrame(photo.frame, Annotations.empty())
    shown = [nobody, masked, *[bare] * 20]
    scenes = FaceScenes([photo] * 120, [], [32], batch_size=120, seed=5, close_ups=shown, close_up_probability=1.0)
    # A painted mask changes some of the bare faces.
    label = scenes[0][1][:, 0, LABEL_COLUMNS].argmax(axis=1)
    assert 0.35 <= (label == 0).mean() <= 0.65


def test_windows_between_the_faces_show_none(photo: LabelledFrame) -> None:
    rng = np.random.default_rng(0)
    red = photo.frame.copy()
    x1, y1, x2, y2 = (int(v) for v in photo.annotations.xyxy[0])
    red[y1:y2, x1:x2] = (0, 0, 255)
    photo = replace(photo, frame=red)
    windows = [window for _ in range(40) if (window := faceless_view(photo, SIDE, rng)) is not None]
    assert len(windows) > 10
    for window in windows:
        assert not len(window.annotations)
        assert not (window.frame == (0, 0, 255)).all(axis=2).any()
    everywhere = replace(photo.annotations, xyxy=boxes([0, 0, red.shape[1], red.shape[0]]))
    assert faceless_view(replace(photo, annotations=everywhere), SIDE, rng) is None


def test_photos_without_faces_are_split_by_name(tmp_path: Path) -> None:
    for i in range(40):
        cv2.imwrite(str(tmp_path / f"{i}.jpg"), np.full((8, 8, 3), i * 6, np.uint8))
    kept, held_out = ([file.read() for file in empty_photo_files(tmp_path, flag)] for flag in (False, True))
    assert len(kept) + len(held_out) == 40
    assert 10 <= len(held_out) <= 30
    assert not {int(p.frame.mean()) for p in kept} & {int(p.frame.mean()) for p in held_out}


def stage_command(folder: Path) -> list[str]:
    """Two folders with a photo each, and the stage's command that trains on one and validates on the other."""
    for name in ("a", "b"):
        (folder / name).mkdir()
    faces, val = coco(folder / "a"), coco(folder / "b")
    assert len(list(read_coco_photos(faces, folder / "a"))) == 1
    command = ["train", "detector", "--coco", str(faces), "--images", str(folder / "a")]
    return [*command, "--coco-val", str(val), "--images-val", str(folder / "b")]


def test_photos_that_cannot_be_used_are_reported_in_a_sentence(tmp_path: Path) -> None:
    command = stage_command(tmp_path)
    options = ["--run", str(tmp_path / "run"), "--batch-size", "1"]
    same = ["--coco-val", str(tmp_path / "a" / "faces.json"), "--images-val", str(tmp_path / "a")]
    with pytest.raises(SystemExit, match="Run `split`"):
        main([*command, *options, *same])
    with pytest.raises(SystemExit, match="too few"):
        main([*command, "--run", str(tmp_path / "run"), "--batch-size", "9"])
    with pytest.raises(SystemExit, match="nowhere"):
        main([*command, *options, "--negatives", str(tmp_path / "nowhere")])


def test_the_stage_trains_and_resumes(tmp_path: Path) -> None:
    command, run = stage_command(tmp_path), tmp_path / "run"
    command += [
        "--sizes-px",
        "64",
        "96",
        "--measure-px",
        "64",
        "--batch-size",
        "1",
        "--run",
        str(run),
        "--channels",
        "16",
    ]
    main([*command, "--epochs", "1"])
    main([*command, "--epochs", "2"])
    assert (run / "metrics.csv").read_text().count("\n") == 3
    model = build_face_detector(channels=16)
    model.load_weights(run / "detector.weights.h5")
    assert np.isfinite(np.asarray(model(np.zeros((1, 64, 64, 3), np.float32)))).all()
    assert isinstance(model, keras.Model)
