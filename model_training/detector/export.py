"""Write a trained detector as LiteRT file and card, with calibrated scores and thresholds.

    python -m model_training export detector --weights runs/detector/detector.weights.h5 \\
        --config runs/detector/config.json --coco-val val.json --images images/ --negatives empty/ \\
        --crops mask12k/Validation --crops-train mask12k/Train --out webapp/models/multiface.tflite

A detector that misses faces near the camera is refused: of the close-ups of validation (windows around the
large faces of its photos, and whole crops) 95 % must be right, see `evaluate close-ups`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from model_training.data.annotations import LabelledFrame
from model_training.data.formats.raw_labels import read_object
from model_training.data.labelled_photos import empty_photo_files, read_coco_photos
from model_training.data.photo_options import add_crop_folders
from model_training.detector.calibrate import NEVER_RIGHT, infer_and_calibrate
from model_training.detector.calibrate_verification import MATCH_IOU
from model_training.detector.network import build_face_detector
from model_training.detector.score_fitting import FALSE_POSITIVES_PER_EMPTY_PHOTO, fit_temperature, match_ground_truth
from model_training.evaluation.close_ups.gate import CloseUps, close_up_gate, gather_close_ups
from model_training.export.cards import data_sources, provenance, refuse_drift, write_card
from model_training.export.draft_files import model_draft, tflite_path
from model_training.export.litert import to_litert
from model_training.report.close_up_page import as_text
from webapp.vision.detections import LABELS, Detections
from webapp.vision.detectors.anchor_free import sigmoid, vote
from webapp.vision.detectors.face_network import FaceNetwork
from webapp.vision.detectors.multiface import MultiFaceDetector
from webapp.vision.detectors.views import PHOTO_TTA, STREAM_SIZES_PX, View, Views, photo_views, stream_views
from webapp.vision.errors import ModelError
from webapp.vision.frames import Frame
from webapp.vision.letterbox import fit_frame
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import Model, load_model
from webapp.vision.pipeline import Pipeline

LARGEST_DRIFT = 0.02
"""Of the mean difference of scores between Keras and the exported file."""

SEEN_FROM = 0.05
"""Locations with a lower score in both networks are not compared."""

LABELS_PX = 640
PHOTO_PX, LIVE_PX = 960, 416
"""Sizes that the app's settings have by default."""

NETWORK_VIEWS: tuple[Views, ...] = (
    *(stream_views(size_px) for size_px in STREAM_SIZES_PX),
    *(photo_views(PHOTO_PX, tta) for tta in PHOTO_TTA if tta != "ensemble"),
)
"""What the app offers with one network."""

ENSEMBLE_VIEWS: tuple[Views, ...] = (photo_views(PHOTO_PX, "ensemble"),)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--weights", type=Path, required=True, help=".weights.h5 of the training stage")
    parser.add_argument("--config", type=Path, required=True, help="config.json of the training stage")
    parser.add_argument("--coco-val", type=Path, required=True, help="COCO JSON that scores are calibrated on")
    parser.add_argument("--images", type=Path, required=True, help="folder of its photos")
    parser.add_argument(
        "--negatives",
        type=Path,
        nargs="*",
        default=[],
        help="folders of photos without faces; the held-out half counts",
    )
    add_crop_folders(parser)
    parser.add_argument("--int8", action="store_true", help="8-bit weights and activations in place of float16 weights")
    parser.add_argument(
        "--ensemble-with", type=Path, help="exported detector to calibrate this one with, as an ensemble for photos"
    )
    parser.add_argument(
        "--classifier", type=Path, default=Path("mask_classifier"), help="that labels photos too, and verifies"
    )
    parser.add_argument(
        "--force", action="store_true", help="export although too few close-ups are right; recorded in the card"
    )
    parser.add_argument("--sources", nargs="*", default=[], help="names of the data sets, for the card")
    parser.add_argument("--out", type=tflite_path, required=True, help=".tflite to write; its card ends in .json")


