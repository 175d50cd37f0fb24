"""Write a trained detector as LiteRT file and card, with calibrated scores and thresholds.

    python -m model_training export detector --weights runs/detector/detector.weights.h5 \\
        --config runs/detector/config.json --coco-val val.json --images images/ --out webapp/models/multiface.tflite
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from model_training.calibration import fit_platt, fit_temperature, match_truth, threshold_for
from model_training.export_files import model_draft, tflite_path
from model_training.litert import to_litert
from model_training.model_cards import data_sources, provenance, refuse_drift, write_card
from model_training.networks.face_detector import build_face_detector
from model_training.photos import LabelledPhoto, read_coco_photos
from webapp.vision.detections import LABELS
from webapp.vision.detectors.anchor_free import logits_of, sigmoid, vote
from webapp.vision.detectors.calibration import Calibration
from webapp.vision.detectors.face_network import FaceNetwork
from webapp.vision.detectors.multiface import LOOKS, TOGETHER, MultiFaceDetector, looks_name
from webapp.vision.letterbox import fit_frame
from webapp.vision.model_files import Model, load_model

LARGEST_DRIFT = 0.02
"""Of scores between Keras and the exported file, on the mean: one location proves nothing."""

TOLD_FROM = 0.05
"""A location with a lower score says nothing."""

FALSE_ALARMS_A_PHOTO, THRESHOLD_IOU = 0.1, 0.3
"""At IoU 0.3 a box that is off still counts as seen: whoever reads a sign over a face minds that far less than a
sign over a wall."""
LOWEST_SCORE = 0.02
LABELS_PX = 640
NEVER_RIGHT = "On the validation photos the detector was never right, or never wrong: train it longer."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--weights", type=Path, required=True, help=".weights.h5 of the training stage")
    parser.add_argument("--config", type=Path, required=True, help="config.json of the training stage")
    parser.add_argument("--coco-val", type=Path, required=True, help="COCO JSON that scores are calibrated on")
    parser.add_argument("--images", type=Path, required=True, help="folder of its photos")
    parser.add_argument("--int8", action="store_true", help="8-bit weights and activations in place of float16 weights")
    parser.add_argument(
        "--beside", type=Path, help="exported detector that looks at photos too: calibrate both, not this one alone"
    )
    parser.add_argument("--sources", nargs="*", default=[], help="names of the data sets, for the card")
    parser.add_argument("--out", type=tflite_path, required=True, help=".tflite to write; its card ends in .json")


def run(args: argparse.Namespace) -> None:
    """Export, check parity, calibrate, choose thresholds, write the card.

    Raises:
        SystemExit: the exported file drifts from the Keras model.
    """
    config = json.loads(args.config.read_text())
    photos = list(read_coco_photos(args.coco_val, args.images))
    network = build_face_detector(config["alpha"], config["channels"], config["blocks"])
    network.load_weights(args.weights)
    examples = [_example(photo) for photo in photos[:100]] if args.int8 else []
    content = to_litert(network, (None, None, 3), "int8" if args.int8 else "float16", examples)
    card = _card(args, config, content)
    with model_draft(args.out, content) as draft:
        drift = parity_drift(network, Model(draft, card), photos[:20])
        if not args.int8:
            refuse_drift(drift, LARGEST_DRIFT)
        card["parity_with_keras"] = {"photos": len(photos[:20]), "mean_score_difference": round(drift, 5)}
        card["label_temperature"] = round(fit_label_temperature(Model(draft, card), photos), 3)
        if args.beside is None:
            card["calibration"] = calibrate(Model(draft, card), photos)
        else:
            card["together"] = _together(load_model(args.beside, "face_detector"), Model(draft, card), photos)
    card["threshold_rule"] = f"{FALSE_ALARMS_A_PHOTO} false positives a validation photo at IoU {THRESHOLD_IOU}"
    write_card(args.out, card)
    print(f"{args.out} ({len(content) / 1e6:.2f} MB), drift {drift:.5f}, label temperature {card['label_temperature']}")
    for way, numbers in card["calibration"].items():
        print(f"{way}: {numbers}")
    for way, numbers in card.get("together", {}).get("calibration", {}).items():
        print(f"{way}, beside {card['together']['name']}: {numbers}")


def parity_drift(network: keras.Model, model: Model, photos: Sequence[LabelledPhoto]) -> float:
    """Return the mean difference of scores between the Keras network and its export, where either sees something.

    Args:
        network: the Keras model.
        model: the exported file and its card, not calibrated.
        photos: to look at.
    """
    exported = FaceNetwork(model)
    apart = []
    for photo in photos:
        fitted, _ = fit_frame(photo.frame, 320)
        expected = np.asarray(network(fitted[None, :, :, ::-1].astype(np.float32), training=False))[0, :, 0]
        pair = sigmoid(np.stack([expected, exported.raw(fitted)[:, 0]]))
        # Thousands of locations where both are sure of nothing would drown any difference; NaN has to stay.
        told = ~(pair < TOLD_FROM).all(axis=0)
        apart.append(np.abs(pair[0] - pair[1])[told])
    found = np.concatenate(apart)
    return float(found.mean()) if len(found) else 0.0


def fit_label_temperature(model: Model, photos: Sequence[LabelledPhoto]) -> float:
    """Fit the temperature of the head's labels on faces of photos that training has not seen."""
    detector = MultiFaceDetector(model, (LABELS_PX,))
    shares, labels = [], []
    for photo in photos:
        look = detector.look(photo.frame, 0.2)[0]
        kept = vote(look)
        told = match_truth(photo, kept.xyxy, THRESHOLD_IOU)
        shares.append(kept.label_probs[told >= 0])
        labels.append(photo.label[told[told >= 0]])
    if not any(len(told) for told in labels):
        raise SystemExit(NEVER_RIGHT)
    return fit_temperature(np.concatenate(shares), np.concatenate(labels))


