"""Write a trained classifier as a float16 LiteRT file with its card.

    python -m model_training export-classifier --model runs/classifier/model.keras \\
        --config runs/classifier/config.json --coco test.json --images images/ \\
        --out webapp/models/mask_classifier.tflite --metrics runs/classifier/test.json
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model_training.crop_loader import plain_crops
from model_training.faces import read_coco_faces
from webapp.vision.detections import LABELS
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import Model

LARGEST_DRIFT = 0.02
"""Of any score between Keras and the exported file; float16 weights stay an order below."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--model", type=Path, required=True, help=".keras file of the training stage")
    parser.add_argument("--config", type=Path, required=True, help="config.json of the training stage")
    parser.add_argument("--coco", type=Path, required=True, help="COCO JSON whose crops parity is measured on")
    parser.add_argument("--images", type=Path, required=True, help="folder of its photos")
    parser.add_argument("--metrics", type=Path, help="JSON of the evaluation stage, copied into the card")
    parser.add_argument("--sources", nargs="*", default=[], help="names of the data sets, for the card")
    parser.add_argument("--out", type=Path, required=True, help=".tflite to write; its card gets the suffix .json")


def run(args: argparse.Namespace) -> None:
    """Export, check parity on real crops, write the card.

    Raises:
        SystemExit: the exported file drifts from the Keras model.
    """
    config = json.loads(args.config.read_text())
    model = keras.models.load_model(args.model)
    content = to_litert(model)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_bytes(content)
    card = _card(args, config, content)
    samples = list(read_coco_faces(args.coco, args.images, 12))[:200]
    crops = plain_crops(samples, config["size_px"], config["padding"])
    drift = parity_drift(model, MaskClassifier(Model(args.out, card)), crops)
    if not drift <= LARGEST_DRIFT:  # also true for NaN
        args.out.unlink()
        raise SystemExit(f"The exported file drifts from the Keras model by {drift:.4f} (allowed: {LARGEST_DRIFT}).")
    card["parity_with_keras"] = {"crops": len(crops), "largest_score_difference": round(drift, 5)}
    args.out.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(f"{args.out} ({len(content) / 1e6:.2f} MB), largest score difference to Keras {drift:.5f}")


def to_litert(model: keras.Model) -> bytes:
    """Return a model as LiteRT file content with float16 weights and a batch of one."""
    import tensorflow as tf

    # With a batch of one written into the model, every shape in the file is fixed and buffers are planned once.
    single = keras.Input(batch_shape=(1, *model.input_shape[1:]), name="crop_rgb")
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(single, model(single, training=False)))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    content: bytes = converter.convert()
    return content


def parity_drift(model: keras.Model, exported: MaskClassifier, crops_rgb: NDArray[np.uint8]) -> float:
    """Return the largest difference of any score between a Keras model and its export.

    Args:
        model: the Keras model.
        exported: the file, as serving runs it.
        crops_rgb: uint8 (n, s, s, 3).
    """
    expected = model.predict(crops_rgb.astype(np.float32), verbose=0)
    return float(np.abs(expected - exported.probabilities(crops_rgb)).max())


def _card(args: argparse.Namespace, config: dict[str, Any], content: bytes) -> dict[str, Any]:
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "name": args.out.stem,
        "task": "mask_classifier",
        "architecture": f"MobileNetV2, width 1.0, {_origin(config)}",
        "classes": list(LABELS),
        "input": {"size_px": config["size_px"], "colour": "RGB", "dtype": "float32", "range": [0, 255]},
        "rescaling": "inside the model",
        "padding": config["padding"],
        "weights": "float16",
        "data": {
            "sources": args.sources,
            "training_faces_with_repeats": config["train_faces"],
            "validation_faces": config["validation_faces"],
        },
        "metrics": json.loads(args.metrics.read_text()) if args.metrics else {},
        "licence": "The weights are part of this project and carry its licence; two of the data sets state none.",
        "limits": "Learnt from photos of the web, mostly of adults. Hands, scarves and beards may pass for masks.",
        "trained": datetime.date.today().isoformat(),
        "commit": revision.stdout.strip() or None,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
    }


def _origin(config: dict[str, Any]) -> str:
    return "fine-tuned from ImageNet weights" if config["backbone_weights"] else "trained from random weights"