def run(args: argparse.Namespace) -> None:
    """Export, check parity, calibrate, choose thresholds, check the close-up gate, write the card.

    Raises:
        SystemExit: a file cannot be used, the message names it; the exported file drifts from the Keras model; or too
            few close-ups are right.
    """
    try:
        _export(args)
    except (ModelError, ValueError, OSError) as error:
        raise SystemExit(str(error)) from error


def _export(args: argparse.Namespace) -> None:
    config = _read_config(args.config)
    photos = list(read_coco_photos(args.coco_val, args.images, "val"))
    empty = [empty_photo_files(folder, held_out=True) for folder in args.negatives]
    # Before the conversion, which takes minutes.
    classifier = MaskClassifier(load_model(args.classifier, "mask_classifier"))
    partner = None if args.ensemble_with is None else load_model(args.ensemble_with, "face_detector")
    network = _load_network(args, config)
    examples = [_example(photo) for photo in photos[:100]] if args.int8 else []
    content = to_litert(network, (None, None, 3), "int8" if args.int8 else "float16", examples)
    card = _card(args, config, content)
    with model_draft(args.out, content) as draft:
        drift = parity_drift(network, Model(draft, card), photos[:20])
        if not args.int8:
            refuse_drift(drift, LARGEST_DRIFT)
        card["parity_with_keras"] = {"photos": len(photos[:20]), "mean_score_difference": round(drift, 5)}
        card["label_temperature"] = round(fit_label_temperature(Model(draft, card), photos), 3)
        close_ups = _close_ups(args)
        verifier = classifier if classifier.has_face_output else None
        verified_by = {"name": classifier.name, "sha256": classifier.sha256}
        if partner is None:
            first, ensemble_model = Model(draft, card), None
            card |= {"verifier": verified_by} if verifier else {}
            card["calibration"] = infer_and_calibrate(
                first, NETWORK_VIEWS, photos, list(close_ups), empty, verifier=verifier
            )
        else:
            first, ensemble_model = partner, Model(draft, card)
            card["ensemble"] = {"name": first.card["name"], "sha256": first.card["sha256"], "calibration": {}}
            card["ensemble"] |= {"verifier": verified_by} if verifier else {}
            second = Model(draft, json.loads(json.dumps(card)))
            card["ensemble"]["calibration"] = infer_and_calibrate(
                first, ENSEMBLE_VIEWS, photos, list(close_ups), empty, second, verifier
            )
        card["threshold_rule"] = (
            f"best F1 on validation at IoU {MATCH_IOU}, and at most {FALSE_POSITIVES_PER_EMPTY_PHOTO} boxes a photo "
            f"without faces ({sum(map(len, empty))} held out)"
        )
        card["close_ups"] = refuse_blind(args, first, ensemble_model, classifier, close_ups)
    write_card(args.out, card)
    print(f"{args.out} ({len(content) / 1e6:.2f} MB), drift {drift:.5f}, label temperature {card['label_temperature']}")
    for views, numbers in [*card["calibration"].items(), *card.get("ensemble", {}).get("calibration", {}).items()]:
        print(f"{views}: {numbers}")


def _read_config(path: Path) -> dict[str, Any]:
    config = read_object(path)
    if missing := [key for key in ("alpha", "channels", "blocks") if key not in config]:
        raise ValueError(f"{path} lacks {', '.join(missing)}.")
    return config


def _load_network(args: argparse.Namespace, config: dict[str, Any]) -> keras.Model:
    if not args.weights.is_file():
        raise ValueError(f"{args.weights} is not there.")
    network = build_face_detector(config["alpha"], config["channels"], config["blocks"])
    try:
        network.load_weights(args.weights)
    except (KeyError, ValueError, OSError) as error:
        # Keras does not name the file.
        raise ValueError(f"{args.weights} does not fit the network of {args.config}, or is broken: {error}") from error
    return network


