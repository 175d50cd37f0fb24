"""Give a trained classifier a face output: the log-odds that a crop shows a face at all.

    python -m model_training train face-output --run runs/classifier --coco train.json --images images/ \\
        --also taught/crops.json mask12k/Train --negatives empty/ empty_colour/ --out runs/classifier_face

The features of the classifier stay as they are; a logistic regression on them learns to tell faces from what the app's
detector takes for faces. `export classifier --run runs/classifier_face` writes a file with which the detector verifies
its large detections; `export detector` then calibrates both together.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from model_training.classifier.face_examples import Examples, empty_examples, labelled_examples
from model_training.data.photo_options import add_further_photos
from model_training.data.progress import progress
from model_training.training.trained_run import open_run
from webapp.vision.crops import crop_faces_rgb
from webapp.vision.detections import BoolArray, FloatArray
from webapp.vision.detectors.multiface import MultiFaceDetector
from webapp.vision.detectors.views import stream_views
from webapp.vision.model_files import load_model

INVERSE_PENALTY = 6e-4
"""C of scikit-learn, on standardised features: on 20,752 examples 1e-4 to 1e-3 were equally good on close-ups."""

HELD_OUT_EVERY = 8
"""One picture in so many measures; then all are fitted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--run", type=Path, required=True, help="folder of a finished `train classifier`")
    parser.add_argument("--coco", type=Path, required=True, help="COCO JSON or manifest of training photos")
    parser.add_argument("--images", type=Path, required=True, help="folder of its photos")
    add_further_photos(parser)
    parser.add_argument("--negatives", type=Path, nargs="+", required=True, help="folders of photos without faces")
    parser.add_argument(
        "--detector", type=Path, default=Path("multiface"), help="that proposes boxes (default: %(default)s)"
    )
    parser.add_argument("--size-px", type=int, default=416, help="of its largest view (default: %(default)s)")
    parser.add_argument("--photos", type=int, default=1500, help="most photos of a file (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the draw (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the classifier with its face output")


def run(args: argparse.Namespace) -> None:
    """Collect examples, fit, write `model.keras` and `config.json` of a run that `export classifier` takes.

    Raises:
        SystemExit: the run or the data cannot be used; the message gives the reason.
    """
    trained = open_run(args.run, "classifier", ("size_px", "padding", "classes"))
    if args.out.resolve() == args.run.resolve():
        raise SystemExit("--out must be another folder than --run.")
    try:
        features, is_face, picture = _collect(args, trained.model, trained.config)
    except (ValueError, OSError) as error:
        raise SystemExit(str(error)) from error
    if is_face.all() or not is_face.any():
        raise SystemExit("Among the examples are only faces, or none: give photos with and without faces.")
    held_out = picture % HELD_OUT_EVERY == 0
    facts = {"faces": int(is_face.sum()), "others": int((~is_face).sum()), "detector": args.detector.name}
    if len({*is_face[held_out].tolist()}) == len({*is_face[~held_out].tolist()}) == 2:
        weights, offset = fit_face_output(features[~held_out], is_face[~held_out])
        auc = roc_auc_score(is_face[held_out], features[held_out] @ weights + offset)
        facts["roc_auc_held_out"] = round(float(auc), 4)
    model = with_face_output(trained.model, *fit_face_output(features, is_face))
    args.out.mkdir(parents=True, exist_ok=True)
    model.save(args.out / "model.keras")
    config = trained.config | {"face_output": facts}
    if (args.run / "metrics.csv").exists():
        shutil.copy(args.run / "metrics.csv", args.out)
    (args.out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    print(f"{args.out / 'model.keras'}: {facts}")


def fit_face_output(features: FloatArray, is_face: BoolArray) -> tuple[FloatArray, float]:
    """Fit a logistic regression, both kinds weighted alike.

    Args:
        features: float32 (n, k).
        is_face: bool (n,); both kinds must occur.

    Returns:
        float32 (k,) weights of the raw features, and the offset.
    """
    scaler = StandardScaler().fit(features)
    fitted = LogisticRegression(C=INVERSE_PENALTY, class_weight="balanced", max_iter=1000).fit(
        scaler.transform(features), is_face
    )
    weights = fitted.coef_[0] / scaler.scale_
    return weights.astype(np.float32), float(fitted.intercept_[0] - weights @ scaler.mean_)


def with_face_output(model: keras.Model, weights: FloatArray, offset: float) -> keras.Model:
    """Return the classifier with a further output: float32 (n, classes + 1), the last column log-odds of a face.

    Args:
        model: whose last layer is its softmax.
        weights: float32 (k,), of what that layer takes.
        offset: added.
    """
    face = keras.layers.Dense(1, name="face_logit")
    label_score = model.layers[-1]
    outputs = keras.layers.Concatenate(name="label_score_and_face")([label_score.output, face(label_score.input)])
    face.set_weights([weights[:, None], np.array([offset], np.float32)])
    return keras.Model(model.input, outputs, name=f"{model.name}_with_face")


def _collect(
    args: argparse.Namespace, model: keras.Model, config: dict[str, Any]
) -> tuple[FloatArray, BoolArray, np.ndarray]:
    """Return features, float32 (n, k), whether each is a face, and the number of its picture, int64 (n,)."""
    if "face_output" in config:
        raise ValueError(f"{args.run} has a face output already.")
    features = keras.Model(model.input, model.layers[-1].input)
    found, is_face, picture = [], [], []
    for number, (frame, boxes, faces) in enumerate(progress(_examples(args), "picture")):
        if len(boxes):
            crops = crop_faces_rgb(frame, boxes, config["size_px"], config["padding"])
            found.append(features.predict_on_batch(crops.astype(np.float32)))
            is_face.append(faces)
            picture.append(np.full(len(boxes), number))
    if not found:
        raise ValueError("The photos give no example.")
    return np.concatenate(found), np.concatenate(is_face), np.concatenate(picture)


def _examples(args: argparse.Namespace) -> Iterator[Examples]:
    detector = MultiFaceDetector(load_model(args.detector, "face_detector"), stream_views(args.size_px))
    rng = np.random.default_rng(args.seed)
    sets = [(args.coco, args.images), *((coco, images) for coco, images in args.also)]
    labelled = (labelled_examples(coco, images, detector, args.photos, rng) for coco, images in sets)
    empty = (empty_examples(folder, detector, rng) for folder in args.negatives)
    return chain.from_iterable((*labelled, *empty))
