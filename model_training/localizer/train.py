"""Train the single-face localizer.

    python -m model_training train localizer --backbone mobilenetv2 --backbone-weights imagenet \\
        --coco train.json --coco-val val.json --images images/ --negatives empty/ --run runs/localizer
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

import keras
import numpy as np

from model_training.data.annotations import Photo
from model_training.data.face_samples import FaceSample, at_most, read_crop_folder
from model_training.data.labelled_photos import coco_photo_files, empty_photo_files
from model_training.data.photo_options import add_further_photos, add_photo_options, training_sets
from model_training.data.problems import Problems
from model_training.localizer.close_up_samples import read_close_windows
from model_training.localizer.dataset import PlainSquares, TrainingSquares
from model_training.localizer.losses import BOX_LOSSES, iou
from model_training.localizer.model_under_test import predict_sheet
from model_training.localizer.network import BOX_HEADS, build_localizer
from model_training.localizer.samples import read_localizer_samples, some_files
from model_training.training.backbones import BACKBONES
from model_training.training.batch_norm import reestimate_folded_batch_norm
from model_training.training.best_model import KeepBest, check_best
from model_training.training.mixed_precision import build_in_bfloat16
from model_training.training.runs import jit_compile, run_callbacks, start_run, verbosity
from model_training.training.sample_sheet import add_sheet_options, sheet_callbacks
from webapp.vision.detections import LABELS

PLAIN_NAMES = {"face_score_accuracy": "accuracy", "box_iou": "iou"}
BATCH_NORM_SAMPLES = 512
SCHEDULES = ("inverse", "cosine")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    add_photo_options(parser)
    add_further_photos(parser)
    parser.add_argument(
        "--negatives", type=Path, nargs="+", default=[], help="folders of photos without faces (default: none)"
    )
    parser.add_argument(
        "--crops", type=Path, help="folder with WithMask/ and WithoutMask/ crops: faces without a box (default: none)"
    )
    parser.add_argument(
        "--unboxed",
        nargs="+",
        default=[],
        metavar="SOURCE",
        help="sets whose boxes are not learnt, since they are drawn in another style (default: none)",
    )
    parser.add_argument(
        "--close-probability",
        type=float,
        default=0.0,
        help="probability that a sample with a face is a window that it fills; validation then has such windows too "
        "(default: %(default)s)",
    )
    parser.add_argument("--run", type=Path, required=True, help="folder for model, metrics and checkpoints; resumes")
    parser.add_argument(
        "--backbone",
        choices=BACKBONES,
        default="mobilenetv2",
        help="the network under the two heads (default: %(default)s)",
    )
    parser.add_argument(
        "--backbone-weights",
        default="none",
        metavar="FILE|imagenet|none",
        help="where it starts; a run's model.keras, of whatever size and heads, gives its backbone "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--size-px", type=int, default=120, help="side of the square input, pixels (default: %(default)s)"
    )
    parser.add_argument(
        "--box-loss",
        choices=BOX_LOSSES,
        default="corner-and-size",
        help="squared error of corner and sides; with the sides' absolute error; or of the four numbers; or the "
        "overlap loss with the absolute error of the four sides "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--box-head",
        choices=BOX_HEADS,
        default="maxima",
        help="behind the maxima of the last feature map, or cell by cell of the map (default: %(default)s)",
    )
    parser.add_argument(
        "--dropout", type=float, default=0.0, help="fraction of the features before the heads (default: %(default)s)"
    )
    parser.add_argument("--box-weight", type=float, default=1.0, help="of the box in the loss (default: %(default)s)")
    parser.add_argument(
        "--class-weight", type=float, default=0.5, help="of the presence of a face (default: %(default)s)"
    )
    parser.add_argument(
        "--epochs", type=int, default=40, help="in all, those of a resumed run included (default: %(default)s)"
    )
    parser.add_argument("--batch-size", type=int, default=8, help="samples a step (default: %(default)s)")
    parser.add_argument("--learning-rate", type=float, default=1e-4, help="Adam's, at the start (default: %(default)s)")
    parser.add_argument(
        "--schedule",
        choices=SCHEDULES,
        default="inverse",
        help="the rate falls as 1 / time, see --decay, or as a cosine to nothing at the last epoch, behind half an "
        "epoch of warm-up (default: %(default)s)",
    )
    parser.add_argument(
        "--decay", type=float, default=0.75, help="fraction of it that is left after one epoch (default: %(default)s)"
    )
    parser.add_argument(
        "--vertical-flip",
        type=float,
        default=0.0,
        help="probability that a sample is turned upside down (default: %(default)s)",
    )
    parser.add_argument("--limit", type=int, help="most photos taken of each set, for small machines (default: all)")
    parser.add_argument(
        "--mixed-precision",
        action="store_true",
        help="compute in bfloat16 (on AMX: VGG16 about 4 times as fast, MobileNetV2 slower)",
    )
    add_sheet_options(parser)
    parser.add_argument("--save-h5", action="store_true", help="write the best epoch as model.h5 too")
    parser.add_argument("--seed", type=int, default=1, help="of order, windows and augmentation (default: %(default)s)")


def run(args: argparse.Namespace) -> None:
    """Train, resuming from the run's last whole epoch, and write `model.keras`, the best epoch on validation.

    Raises:
        SystemExit: photos or weights cannot be used, the message names them; or, after training, with status 1: some
            pictures could not.
    """
    problems = Problems()
    try:
        _train(args, problems)
    except ValueError as error:
        raise problems.ended_by(error) from error
    problems.finish()


def _train(args: argparse.Namespace, problems: Problems) -> None:
    if args.size_px < 32 or not 0 < args.decay <= 1:
        raise ValueError("--size-px must be 32 or more; --decay must be more than 0 and at most 1.")
    images_val = args.images_val or args.images
    files = _training_files(args, problems)
    crops = _ready_crops(args, problems)
    val = read_localizer_samples(
        args.coco_val,
        images_val,
        args.size_px,
        args.seed,
        "val",
        args.negatives,
        held_out=True,
        limit=args.limit,
        problems=problems,
    )
    if args.close_probability:
        val += read_close_windows(args.coco_val, images_val, args.size_px, args.seed, "val", limit=args.limit)
    counts = Counter(sample.kind for sample in val)
    if not any(sample.present for sample in val):
        raise ValueError(f"No photo of {args.coco_val} shows a face to measure on.")
    print(f"training photos {len(files)}, validation samples {dict(counts)}")
    facts = {
        "system": "localizer",
        "training_photos": len(files),
        "training_photos_without_faces": sum(not len(file.annotations) for file in files),
        "training_crops": len(crops),
        "validation_samples": counts,
        "sources": sorted({file.source for file in files}),
    }
    done = start_run(args.run, args, facts)
    loader = {"size_px": args.size_px, "batch_size": args.batch_size, "seed": args.seed}
    loader |= {"close_probability": args.close_probability, "crops": crops, "unboxed": args.unboxed}
    squares = TrainingSquares(
        files, **loader, vertical_flip=args.vertical_flip, epoch=len(done), workers=2, max_queue_size=8
    )
    network = build_localizer(
        args.backbone, args.size_px, args.backbone_weights, box_head=args.box_head, dropout=args.dropout
    )
    if args.backbone == "mobilenetv2" and args.backbone_weights != "none":
        reestimate_folded_batch_norm(network, _frames(TrainingSquares(files, **loader)), batch_size=16)
    trained = _build_trained(network, args)
    trained.compile(
        build_optimizer(args, len(squares)),
        loss={"face_score": keras.losses.BinaryCrossentropy(), "box": BOX_LOSSES[args.box_loss]},
        loss_weights={"face_score": args.class_weight, "box": args.box_weight},
        weighted_metrics={
            "face_score": keras.metrics.BinaryAccuracy(name="accuracy"),
            "box": keras.metrics.MeanMetricWrapper(iou, name="iou"),
        },
        jit_compile=jit_compile(),
    )
    best = max((row["val_iou"] for row in done), default=None)
    trained.fit(
        squares,
        shuffle=False,  # the loader draws the order; Keras would shuffle batches by a random state that threads share
        validation_data=PlainSquares(val, 32),
        epochs=args.epochs,
        callbacks=[
            PlainNames(),
            KeepBest(args.run / "model.keras", "val_iou", best, network),
            *run_callbacks(args.run),
            *sheet_callbacks(args, predict_sheet),
        ],
        verbose=verbosity(),
    )
    check_best(args.run / "model.keras", network, PlainSquares(val, args.batch_size)[0][0], args.save_h5)


def _build_trained(network: keras.Model, args: argparse.Namespace) -> keras.Model:
    # A second model, so that the saved network names no loss that only this stage knows.
    if not args.mixed_precision:
        return keras.Model(network.input, network.output)
    trained = build_in_bfloat16(lambda: _same_network(args))
    trained.set_weights(network.get_weights())
    return trained


def _same_network(args: argparse.Namespace) -> keras.Model:
    return build_localizer(args.backbone, args.size_px, box_head=args.box_head, dropout=args.dropout)


def _training_files(args: argparse.Namespace, problems: Problems) -> list[Photo]:
    files = []
    for coco, images in training_sets(args):
        files += some_files(coco_photo_files(coco, images, "train", problems), args.limit, args.seed)
    for folder in args.negatives:
        files += some_files(empty_photo_files(folder, False, problems), args.limit, args.seed)
    return files


def _ready_crops(args: argparse.Namespace, problems: Problems) -> list[FaceSample]:
    if args.crops is None:
        return []
    found: list[FaceSample] = []
    for name, label in (("WithMask", "with_mask"), ("WithoutMask", "without_mask")):
        own = list(read_crop_folder(args.crops / name, LABELS.index(label), args.crops.parent.name, 0.0, problems))
        found += at_most(own, args.limit or len(own), args.seed)
    return found


def _frames(squares: TrainingSquares) -> np.ndarray:
    batches = min(len(squares), -(-BATCH_NORM_SAMPLES // len(squares[0][0])))
    return np.concatenate([squares[i][0] for i in range(batches)])


def build_optimizer(args: argparse.Namespace, steps: int) -> keras.optimizers.Optimizer:
    """Return Adam (Kingma & Ba 2015, arXiv:1412.6980) whose rate falls as 1 / time, or as a cosine.

    As 1 / time, after e epochs it is rate / (1 + (1 / decay - 1) e): what the `decay` of older Keras made of it, step
    by step.

    Args:
        args: with `schedule`, `learning_rate`, `decay` and `epochs`.
        steps: batches an epoch.
    """
    if args.schedule == "cosine":
        warm = max(steps // 2, 1)
        falling = max(steps * args.epochs - warm, 1)
        cosine = keras.optimizers.schedules.CosineDecay(
            args.learning_rate / 20, falling, warmup_target=args.learning_rate, warmup_steps=warm
        )
        return keras.optimizers.Adam(cosine, clipnorm=5.0)
    schedule = keras.optimizers.schedules.InverseTimeDecay(args.learning_rate, steps, 1 / args.decay - 1)
    return keras.optimizers.Adam(schedule)


class PlainNames(keras.callbacks.Callback):  # type: ignore[misc]
    """Rename the metrics of the two outputs as in every run: accuracy, iou, val_accuracy, val_iou."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Rename; Keras calls this."""
        if logs is not None:
            for name, plain in PLAIN_NAMES.items():
                for prefix in ("", "val_"):
                    logs[prefix + plain] = logs.pop(prefix + name)