def _close_ups(args: argparse.Namespace) -> CloseUps:
    try:
        return gather_close_ups(args.coco_val, args.images, "val", args.crops, args.crops_train)
    except ValueError as error:
        if not args.force:
            raise SystemExit(f"{error} `--force` exports without close-ups; the card records it.") from error
        return CloseUps([], [], 0)


def refuse_blind(
    args: argparse.Namespace,
    first: Model,
    ensemble_model: Model | None,
    classifier: MaskClassifier,
    close_ups: CloseUps,
) -> dict[str, Any]:
    """Check the close-up gate for a detector with its calibration in its card.

    Args:
        args: `force` of the stage.
        first: detects live, and photos too.
        ensemble_model: the other network of the ensemble for photos, or None.
        classifier: labels photos, gives second opinions live, verifies large detections.
        close_ups: of validation; without any nothing is checked.

    Returns:
        The `close_ups` of the card.

    Raises:
        SystemExit: too few close-ups are right, and `force` is not set.
    """
    if not len(close_ups):
        return {"checked": False}
    photo = MultiFaceDetector(
        first, photo_views(PHOTO_PX, "small" if ensemble_model is None else "ensemble"), ensemble_model, classifier
    )
    live = Pipeline(MultiFaceDetector(first, stream_views(LIVE_PX), verifier=classifier), None, verifier=classifier)
    metrics, failing = close_up_gate(_way(Pipeline(photo, classifier, ensemble=True)), _way(live), close_ups)
    print(as_text(metrics))
    if failing and not args.force:
        raise SystemExit(f"Too few close-ups are right: {'; '.join(failing)}. `--force` exports all the same.")
    return {"checked": True, "failing": failing}


def _way(pipeline: Pipeline) -> Callable[[Frame], Detections]:
    return pipeline.run


def parity_drift(network: keras.Model, model: Model, photos: Sequence[LabelledFrame]) -> float:
    """Return the mean difference of scores between the Keras network and its export.

    Locations where both score below `SEEN_FROM` do not count.

    Args:
        network: the Keras model.
        model: the exported file and its card, not calibrated.
        photos: to compare on.
    """
    exported = FaceNetwork(model)
    apart = []
    for photo in photos:
        fitted, _ = fit_frame(photo.frame, 320)
        expected = np.asarray(network(fitted[None, :, :, ::-1].astype(np.float32), training=False))[0, :, 0]
        pair = sigmoid(np.stack([expected, exported.raw(fitted)[:, 0]]))
        # Thousands of locations with a low score in both would hide any difference; NaN has to stay.
        kept = ~(pair < SEEN_FROM).all(axis=0)
        apart.append(np.abs(pair[0] - pair[1])[kept])
    found = np.concatenate(apart)
    return float(found.mean()) if len(found) else 0.0


def fit_label_temperature(model: Model, photos: Sequence[LabelledFrame]) -> float:
    """Fit the temperature of the head's labels on faces of photos that training has not seen."""
    detector = MultiFaceDetector(model, (View(LABELS_PX),))
    probs, labels = [], []
    for photo in photos:
        (seen,) = detector.infer(photo.frame)
        kept = vote(seen)
        matched = match_ground_truth(photo, kept.xyxy, MATCH_IOU)
        probs.append(kept.label_probs[matched >= 0])
        labels.append(photo.annotations.label[matched[matched >= 0]])
    if not any(len(label) for label in labels):
        raise SystemExit(NEVER_RIGHT)
    return fit_temperature(np.concatenate(probs), np.concatenate(labels))


def _example(photo: LabelledFrame) -> np.ndarray:
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
            "missed; a badly worn mask is recognised on close faces only. See docs/model-card.md."
        ),
        "licence": "The weights are part of this project and carry its licence; two of the data sets state none.",
        **provenance(content, config),
    }
