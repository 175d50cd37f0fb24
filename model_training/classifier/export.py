"""Write a trained classifier as a LiteRT file with its card.

    python -m model_training export classifier --run runs/classifier --out webapp/models/mask_classifier.tflite

`evaluate classifier --model FILE --card CARD` then writes its metrics into the card;
`python -m webapp --classifier FILE` uses it.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model_training.classifier.dataset import plain_crops
from model_training.data.face_samples import MIN_SIDE_PX, read_coco_faces
from model_training.export.cards import data_sources, provenance, refuse_drift, weights_origin, write_card
from model_training.export.draft_files import model_draft
from model_training.export.export_options import add_export_options, measured_on, weights_words
from model_training.export.litert import WeightsType, to_litert
from model_training.training.trained_run import open_run
from webapp.vision.detectors.anchor_free import sigmoid
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import Model

PARITY_CROPS, CALIBRATION_CROPS = 200, 200

LARGEST_MEAN_DRIFT: dict[WeightsType, float] = {"float32": 0.0005, "float16": 0.005, "int8": 0.03}
"""Of the scores between Keras and the exported file, over crops. The mean, since one crop in the middle between two
labels may move a long way where nothing is wrong: float16 weights moved one by 0.08, and no label changed."""
LARGEST_FRACTION_RELABELLED: dict[WeightsType, float] = {"float32": 0.005, "float16": 0.01, "int8": 0.02}
"""Of crops that the exported file gives another label than Keras."""

NETWORKS = {
    "scratch": "Three 3 x 3 convolutions of 32, 32 and 64 filters",
    "vgg16": "VGG16",
    "mobilenetv2": "MobileNetV2, width 1.0",
}


@dataclass(frozen=True)
class Parity:
    """How far an exported file is from its Keras model.

    Args:
        crops: compared.
        largest_score_difference: of any class of any crop; of its face output too, as a probability.
        mean_score_difference: over crops, of the class that differs most.
        fraction_relabelled: of the crops that get another label.
    """

    crops: int
    largest_score_difference: float
    mean_score_difference: float
    fraction_relabelled: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    add_export_options(parser)


def run(args: argparse.Namespace) -> None:
    """Export, check parity on real crops, write the card.

    Raises:
        SystemExit: there is no such run, its photos are gone, or the exported file drifts from the Keras model.
    """
    trained = open_run(args.run, "classifier", ("backbone", "size_px", "classes", "padding", "images"))
    model, config = trained.model, trained.config
    examples: list[NDArray[np.float32]] = []
    try:
        if args.weights_type == "int8":
            examples = [crop[None].astype(np.float32) for crop in _crops(args, config, "train", CALIBRATION_CROPS)]
        crops = _crops(args, config, "val", PARITY_CROPS)
    except (ValueError, OSError) as error:
        raise SystemExit(str(error)) from error
    features = model.get_layer("label_score").input
    # The scores first; the features are what a visitor's own classifier is fitted to.
    content = to_litert(
        keras.Model(model.input, [model.output, features]), model.input_shape[1:], args.weights_type, examples
    )
    facts = {"metrics": _validation(trained.epochs), "features": int(features.shape[-1])}
    card = _card(args, config, content) | facts
    with model_draft(args.out, content) as draft:
        parity = measure_parity(model, MaskClassifier(Model(draft, card)), crops)
        refuse_drift(parity.mean_score_difference, LARGEST_MEAN_DRIFT[args.weights_type])
        refuse_relabelling(parity, LARGEST_FRACTION_RELABELLED[args.weights_type])
    card["parity_with_keras"] = {name: round(value, 5) for name, value in vars(parity).items()}
    write_card(args.out, card)
    print(
        f"{args.out} ({len(content) / 1e6:.2f} MB, {args.weights_type}); on {parity.crops} crops scores differ from "
        f"Keras by {parity.mean_score_difference:.5f}, at most {parity.largest_score_difference:.5f}; "
        f"{parity.fraction_relabelled:.1%} get another label"
    )


def measure_parity(model: keras.Model, exported: MaskClassifier, crops_rgb: NDArray[np.uint8]) -> Parity:
    """Compare a Keras model with its export.

    Args:
        model: the Keras model.
        exported: the file, as serving runs it.
        crops_rgb: uint8 (n, s, s, 3).
    """
    expected = model.predict(crops_rgb.astype(np.float32), verbose=0)
    found = exported.outputs(crops_rgb)
    classes = exported.class_count
    relabelled = expected[:, :classes].argmax(axis=1) != found[:, :classes].argmax(axis=1)
    # What is left is the face output, log-odds.
    pair = [np.hstack([each[:, :classes], sigmoid(each[:, classes:])]) for each in (expected, found)]
    apart = np.abs(pair[0] - pair[1]).max(axis=1)
    return Parity(len(crops_rgb), float(apart.max()), float(apart.mean()), float(relabelled.mean()))


def refuse_relabelling(parity: Parity, largest: float) -> None:
    """Refuse an exported file that gives too many crops another label than its Keras model.

    Args:
        parity: measured.
        largest: fraction that is allowed.

    Raises:
        SystemExit: it does; the message gives the number.
    """
    if parity.fraction_relabelled > largest:
        raise SystemExit(
            f"The exported file gives {parity.fraction_relabelled:.1%} of {parity.crops} crops another label than the "
            f"Keras model (allowed: {largest:.1%})."
        )


def _crops(args: argparse.Namespace, config: dict[str, Any], split: str, number: int) -> NDArray[np.uint8]:
    annotations, images = measured_on(args, config, split)
    samples = list(read_coco_faces(annotations, images, MIN_SIDE_PX, split))
    if not samples:
        raise ValueError(f"{annotations} has no face for the split {split!r}.")
    # From all over the file: the faces of a photo are alike, and they stand together.
    chosen = np.sort(np.random.default_rng(config.get("seed", 1)).permutation(len(samples))[:number])
    return plain_crops([samples[i] for i in chosen], config["size_px"], config["padding"])


def _card(args: argparse.Namespace, config: dict[str, Any], content: bytes) -> dict[str, Any]:
    return {
        "name": args.out.stem,
        "task": "mask_classifier",
        "architecture": _architecture(config),
        "backbone_weights": weights_origin(config, "faces"),
        "classes": config["classes"],
        "input": {"size_px": config["size_px"], "colour": "RGB", "dtype": "float32", "range": [0, 255]},
        "rescaling": "inside the model",
        "padding": config["padding"],
        "face_output": "face_output" in config,
        "threshold": "none: the label is the class of the highest score",
        "weights": weights_words(args.weights_type),
        "data": {
            "sources": data_sources(args, config),
            "training_faces_with_repeats": config["train_faces"],
            "validation_faces": config["validation_faces"],
            **({"face_output": config["face_output"]} if "face_output" in config else {}),
        },
        "licence": args.licence,
        "limits": "Learnt from the photos named under data. Hands, scarves and beards may pass for masks.",
        **provenance(content, config),
    }


def _validation(epochs: list[dict[str, float]]) -> dict[str, Any]:
    if not epochs:
        return {}
    best = max(epochs, key=lambda row: row["val_accuracy"])  # the first of equals, which is the one in `model.keras`
    return {"validation": {"epoch": int(best["epoch"]) + 1, "accuracy": round(best["val_accuracy"], 4)}}


def _architecture(config: dict[str, Any]) -> str:
    pooling = {"flatten": "flattened", "average": "global average pooling"}[config["pooling"]]
    hidden = "" if config["backbone"] == "mobilenetv2" else ", a hidden layer of 256"
    return f"{NETWORKS[config['backbone']]}, {pooling}{hidden}, softmax"
