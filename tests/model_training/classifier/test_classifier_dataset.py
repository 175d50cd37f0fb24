"""Batches of face crops: seeded, RGB, cut as serving cuts them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from model_training.classifier.augmentation import jitter_box
from model_training.classifier.dataset import PlainCrops, TrainingCrops, plain_crops
from model_training.data.face_samples import FaceSample, read_coco_faces
from tests.model_training.data.test_face_samples import coco
from tests.pictures import astronaut_bgr
from webapp.vision.crops import crop_faces_rgb


@pytest.fixture
def samples(tmp_path: Path) -> list[FaceSample]:
    return list(read_coco_faces(coco(tmp_path), tmp_path, 8))


@pytest.mark.parametrize("strong", [False, True])
def test_the_loader_is_seeded_and_changes_with_the_epoch(samples: list[FaceSample], strong: bool) -> None:
    def loader(epoch: int = 0) -> TrainingCrops:
        return TrainingCrops(samples * 8, 64, 0.1, classes=3, batch_size=4, seed=7, strong=strong, epoch=epoch)

    first, second = loader(), loader()
    crops, labels = first[1]
    assert (crops.shape, crops.dtype, labels.shape) == ((4, 64, 64, 3), np.float32, (4, 3))
    assert crops.max() > 1
    assert (crops == second[1][0]).all()
    second.on_epoch_end()
    assert (crops != second[1][0]).any()
    assert (second[1][0] == loader(epoch=1)[1][0]).all()
    assert len(first) == 4


def test_every_face_of_an_epoch_is_seen_once(samples: list[FaceSample]) -> None:
    loader = TrainingCrops(samples * 3, 32, 0.1, classes=2, batch_size=2, seed=1)
    labels = np.concatenate([loader[i][1] for i in range(len(loader))])
    assert labels.sum(axis=0).tolist() == [3, 3]


def test_few_faces_make_one_small_batch(samples: list[FaceSample]) -> None:
    loader = TrainingCrops(samples, 32, 0.1, classes=2, batch_size=64, seed=1)
    assert len(loader) == 1
    assert len(loader[0][0]) == 2


def test_light_augmentation_keeps_colours_and_strong_does_not(samples: list[FaceSample]) -> None:
    face = [sample for sample in samples if sample.label == 1] * 32
    plain = plain_crops(face[:1], 32, 0.1).mean()
    light, strong = (TrainingCrops(face, 32, 0.1, 2, 32, seed=1, strong=s)[0][0].mean(axis=(1, 2, 3)) for s in (0, 1))
    assert np.abs(light - plain).max() < 12
    assert np.abs(strong - plain).max() > 30


def test_validation_crops_are_those_of_serving(samples: list[FaceSample]) -> None:
    served = np.concatenate([crop_faces_rgb(astronaut_bgr(), s.xyxy[None], 64, 0.1) for s in samples])
    assert (plain_crops(samples, 64, 0.1) == served).all()
    batches = PlainCrops(samples * 2, 64, 0.1, classes=2, batch_size=3)
    crops = [batches[i] for i in range(len(batches))]
    assert [len(labels) for _, labels in crops] == [3, 1]
    assert (np.concatenate([c for c, _ in crops]) == np.concatenate([served, served])).all()
    assert np.concatenate([labels for _, labels in crops]).argmax(axis=1).tolist() == [1, 0, 1, 0]


def test_training_crops_are_rgb_as_those_of_serving(tmp_path: Path) -> None:
    blue_bgr = np.zeros((100, 100, 3), np.uint8)
    blue_bgr[..., 0] = 220
    cv2.imwrite(str(tmp_path / "blue.png"), blue_bgr)
    sample = FaceSample(tmp_path / "blue.png", np.array([20, 20, 80, 80], np.float32), 0, "paint", 60)
    crops, _ = TrainingCrops([sample] * 32, 32, 0.1, classes=3, batch_size=32, seed=1, strong=True)[0]
    red, _, blue = crops.mean(axis=(0, 1, 2))
    assert blue > 2 * red


def test_masks_below_the_nose_are_painted_over_bare_faces_alone(samples: list[FaceSample]) -> None:
    loader = TrainingCrops(
        samples * 40, 48, 0.1, classes=3, batch_size=80, seed=1, strong=True, low_mask_probability=0.5
    )
    plain = TrainingCrops(samples * 40, 48, 0.1, classes=3, batch_size=80, seed=1, strong=True)
    painted, before = loader[0][1].sum(axis=0), plain[0][1].sum(axis=0)
    assert before.tolist() == [40, 40, 0]
    assert painted[0] >= 40
    assert 12 <= painted[2] <= 28


def test_jittered_boxes_stay_near_the_face() -> None:
    rng = np.random.default_rng(0)
    box = np.array([100, 100, 200, 200], np.float32)
    jittered = np.stack([jitter_box(box, rng) for _ in range(500)])
    centres, sides = (jittered[:, :2] + jittered[:, 2:]) / 2, jittered[:, 2:] - jittered[:, :2]
    assert np.abs(centres - 150).max() <= 10.01
    assert 70 < sides.min() < 80
    assert 125 < sides.max() < 142
