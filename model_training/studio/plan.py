"""The stages of one collection, as words of the command line: what a person would type after `collect`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TASKS = ("localizer", "classifier")
MODEL = "model/model.tflite"
LEAST_SITTINGS = 3
"""From so many on, validation and test get sittings of their own."""


@dataclass(frozen=True)
class Choice:
    """What is trained, and how.

    Args:
        task: of `TASKS`.
        backbone: of the task's own.
        weights: see `--backbone-weights` of the training stages.
        epochs, size_px, copies: see the options of training and of `augment`.
        classes: that a classifier learns, 2 or 3.
    """

    task: str
    backbone: str
    weights: str
    epochs: int
    size_px: int
    copies: int
    classes: int = 3


def label_words(folder: Path) -> list[str]:
    """Return the words that make a manifest of labelme files in `FOLDER/pictures`, a folder a sitting."""
    return [
        *("label", "--images", str(folder / "pictures"), "--session-folders"),
        *("--source", "collection", "--out", str(folder / "all.json")),
    ]


def split_words(folder: Path, sittings: int) -> list[list[str]]:
    """Return the words that split by sitting, as far as there are enough of them.

    All pictures of one person in one room are near-duplicates of each other, so sittings alone decide. Of two, one is
    the test; validation then takes every fifth picture of the other. Of one, pictures are drawn.

    Args:
        folder: with `all.json`; the result is `splits/`.
        sittings: how many there are.
    """
    images = ["--images", str(folder / "pictures"), "--near-duplicate-bits", "-1"]
    everything, splits = ["split", "--manifest", str(folder / "all.json"), *images], str(folder / "splits")
    if sittings >= LEAST_SITTINGS:
        parts = ["34", "33", "33"] if sittings == LEAST_SITTINGS else ["60", "20", "20"]
        return [[*everything, "--percentages", *parts, "--out", splits]]
    if sittings == 1:
        return [[*everything, "--by", "photo", "--percentages", "60", "20", "20", "--out", splits]]
    by_sitting = str(folder / "by-sitting")
    rest = ["split", "--manifest", f"{by_sitting}/train.json", *images, "--by", "photo"]
    return [
        [*everything, "--percentages", "50", "0", "50", "--out", by_sitting],
        [*rest, "--percentages", "80", "20", "0", "--out", splits],
    ]


def augment_words(folder: Path, choice: Choice) -> list[str]:
    """Return the words that multiply the training pictures."""
    return [
        *("augment", "--manifest", str(folder / "splits" / "train.json"), "--images", str(folder / "pictures")),
        *("--copies", str(choice.copies), "--vertical-flip", "0", "--out", str(folder / "augmented")),
    ]


def train_words(folder: Path, choice: Choice) -> list[str]:
    """Return the words that train, or go on after the last whole epoch."""
    augmented, pictures, splits = folder / "augmented", str(folder / "pictures"), folder / "splits"
    words = [
        *("train", choice.task, "--backbone", choice.backbone, "--backbone-weights", choice.weights),
        *("--coco", str(augmented / "manifest.json"), "--images", str(augmented)),
        *("--coco-val", str(splits / "val.json"), "--images-val", pictures),
        *("--sheet", str(splits / "test.json"), pictures),
        *("--size-px", str(choice.size_px), "--epochs", str(choice.epochs), "--run", str(folder / "run")),
    ]
    if choice.task == "localizer":
        return [*words, "--learning-rate", "1e-3", "--decay", "0.9", "--box-weight", "10"]
    return [*words, "--classes", str(choice.classes), "--pooling", "average"]


def evaluate_words(folder: Path, choice: Choice) -> list[str]:
    """Return the words that measure the best epoch on the test pictures."""
    words = ["evaluate", choice.task, "--run", str(folder / "run"), "--coco", str(folder / "splits" / "test.json")]
    words += ["--images", str(folder / "pictures"), "--resamples", "200"]
    return [*words, "--close-windows", "60"] if choice.task == "localizer" else words


def export_words(folder: Path, choice: Choice) -> list[str]:
    """Return the words that export it; a localizer that finds next to no face says so in its card."""
    words = ["export", choice.task, "--run", str(folder / "run"), "--out", str(folder / MODEL)]
    return [*words, "--weights-type", "float32", "--force"] if choice.task == "localizer" else words
