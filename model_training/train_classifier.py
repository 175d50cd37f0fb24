"""Train the mask classifier.

    python -m model_training train-classifier --coco train.json --coco-val val.json --images images/ \\
        --crops mask12k/Train --backbone-weights mobilenet_v2.weights.h5 --run runs/classifier
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import keras
import numpy as np

from model_training.batch_norm import restate_batch_norm
from model_training.crop_loader import TrainingCrops, plain_crops
from model_training.faces import FaceSample, count_labels, read_coco_faces, read_crop_folder
from model_training.networks.mobilenet_v2_classifier import build_mobilenet_v2_classifier
from webapp.vision.detections import LABELS

MIN_SIDE_PX = 12
INCORRECT = LABELS.index("mask_worn_incorrectly")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--coco", type=Path, required=True, help="COCO JSON of the training photos")
    parser.add_argument("--coco-val", type=Path, required=True, help="COCO JSON of the validation photos")
    parser.add_argument("--images", type=Path, required=True, help="folder of both files' photos")
    parser.add_argument("--crops", type=Path, help="folder with WithMask/ and WithoutMask/ crops to add to training")
    parser.add_argument("--crops-limit", type=int, default=1000, help="most crops taken from each of its classes")
    parser.add_argument("--backbone-weights", type=Path, help="MobileNetV2 .weights.h5 (default: random numbers)")
    parser.add_argument("--run", type=Path, required=True, help="folder for model, metrics and checkpoints; resumes")
    parser.add_argument("--size-px", type=int, default=128, help="side of the input, pixels")
    parser.add_argument("--padding", type=float, default=0.1, help="share of the face's longer side added all around")
    parser.add_argument("--repeat-incorrect", type=int, default=3, help="times a badly worn mask is seen an epoch")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=5e-4, help="peak, after one epoch of warm-up")
    parser.add_argument("--seed", type=int, default=1)


def run(args: argparse.Namespace) -> None:
    """Train, resuming from the run's last whole epoch, and write `model.keras`, the best epoch on validation."""
    keras.utils.set_random_seed(args.seed)
    args.run.mkdir(parents=True, exist_ok=True)
    train = _training_samples(args)
    val = list(read_coco_faces(args.coco_val, args.images, MIN_SIDE_PX))
    config = {k: str(v) if isinstance(v, Path) else v for k, v in vars(args).items() if k != "stage"}
    config["train_faces"] = count_labels(train)
    config["validation_faces"] = count_labels(val)
    (args.run / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    print(f"training faces (with repeats) {config['train_faces']}, validation faces {config['validation_faces']}")

    done = read_metrics(args.run / "metrics.csv")
    batches = TrainingCrops(
        train, args.size_px, args.padding, args.batch_size, args.seed, len(done), workers=2, max_queue_size=12
    )
    model = build_mobilenet_v2_classifier(args.size_px, len(LABELS), backbone_weights=args.backbone_weights)
    steps = len(batches)
    schedule = keras.optimizers.schedules.CosineDecay(
        args.learning_rate / 20, steps * (args.epochs - 1), warmup_target=args.learning_rate, warmup_steps=steps
    )
    _start_batch_norm(model, train, args)
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, weight_decay=1e-4, clipnorm=5.0),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.05),
        metrics=["accuracy"],
    )
    val_crops = plain_crops(val, args.size_px, args.padding).astype(np.float32)
    val_labels = keras.utils.to_categorical([s.label for s in val], len(LABELS))
    model.fit(
        batches,
        validation_data=(val_crops, val_labels),
        validation_batch_size=128,
        epochs=args.epochs,
        callbacks=[
            keras.callbacks.BackupAndRestore(str(args.run / "backup"), delete_checkpoint=False),
            keras.callbacks.ModelCheckpoint(
                str(args.run / "model.keras"),
                monitor="val_accuracy",
                save_best_only=True,
                mode="max",
                # Else the first epoch after a resume would replace the best one, however bad it is.
                initial_value_threshold=max((row["val_accuracy"] for row in done), default=None),
            ),
            keras.callbacks.CSVLogger(str(args.run / "metrics.csv"), append=True),
        ],
        verbose=2,
    )


def read_metrics(path: Path) -> list[dict[str, float]]:
    """Return the rows that `CSVLogger` has written, one an epoch; none if there is no such file yet."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def _start_batch_norm(model: keras.Model, train: list[FaceSample], args: argparse.Namespace) -> None:
    backbone = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    some = [train[i] for i in np.random.default_rng(args.seed).permutation(len(train))[:512]]
    restate_batch_norm(backbone, plain_crops(some, args.size_px, args.padding).astype(np.float32) / 127.5 - 1.0)


def _training_samples(args: argparse.Namespace) -> list[FaceSample]:
    samples: list[FaceSample] = []
    for sample in read_coco_faces(args.coco, args.images, MIN_SIDE_PX):
        samples += [sample] * (args.repeat_incorrect if sample.label == INCORRECT else 1)
    if args.crops is not None:
        rng = np.random.default_rng(args.seed)
        for folder, label in (("WithMask", "with_mask"), ("WithoutMask", "without_mask")):
            found = list(
                read_crop_folder(args.crops / folder, LABELS.index(label), args.crops.parent.name, args.padding)
            )
            chosen = rng.permutation(len(found))[: args.crops_limit]
            samples += [found[i] for i in sorted(chosen)]
    return samples
