"""Train the multi-face detector.

    python -m model_training train detector --coco train.json --coco-val val.json --images images/ \\
        --negatives negatives/ --backbone-weights mobilenet_v2_0.35.weights.h5 --run runs/detector
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model_training.data.annotations import LabelledFrame
from model_training.data.labelled_photos import coco_photo_files, empty_photo_files
from model_training.data.photo_options import add_further_photos, add_photo_options, training_sets
from model_training.data.problems import Problems
from model_training.detector.losses import FaceLoss
from model_training.detector.network import build_face_detector
from model_training.detector.predict import predict_photos
from model_training.detector.scenes import FaceScenes
from model_training.evaluation.coco_metrics import coco_metrics
from model_training.training.batch_norm import reestimate_folded_batch_norm
from model_training.training.ema import EmaWeights
from model_training.training.runs import jit_compile, run_callbacks, start_run, verbosity

STATISTICS_BATCHES = 40
BATCH_NORM_BATCHES = 8
EASY = 0.05
"""Least weight of a photo without faces, for those in which the network detects nothing."""

HARDNESS_SIZES_PX = (416, 160)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    add_photo_options(parser)
    add_further_photos(parser)
    parser.add_argument("--negatives", type=Path, nargs="*", default=[], help="folders of photos without faces")
    parser.add_argument(
        "--close-ups",
        type=Path,
        nargs=2,
        metavar=("COCO", "IMAGES"),
        help="pictures that one face fills, like crops with the boxes of `pseudo-label`",
    )
    parser.add_argument("--close-up-probability", type=float, default=0.1, help="that a scene is a close-up")
    parser.add_argument("--backbone-weights", type=Path, help="MobileNetV2 .weights.h5 (default: random numbers)")
    parser.add_argument("--start", type=Path, help=".weights.h5 of a whole detector to go on from")
    parser.add_argument("--run", type=Path, required=True, help="folder for weights, metrics and checkpoints; resumes")
    parser.add_argument("--alpha", type=float, default=0.35, help="width of MobileNetV2")
    parser.add_argument("--channels", type=int, default=64, help="of the pyramid and the head")
    parser.add_argument("--blocks", type=int, default=2, help="convolutions in each branch of the head")
    parser.add_argument(
        "--sizes-px",
        type=int,
        nargs="+",
        default=[320],
        help="sides of training scenes, pixels; batches take turns, the first one sets the cost of all",
    )
    parser.add_argument("--empty-probability", type=float, default=0.08, help="that a scene has no face")
    parser.add_argument(
        "--whole-probability",
        type=float,
        default=0.0,
        help="that a scene is a whole photo; the rest: mosaics, views",
    )
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=2e-3, help="peak, after half an epoch of warm-up")
    parser.add_argument(
        "--ema-momentum", type=float, default=0.998, help="of the exponential moving average of the weights"
    )
    parser.add_argument("--frozen-before", help="name of the first backbone layer that learns (default: all learn)")
    parser.add_argument("--measure-every", type=int, default=4, help="epochs between two measurements")
    parser.add_argument("--measure-px", type=int, default=480, help="longer side of the photos measured, pixels")
    parser.add_argument("--seed", type=int, default=1)


def run(args: argparse.Namespace) -> None:
    """Train, resuming from the run's last whole epoch.

    Every `--measure-every` epochs and after the last, write the EMA weights to `detector.weights.h5` and
    measure them on the validation photos; `metrics.csv` has a row an epoch.

    Raises:
        SystemExit: photos or weights cannot be used, the message names them; or, after training, with status 1: some
            pictures could not.
    """
    problems = Problems()
    try:
        _train(args, problems)
    except (ValueError, OSError) as error:
        raise problems.ended_by(error) from error
    problems.finish()


def _train(args: argparse.Namespace, problems: Problems) -> None:
    images_val = args.images_val or args.images
    sets = training_sets(args)
    photos = [file.read() for coco, images in sets for file in coco_photo_files(coco, images, "train", problems)]
    close_ups = []
    if args.close_ups:
        close_ups = [file.read() for file in coco_photo_files(args.close_ups[0], args.close_ups[1], "train", problems)]
    val = [file.read() for file in coco_photo_files(args.coco_val, images_val, "val", problems)]
    empty = [file.read() for folder in args.negatives for file in empty_photo_files(folder, False, problems)]
    if len(photos) < args.batch_size or not val:
        raise ValueError(
            f"{len(photos)} training photos (a batch has {args.batch_size}) and {len(val)} for validation are too few."
        )
    done = start_run(args.run, args, {"sources": sorted({photo.source for photo in [*photos, *close_ups, *empty]})})
    loader: dict[str, Any] = {"sizes_px": args.sizes_px, "batch_size": args.batch_size, "seed": args.seed}
    loader |= {"empty_probability": args.empty_probability, "whole_probability": args.whole_probability}
    loader |= {"close_ups": close_ups, "close_up_probability": args.close_up_probability}
    model = _build(args)
    if args.start:
        model.load_weights(args.start)
        loader["empty_weights"] = hardness(model, empty)
    some = FaceScenes(photos, empty, **loader)
    frames = [some[i][0] for i in range(min(STATISTICS_BATCHES, len(some)))]
    if args.backbone_weights and not args.start:
        _start_batch_norm(model, frames)
    scenes = FaceScenes(photos, empty, **loader, epoch=len(done), workers=2, max_queue_size=8)
    model.compile(_build_optimizer(args, len(scenes)), loss=FaceLoss(), jit_compile=jit_compile())
    ema = EmaWeights(
        _build(args),
        frames,
        args.run / "detector.weights.h5",
        lambda network: coco_metrics(val, predict_photos(network, val, args.measure_px)),
        args.measure_every,
    )
    model.fit(
        scenes,
        shuffle=False,  # the loader draws the order; Keras would shuffle batches by a random state that threads share
        epochs=args.epochs,
        callbacks=[ema, *run_callbacks(args.run)],
        verbose=verbosity(),
    )


def hardness(model: keras.Model, empty: Sequence[LabelledFrame]) -> list[float]:
    """Return the relative frequency of each photo without faces: the highest detection score in it.

    Args:
        model: the network as training begins.
        empty: photos without faces.
    """
    best = np.full(len(empty), EASY)
    for size_px in HARDNESS_SIZES_PX:
        found = predict_photos(model, empty, size_px)
        best = np.maximum(best, [detections.detection_score.max(initial=0.0) for detections in found])
    return best.tolist()


def _build(args: argparse.Namespace) -> keras.Model:
    return build_face_detector(args.alpha, args.channels, args.blocks, args.backbone_weights, args.frozen_before)


def _start_batch_norm(model: keras.Model, frames: list[NDArray[np.float32]]) -> None:
    # A few at a time: the probe keeps the inputs of every batch-norm layer of the backbone.
    seen = np.concatenate(frames[:BATCH_NORM_BATCHES])
    reestimate_folded_batch_norm(model.get_layer("backbone"), seen / 127.5 - 1.0, batch_size=4)


def _build_optimizer(args: argparse.Namespace, steps: int) -> keras.optimizers.Optimizer:
    schedule = keras.optimizers.schedules.CosineDecay(
        args.learning_rate / 50,
        steps * args.epochs - steps // 2,
        alpha=0.01,
        warmup_target=args.learning_rate,
        warmup_steps=steps // 2,
    )
    return keras.optimizers.AdamW(
        schedule, weight_decay=5e-4, clipnorm=10.0, use_ema=True, ema_momentum=args.ema_momentum
    )
