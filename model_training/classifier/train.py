"""Train a mask classifier: a small network from scratch, VGG16 or MobileNetV2.

    python -m model_training train classifier --backbone scratch --coco data/manifest.json \\
        --coco-val data/manifest.json --images data/ --run runs/scratch

Both files may be one: of a manifest whose photos name a `split`, training takes `train`, validation `val`. Photos that
are in both, or akin by the manifest's word, are refused.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import keras
import numpy as np

from model_training.classifier.dataset import PlainCrops, TrainingCrops, plain_crops
from model_training.classifier.face_selection import repeat_incorrect, require_classes, two_classes
from model_training.classifier.model_under_test import sheet_predictor
from model_training.classifier.network import CLASSIFIERS, POOLINGS, build_mask_classifier
from model_training.data.face_samples import (
    MIN_SIDE_PX,
    FaceSample,
    at_most,
    count_labels,
    read_coco_faces,
    read_crop_folder,
)
from model_training.data.photo_options import add_further_photos, add_photo_options, training_sets
from model_training.data.problems import Problems
from model_training.training.batch_norm import reestimate_folded_batch_norm
from model_training.training.best_model import KeepBest, check_best
from model_training.training.mixed_precision import build_in_bfloat16
from model_training.training.runs import jit_compile, run_callbacks, start_run, verbosity
from model_training.training.sample_sheet import add_sheet_options, sheet_callbacks
from webapp.vision.detections import LABELS

SIZES_PX = {"scratch": 224, "vgg16": 224, "mobilenetv2": 128}
LEARNING_RATES = {"scratch": 1e-4, "vgg16": 1e-4, "mobilenetv2": 5e-4}
BATCH_NORM_CROPS = 512


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    data = parser.add_argument_group("faces")
    add_photo_options(data)
    add_further_photos(data)
    data.add_argument(
        "--crops", type=Path, help="folder with WithMask/ and WithoutMask/ crops to add to training (default: none)"
    )
    data.add_argument(
        "--crops-limit", type=int, default=1000, help="most crops taken from each of its classes (default: %(default)s)"
    )
    data.add_argument(
        "--classes", type=int, choices=(2, 3), default=2, help="3 includes badly worn masks (default: %(default)s)"
    )
    data.add_argument(
        "--incorrect",
        choices=("leave-out", "without_mask"),
        default="leave-out",
        help="what two classes make of badly worn masks (default: %(default)s)",
    )
    data.add_argument(
        "--repeat-incorrect",
        type=int,
        default=3,
        help="times a badly worn mask is seen an epoch (default: %(default)s)",
    )
    data.add_argument(
        "--low-mask-probability",
        type=float,
        default=0.0,
        help="probability that a mask below the nose is painted over a bare face, for 3 classes (default: %(default)s)",
    )
    data.add_argument("--limit", type=int, help="most faces a class, for training and validation each (default: all)")
    data.add_argument(
        "--padding",
        type=float,
        default=0.1,
        help="margin as a fraction of the face's longer side (default: %(default)s)",
    )
    data.add_argument(
        "--augmentation",
        choices=("light", "strong"),
        default="light",
        help="flips and slight rotations, or all that happens to a webcam's picture (default: %(default)s)",
    )
    network = parser.add_argument_group("network")
    network.add_argument(
        "--backbone", choices=CLASSIFIERS, default="mobilenetv2", help="the network (default: %(default)s)"
    )
    network.add_argument(
        "--backbone-weights",
        default="imagenet",
        metavar="FILE|imagenet|none",
        help="where VGG16 and MobileNetV2 start; a run's model.keras, of whatever size, gives its backbone (default: "
        "imagenet, which Keras fetches once)",
    )
    network.add_argument("--frozen-before", help="name of the first backbone layer that learns (default: all learn)")
    network.add_argument("--size-px", type=int, help="side of the input, pixels (default: 224; MobileNetV2: 128)")
    network.add_argument(
        "--pooling", choices=POOLINGS, default="flatten", help="of the last feature map (default: %(default)s)"
    )
    network.add_argument("--dropout", type=float, default=0.5, help="before the last layer (default: %(default)s)")
    parser.add_argument("--run", type=Path, required=True, help="folder for model, metrics and checkpoints; resumes")
    parser.add_argument(
        "--epochs", type=int, default=12, help="in all, those of a resumed run included (default: %(default)s)"
    )
    parser.add_argument("--batch-size", type=int, default=32, help="faces a step (default: %(default)s)")
    parser.add_argument(
        "--learning-rate", type=float, help="peak, after one epoch of warm-up (default: 1e-4; MobileNetV2: 5e-4)"
    )
    parser.add_argument(
        "--mixed-precision", action="store_true", help="compute in bfloat16 (VGG16 on AMX: 3 to 4 times as fast)"
    )
    add_sheet_options(parser)
    parser.add_argument("--save-h5", action="store_true", help="write the model as model.h5 too")
    parser.add_argument("--seed", type=int, default=1, help="of order, augmentation and limits (default: %(default)s)")


def run(args: argparse.Namespace) -> None:
    """Train, resuming from the run's last whole epoch, and write `model.keras`, the best epoch on validation.

    Raises:
        SystemExit: the data or the weights cannot be used, the message gives the reason; or, after training, with
            status 1: some pictures could not be used.
    """
    args.size_px = args.size_px or SIZES_PX[args.backbone]
    args.learning_rate = args.learning_rate or LEARNING_RATES[args.backbone]
    if args.backbone == "scratch":
        args.backbone_weights = "none"
    problems = Problems()
    try:
        train, val = _read_samples(args, problems)
        done = start_run(args.run, args, _facts(args, train, val))
        network = {"classes": args.classes, "dropout": args.dropout, "pooling": args.pooling}
        network |= {"backbone": args.backbone, "size_px": args.size_px, "frozen_before": args.frozen_before}
        float32_model = build_mask_classifier(**network, backbone_weights=args.backbone_weights)
    except (ValueError, OSError) as error:
        raise problems.ended_by(error) from error
    if args.backbone == "mobilenetv2" and args.backbone_weights != "none":
        some = [train[i] for i in np.random.default_rng(args.seed).permutation(len(train))[:BATCH_NORM_CROPS]]
        reestimate_folded_batch_norm(float32_model, plain_crops(some, args.size_px, args.padding).astype(np.float32))
    model = float32_model
    if args.mixed_precision:
        model = build_in_bfloat16(lambda: build_mask_classifier(**network))
        model.set_weights(float32_model.get_weights())
    _fit(model, float32_model, train, val, done, args)
    crops = plain_crops(val[: args.batch_size], args.size_px, args.padding).astype(np.float32)
    check_best(args.run / "model.keras", float32_model, crops, args.save_h5)
    problems.finish()


def _fit(
    model: keras.Model,
    float32_model: keras.Model,
    train: list[FaceSample],
    val: list[FaceSample],
    done: list[dict[str, float]],
    args: argparse.Namespace,
) -> None:
    crops: dict[str, Any] = {"size_px": args.size_px, "padding": args.padding, "classes": args.classes}
    crops |= {"batch_size": args.batch_size, "workers": 2, "max_queue_size": 4}
    painted = {"low_mask_probability": args.low_mask_probability, **crops}
    batches = TrainingCrops(train, seed=args.seed, strong=args.augmentation == "strong", epoch=len(done), **painted)
    steps = len(batches)
    schedule = keras.optimizers.schedules.CosineDecay(
        args.learning_rate / 20, steps * max(args.epochs - 1, 1), warmup_target=args.learning_rate, warmup_steps=steps
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, weight_decay=1e-4, clipnorm=5.0),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.05),
        metrics=["accuracy"],
        jit_compile=jit_compile(),
    )
    best = max((row["val_accuracy"] for row in done), default=None)
    model.fit(
        batches,
        shuffle=False,  # the loader draws the order; Keras would shuffle batches by a random state that threads share
        validation_data=PlainCrops(val, **crops),
        epochs=args.epochs,
        callbacks=[
            KeepBest(args.run / "model.keras", "val_accuracy", best, float32_model),
            *run_callbacks(args.run),
            *sheet_callbacks(args, sheet_predictor(args.size_px, args.padding)),
        ],
        verbose=verbosity(),
    )


def _facts(args: argparse.Namespace, train: list[FaceSample], val: list[FaceSample]) -> dict[str, Any]:
    facts = {"train_faces": count_labels(train), "validation_faces": count_labels(val)}
    print(f"training faces (with repeats) {facts['train_faces']}, validation faces {facts['validation_faces']}")
    sources = sorted({sample.source for sample in train})
    return {"system": "classifier", "classes": list(LABELS[: args.classes]), "sources": sources, **facts}


def _read_samples(args: argparse.Namespace, problems: Problems) -> tuple[list[FaceSample], list[FaceSample]]:
    if args.low_mask_probability and args.classes == 2:
        raise ValueError("--low-mask-probability paints faces of the third class: it needs --classes 3.")
    images_val = args.images_val or args.images
    train: list[FaceSample] = []
    for coco, images in training_sets(args):
        train += read_coco_faces(coco, images, MIN_SIDE_PX, "train", problems)
    val = list(read_coco_faces(args.coco_val, images_val, MIN_SIDE_PX, "val", problems))
    if args.crops is not None:
        for folder, label in (("WithMask", "with_mask"), ("WithoutMask", "without_mask")):
            source = args.crops.parent.name
            found = read_crop_folder(args.crops / folder, LABELS.index(label), source, args.padding, problems)
            train += at_most(list(found), args.crops_limit, args.seed)
    if args.classes == 2:
        train, val = (two_classes(samples, args.incorrect == "without_mask") for samples in (train, val))
    if args.limit is not None:
        train, val = (at_most(samples, args.limit, args.seed) for samples in (train, val))
    require_classes(train, args.classes, "training")
    require_classes(val, args.classes, "validation")
    return repeat_incorrect(train, args.repeat_incorrect), val
