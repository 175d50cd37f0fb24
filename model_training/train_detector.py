"""Train the multi-face detector.

    python -m model_training train-detector --coco train.json --coco-val val.json --images images/ \\
        --negatives negatives/ --backbone-weights mobilenet_v2_0.35.weights.h5 --run runs/detector
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import keras

from model_training.face_losses import face_loss
from model_training.face_scenes import FaceScenes
from model_training.networks.face_detector import build_face_detector
from model_training.photos import read_coco_photos, read_empty_photos


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--coco", type=Path, required=True, help="COCO JSON of the training photos")
    parser.add_argument("--coco-val", type=Path, required=True, help="COCO JSON of the validation photos")
    parser.add_argument("--images", type=Path, required=True, help="folder of both files' photos")
    parser.add_argument("--negatives", type=Path, help="folder of photos without faces")
    parser.add_argument("--backbone-weights", type=Path, help="MobileNetV2 .weights.h5 (default: random numbers)")
    parser.add_argument("--start", type=Path, help=".weights.h5 of a whole detector to go on from")
    parser.add_argument("--run", type=Path, required=True, help="folder for weights, metrics and checkpoints; resumes")
    parser.add_argument("--alpha", type=float, default=0.35, help="width of MobileNetV2")
    parser.add_argument("--channels", type=int, default=64, help="of the pyramid and the head")
    parser.add_argument("--blocks", type=int, default=2, help="convolutions in each branch of the head")
    parser.add_argument("--size-px", type=int, default=320, help="side of a training scene, pixels")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=2e-3, help="peak, after half an epoch of warm-up")
    parser.add_argument("--seed", type=int, default=1)


def run(args: argparse.Namespace) -> None:
    """Train, resuming from the run's last whole epoch, and write `detector.weights.h5` after each epoch."""
    keras.utils.set_random_seed(args.seed)
    args.run.mkdir(parents=True, exist_ok=True)
    config = {k: str(v) if isinstance(v, Path) else v for k, v in vars(args).items()}
    (args.run / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    photos = list(read_coco_photos(args.coco, args.images))
    empty = read_empty_photos(args.negatives, held_out=False) if args.negatives else []
    scenes = FaceScenes(photos, empty, args.size_px, args.batch_size, args.seed, workers=2, max_queue_size=8)
    val = FaceScenes(
        list(read_coco_photos(args.coco_val, args.images)), [], args.size_px, args.batch_size, args.seed + 1
    )
    model = build_face_detector(args.alpha, args.channels, args.blocks, args.backbone_weights)
    if args.start:
        model.load_weights(args.start)
    steps = len(scenes)
    schedule = keras.optimizers.schedules.CosineDecay(
        args.learning_rate / 50,
        steps * args.epochs - steps // 2,
        alpha=0.01,
        warmup_target=args.learning_rate,
        warmup_steps=steps // 2,
    )
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=5e-4, clipnorm=10.0), loss=face_loss)
    model.fit(
        scenes,
        # The same scenes every time: each validation reads the first epoch of a loader that never moves on.
        validation_data=_fixed(val),
        validation_freq=2,
        epochs=args.epochs,
        callbacks=[
            keras.callbacks.BackupAndRestore(str(args.run / "backup"), delete_checkpoint=False),
            keras.callbacks.ModelCheckpoint(str(args.run / "detector.weights.h5"), save_weights_only=True),
            keras.callbacks.CSVLogger(str(args.run / "metrics.csv"), append=True),
        ],
        verbose=2,
    )


def _fixed(scenes: FaceScenes) -> FaceScenes:
    scenes.on_epoch_end = lambda: None  # type: ignore[method-assign]
    return scenes