def calibrate(
    model: Model,
    photos: Sequence[LabelledPhoto],
    ways: Sequence[tuple[tuple[int, ...], bool]] = LOOKS,
    second: Model | None = None,
) -> dict[str, dict[str, float]]:
    """Fit scores and threshold of every way of looking that the app offers.

    Args:
        model: its card has an empty `calibration`, unless there is a second model.
        photos: that training has not seen.
        ways: sizes in pixels, and whether the mirrored photo is looked at too.
        second: another network that looks too; its card has an empty `calibration` under `together`.

    Returns:
        What the card says under `calibration`.

    Raises:
        SystemExit: the detector was never right, or never wrong.
    """
    table = {}
    for sizes_px, mirror in ways:
        detector = MultiFaceDetector(model, sizes_px, mirror, second)
        found = [detector.detect(photo.frame, LOWEST_SCORE) for photo in photos]
        told = [match_truth(photo, seen.xyxy, THRESHOLD_IOU) for photo, seen in zip(photos, found, strict=True)]
        rows = np.concatenate(told)
        score = np.concatenate([seen.detection_score for seen in found]).astype(np.float64)[rows != -2]
        right = rows[rows != -2] >= 0
        if right.all() or not right.any():
            raise SystemExit(NEVER_RIGHT)
        slope, offset = fit_platt(logits_of(score), right)
        raw = threshold_for(photos, found, FALSE_ALARMS_A_PHOTO, THRESHOLD_IOU)
        threshold = float(Calibration(slope, offset).apply(np.array([raw], np.float32))[0])
        numbers = {"slope": slope, "offset": offset, "threshold": threshold}
        table[looks_name(sizes_px, mirror)] = {name: round(value, 4) for name, value in numbers.items()}
    return table


def _together(first: Model, second: Model, photos: Sequence[LabelledPhoto]) -> dict[str, Any]:
    told = {"name": first.card["name"], "sha256": first.card["sha256"], "calibration": {}}
    uncalibrated = Model(second.path, second.card | {"together": told})
    return told | {"calibration": calibrate(first, photos, TOGETHER, uncalibrated)}


def _example(photo: LabelledPhoto) -> np.ndarray:
    return fit_frame(photo.frame, 416, (416, 416))[0][None, :, :, ::-1].astype(np.float32)


def _card(args: argparse.Namespace, config: dict[str, Any], content: bytes) -> dict[str, Any]:
    return {
        "name": args.out.stem,
        "task": "face_detector",
        "architecture": (
            f"MobileNetV2, width {config['alpha']}, feature pyramid of {config['channels']} channels, "
            f"anchor-free head at strides 8, 16, 32"
        ),
        "classes": list(LABELS),
        "input": {"size_px": "any multiple of 32", "colour": "RGB", "dtype": "float32", "range": [0, 255]},
        "rescaling": "inside the model",
        "weights": "int8, activations too" if args.int8 else "float16",
        "label_temperature": 1.0,
        "calibration": {},
        "data": {"sources": data_sources(args, config)},
        "metrics": {},
        "limits": (
            "Learnt from the photos named under data. Faces under 12 px, in the dark, in profile or bowed are often "
            "missed; a badly worn mask is told from a well-worn one on close faces only. See docs/model-card.md."
        ),
        "licence": "The weights are part of this project and carry its licence; two of the data sets state none.",
        **provenance(content, config),
    }
