"""Write a trained localizer as a LiteRT file with its card.

    python -m model_training export localizer --run runs/localizer --out webapp/models/localizer.tflite

`python -m webapp --detector localizer --model FILE` then detects faces with it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from model_training.export.cards import data_sources, provenance, refuse_drift, weights_origin, write_card
from model_training.export.draft_files import model_draft
from model_training.export.export_options import add_export_options, measured_on, weights_words
from model_training.export.litert import WeightsType, to_litert
from model_training.localizer.close_up_samples import read_close_windows
from model_training.localizer.metrics import Located, blind_sentence
from model_training.localizer.parity import (
    Parity,
    choose_threshold,
    measure_parity,
    measure_validation,
    predict_with_export,
    predict_with_keras,
)
from model_training.localizer.samples import LocalizerSample, read_localizer_samples
from model_training.training.trained_run import open_run
from webapp.vision.detectors.localizer import LocalizerDetector
from webapp.vision.model_files import Model

NEEDED = ("backbone", "backbone_weights", "size_px", "box_loss", "coco", "coco_val", "images")
CALIBRATION_PHOTOS = 100

NETWORKS = {"vgg16": "VGG16", "mobilenetv2": "MobileNetV2, width 1.0"}

BOX_HEAD_WORDS = {
    "maxima": "global max pooling, one head for the face, one for its box",
    "grid": "global max pooling with a head for the face; the box as a weighted mean of the map's cells",
}

LARGEST_DRIFT: dict[WeightsType, float] = {"float32": 0.001, "float16": 0.02, "int8": 0.5}
"""Of any score between Keras and the exported file. Float weights stay an order below. Eight bits move scores that are
near the middle a long way, so there decisions and boxes count."""
LARGEST_FRACTION_OTHERWISE: dict[WeightsType, float] = {"float32": 0.005, "float16": 0.01, "int8": 0.03}
"""Of samples in which only one of the two finds a face."""
LEAST_BOX_IOU: dict[WeightsType, float] = {"float32": 0.99, "float16": 0.98, "int8": 0.9}
"""Mean overlap of both boxes, on samples with a face."""

FALSE_POSITIVE_RATE, LOWEST_THRESHOLD = 0.05, 0.5
THRESHOLD_RULE = (
    f"the lowest from {LOWEST_THRESHOLD} on at which at most {FALSE_POSITIVE_RATE:.0%} of the validation samples "
    "without a face show one"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    add_export_options(parser)
    parser.add_argument(
        "--negatives", type=Path, nargs="+", help="folders of photos without faces (default: the run's)"
    )
    parser.add_argument("--force", action="store_true", help="export it even where it finds next to no face")


def run(args: argparse.Namespace) -> None:
    """Export, choose the threshold, check parity on real samples, write the card.

    Raises:
        SystemExit: there is no such run, its photos are gone, the exported file drifts from the Keras model, or,
            without `--force`, the localizer finds next to no face of validation.
    """
    trained = open_run(args.run, "localizer", NEEDED)
    network, config = trained.model, trained.config
    try:
        examples = _samples(args, config, "train") if args.weights_type == "int8" else []
        samples = _samples(args, config, "val")
        inputs = [_input(sample) for sample in examples]
        content = to_litert(network, network.input_shape[1:], args.weights_type, inputs)
    except (ValueError, OSError) as error:
        raise SystemExit(str(error)) from error
    present = np.array([sample.present for sample in samples])
    if not present.any():
        raise SystemExit("No validation photo shows a face to measure parity on.")
    card = _card(args, config, content)
    with model_draft(args.out, content) as draft:
        found = predict_with_export(LocalizerDetector(Model(draft, card)), samples)
        try:
            card["score_threshold"] = choose_threshold(found.score, present, FALSE_POSITIVE_RATE, LOWEST_THRESHOLD)
        except ValueError as error:
            raise SystemExit(str(error)) from error
        parity = measure_parity(predict_with_keras(network, samples), found, present, card["score_threshold"])
        refuse_drift(parity.largest_score_difference, LARGEST_DRIFT[args.weights_type])
        refuse_other_predictions(parity, args.weights_type)
        located = Located(
            samples, found.score.astype(float), found.box.astype(float), card["score_threshold"], [""] * len(samples)
        )
        blind = blind_sentence(located)
        if blind is not None and not args.force:
            raise SystemExit(f"Of validation: {blind} --force exports it all the same, and records it in the card.")
    card["parity_with_keras"] = {name: round(value, 5) for name, value in vars(parity).items()}
    card["metrics"]["validation"] = measure_validation(samples, found, card["score_threshold"])
    if blind is not None:
        card["limits"] = f"Exported by force. Of validation: {blind} {card['limits']}"
        print(card["limits"])
    write_card(args.out, card)
    print(f"{args.out} ({len(content) / 1e6:.2f} MB, {args.weights_type}), threshold {card['score_threshold']}")
    print(f"parity with Keras: {card['parity_with_keras']}")
    print(f"validation: {card['metrics']['validation']}")


def refuse_other_predictions(parity: Parity, weights_type: WeightsType) -> None:
    """Refuse an exported file that decides otherwise, or puts its boxes elsewhere, than its Keras model.

    Args:
        parity: measured.
        weights_type: selects the limits.

    Raises:
        SystemExit: it does; the message gives the difference.
    """
    most, least = LARGEST_FRACTION_OTHERWISE[weights_type], LEAST_BOX_IOU[weights_type]
    if parity.fraction_decided_otherwise > most or not parity.mean_box_iou >= least:
        raise SystemExit(
            f"The exported file decides {parity.fraction_decided_otherwise:.1%} of {parity.samples} samples otherwise "
            f"than the Keras model (allowed: {most:.1%}), and its boxes overlap the model's by "
            f"{parity.mean_box_iou:.3f} (required: {least})."
        )


def _samples(args: argparse.Namespace, config: dict[str, Any], split: str) -> list[LocalizerSample]:
    annotations, images = measured_on(args, config, split)
    negatives = args.negatives or _folders(config.get("negatives"))
    limit = CALIBRATION_PHOTOS if split == "train" else config.get("limit")
    size_px, seed = config["size_px"], config.get("seed", 1)
    samples = read_localizer_samples(annotations, images, size_px, seed, split, negatives, split == "val", limit)
    if config.get("close_probability"):
        samples += read_close_windows(annotations, images, size_px, seed, split, limit=limit)
    return samples


def _folders(noted: str | list[str] | None) -> list[Path]:
    # A run of before noted one folder or none.
    return [Path(folder) for folder in ([noted] if isinstance(noted, str) else noted or [])]


def _input(sample: LocalizerSample) -> np.ndarray:
    return sample.frame[None, :, :, ::-1].astype(np.float32)


def _card(args: argparse.Namespace, config: dict[str, Any], content: bytes) -> dict[str, Any]:
    return {
        "name": args.out.stem,
        "task": "face_localizer",
        "architecture": f"{NETWORKS[config['backbone']]}, {BOX_HEAD_WORDS[config.get('box_head', 'maxima')]}",
        "backbone_weights": weights_origin(config, "photos"),
        "classes": ["face"],
        "input": {"size_px": config["size_px"], "colour": "RGB", "dtype": "float32", "range": [0, 255]},
        "letterbox": "the frame at the upper left, grey (114) to its right and below",
        "rescaling": "inside the model",
        "outputs": "a score, and x1, y1, x2, y2 as fractions of the square",
        "score_threshold": LOWEST_THRESHOLD,
        "threshold_rule": THRESHOLD_RULE,
        "weights": weights_words(args.weights_type),
        "box_loss": config["box_loss"],
        "data": {
            "sources": data_sources(args, config),
            "training_photos": config.get("training_photos"),
            "of_these_without_faces": config.get("training_photos_without_faces"),
        },
        "metrics": {},
        "licence": args.licence,
        "limits": (
            "Shows one face at most; where there are several it may put its box between them. Learnt from the photos "
            "named under data."
        ),
        **provenance(content, config),
    }
