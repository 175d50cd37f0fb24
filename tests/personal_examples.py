"""Examples of a visitor: made-up features, and real crops of scikit-image's astronaut."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.pictures import FACE_XYXY, astronaut_bgr, masked_astronaut_bgr
from webapp.vision.crops import crop_faces_rgb
from webapp.vision.detections import LABELS
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import load_model
from webapp.vision.personal.examples import Examples
from webapp.vision.personal.fitting import fit_personal
from webapp.vision.personal.personal_file import personal_json

DATE = "2026-11-30"
MASK, BARE = LABELS.index("with_mask"), LABELS.index("without_mask")


def made_up(sittings: int, each: int = 6, labels: int = 2, seed: int = 1, features: int = 40) -> Examples:
    """Return examples whose features give their label away, where the shipped classifier guesses."""
    rng = np.random.default_rng(seed)
    label = np.tile(np.repeat(np.arange(labels), each), sittings).astype(np.int64)
    found = rng.normal(0, 1, (len(label), features)).astype(np.float32)
    for number in range(labels):
        found[label == number, number::labels] += 1.5
    # A feature that is hardly ever anything but 0, as many behind a ReLU are.
    found[:, -1] = 0
    shipped = rng.dirichlet([2, 2, 1], len(label)).astype(np.float32)
    sitting = np.repeat([f"sitting {i + 1}" for i in range(sittings)], each * labels)
    return Examples(found, shipped, label, tuple(sitting.tolist()))


def astronaut_examples(classifier: MaskClassifier, bare: int, masked: int) -> Examples:
    """Return two sittings (another lamp) of twelve crops, bare and masked, with these labels."""
    rng = np.random.default_rng(3)
    rows = []
    for sitting, light in (("morning", 1.0), ("evening", 0.7)):
        for label, picture in ((bare, astronaut_bgr()), (masked, masked_astronaut_bgr())):
            frame = np.clip(picture * light, 0, 255).astype(np.uint8)
            boxes = np.array(FACE_XYXY, np.float32) + rng.normal(0, 5, (6, 4)).astype(np.float32)
            raw, features = classifier.outputs_and_features(crop_faces_rgb(frame, boxes, 128, 0.1))
            rows += [(features[i], raw[i, :3], label, sitting) for i in range(6)]
    features_, shipped, label_, sitting_ = zip(*rows, strict=True)
    return Examples(np.array(features_), np.array(shipped), np.array(label_, np.int64), sitting_)


def write_contrary_file(path: Path) -> None:
    """Write the file of a visitor who swapped the labels of both pictures, so that its effect shows."""
    classifier = MaskClassifier(load_model(Path("mask_classifier"), "mask_classifier"))
    personal = fit_personal(astronaut_examples(classifier, bare=MASK, masked=BARE), classifier.sha256, DATE)
    assert personal.weight >= 0.75
    path.write_text(json.dumps(personal_json(personal)), encoding="utf-8")
