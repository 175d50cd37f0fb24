"""Run every stage on one collection: label, split by sitting, augment, train, evaluate, export, and a short report.

    python -m model_training studio --folder mine --task localizer

`mine/pictures/` has a folder a sitting with pictures and labelme files; all else is written beside it: what the stages
make, `progress.jsonl`, `log.txt`, and in the end `results/`. A run that was stopped goes on, training after its last
whole epoch. The page /train runs this.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model_training.data.coco import SPLITS, read_coco
from model_training.stages import run_stage
from model_training.studio.plan import (
    MODEL,
    TASKS,
    Choice,
    augment_words,
    evaluate_words,
    export_words,
    label_words,
    split_words,
    train_words,
)
from model_training.studio.progress import Progress, take_stdout
from model_training.training.metrics_log import read_metrics
from webapp.processes.helpers import end_with_parent, yield_to_live_view
from webapp.vision.detections import LABELS

LABEL_WORDS = dict(zip(LABELS, ("with a mask", "without a mask", "with a mask worn incorrectly"), strict=True))

COPIES_MAX = 12_000
"""Of all training pictures together: more pictures need fewer copies, and an epoch must end."""

FETCH_WITHIN_S = 20.0
"""Longest silence of a server from which weights are fetched."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--folder", type=Path, required=True, help="with pictures/; gets everything else")
    parser.add_argument("--task", choices=TASKS, required=True, help="find a face, or tell how a mask is worn")
    parser.add_argument("--backbone", default="mobilenetv2", help="see `train` (default: %(default)s)")
    parser.add_argument(
        "--backbone-weights",
        default="imagenet",
        help="see `train`; imagenet becomes none where it cannot be fetched (default: %(default)s)",
    )
    parser.add_argument("--epochs", type=int, default=8, help="see `train` (default: %(default)s)")
    parser.add_argument("--size-px", type=int, default=120, help="see `train` (default: %(default)s)")
    parser.add_argument("--copies", type=int, default=60, help="see `augment` (default: %(default)s)")
    parser.add_argument(
        "--parent", type=int, help="process that reads JSON Lines from standard output, and with which this one ends"
    )


def run(args: argparse.Namespace) -> None:
    """Run what is not done yet.

    Raises:
        SystemExit: a stage cannot go on; the message gives the reason.
    """
    args.folder = args.folder.resolve()
    send: Callable[[dict[str, Any]], None] = lambda message: None  # noqa: E731
    if args.parent is not None:
        send = take_stdout(args.folder / "log.txt")
        end_with_parent(args.parent)
        yield_to_live_view()
    try:
        _Studio(args, Progress(args.folder, send)).run()
    except SystemExit as ended:
        sentence = str(ended.code).strip().splitlines()[-1].replace(f"{args.folder}/", "")
        send({"error": {"code": "training_failed", "message": sentence}})
        raise
    except MemoryError:
        send({"error": {"code": "training_failed", "message": "The training needs more memory than there is."}})
        raise
    except OSError as error:
        send({"error": {"code": "storage_full", "message": f"The training could not write: {error.strerror}."}})
        raise
    send({"done": {}})


class _Studio:
    def __init__(self, args: argparse.Namespace, progress: Progress) -> None:
        self._args, self._folder, self._progress = args, args.folder, progress
        self._notes = args.folder / "done.json"

    def run(self) -> None:
        self._stage("label", lambda: self._run(label_words(self._folder), self._folder / "all.json"))
        self._stage("split", self._split)
        choice = self._choice()
        self._stage("augment", lambda: self._run(augment_words(self._folder, choice), self._folder / "augmented"))
        self._stage("train", lambda: self._train(choice))
        evaluated = self._folder / "run" / "evaluation" / "report.html"
        self._stage("evaluate", lambda: self._run(evaluate_words(self._folder, choice), evaluated))
        self._stage("export", lambda: self._run(export_words(self._folder, choice), self._folder / MODEL))
        self._progress.stage("report")
        self._report(choice)  # each time: whoever takes the results moves them away

    def _stage(self, name: str, work: Callable[[], None]) -> None:
        done = json.loads(self._notes.read_text()) if self._notes.exists() else []
        if name in done:
            return
        self._progress.stage(name)
        work()
        draft = self._notes.with_suffix(".part")
        draft.write_text(json.dumps([*done, name]))
        draft.replace(self._notes)

    def _run(self, words: list[str], result: Path) -> None:
        """Run a stage. Where it has done its work but for some pictures, which it lists, it ends with status 1."""
        print(f"$ python -m model_training {' '.join(words)}", flush=True)
        if result.is_dir():
            shutil.rmtree(result)
        try:
            run_stage(words)
        except SystemExit as ended:
            sys.stdout.flush()
            if ended.code == 1 and not result.exists():
                # What was wrong is listed already; the page shows the sentence alone.
                raise SystemExit(f"`{words[0]}` could use none of the pictures; log.txt lists why.") from ended
            if ended.code != 1:
                raise

    def _split(self) -> None:
        photos = read_coco(self._folder / "all.json")
        sittings = len({photo.session for photo in photos})
        for words in split_words(self._folder, sittings):
            self._run(words, Path(words[-1]) / "train.json")
        if sittings == 2:
            shutil.copyfile(self._folder / "by-sitting" / "test.json", self._folder / "splits" / "test.json")
        if sittings == 1:
            self._progress.remark(
                "All pictures are of one sitting, so the test pictures resemble those of the training: the real "
                "figures are lower. A second sitting, with another lamp or chair, gives honest ones."
            )

    def _choice(self) -> Choice:
        counts = {name: self._label_counts(name) for name in SPLITS}
        args = self._args
        classes = 2
        if args.task == "classifier":
            classes = 3 if any(own[2] for own in counts.values()) else 2
            for name, own in counts.items():
                for label in range(classes):
                    if not own[label]:
                        raise SystemExit(_too_few(label, name))
        elif not all(sum(own) for own in counts.values()):
            raise SystemExit("There are too few pictures with a face: take at least ten in each of two sittings.")
        return Choice(args.task, args.backbone, self._weights(), args.epochs, args.size_px, self._copies(), classes)

    def _label_counts(self, split: str) -> list[int]:
        counts = [photo.annotations.label_counts() for photo in read_coco(self._folder / "splits" / f"{split}.json")]
        return [int(sum(own[k] for own in counts)) for k in range(len(LABELS))]

    def _copies(self) -> int:
        photos = len(read_coco(self._folder / "splits" / "train.json"))
        most = max(COPIES_MAX // max(photos, 1), 1)
        if self._args.copies > most:
            self._progress.remark(
                f"{photos} training pictures are many, so {most} copies of each are made, not {self._args.copies}."
            )
        return min(self._args.copies, most)

    def _weights(self) -> str:
        # Noted, so that a run which goes on finds the same, whether it can fetch them now or not.
        args, noted = self._args, self._folder / "weights.txt"
        if args.backbone == "scratch":
            return "none"
        if noted.exists():
            return noted.read_text()
        weights: str = args.backbone_weights
        if args.backbone != "mobilenetv2" and weights != "none":
            weights = "imagenet"  # a file is MobileNetV2's
        if weights == "imagenet" and not _imagenet_is_there(args.backbone):
            weights = "none"
            self._progress.remark(
                "ImageNet weights could not be fetched here, so the network starts from random numbers. It needs more "
                "epochs, and its figures are lower."
            )
        noted.write_text(weights)
        return weights

    def _train(self, choice: Choice) -> None:
        self._progress.follow_run()
        self._run(train_words(self._folder, choice), self._folder / "run" / "model.keras")
        rows = read_metrics(self._folder / "run" / "metrics.csv")
        if any(row["loss"] != row["loss"] for row in rows):
            self._progress.remark(
                f"The training diverged in epoch {len(rows)}: its loss was no number any more. The best epoch before "
                "it is kept. Another backbone or fewer epochs may help."
            )

    def _report(self, choice: Choice) -> None:
        from model_training.studio.pictures import classifier_table, localizer_table

        results = self._folder / "results"
        shutil.rmtree(results, ignore_errors=True)
        results.mkdir()
        model = self._folder / MODEL
        if choice.task == "localizer":
            table = localizer_table(self._folder, model, results)
        else:
            table = classifier_table(self._folder, results)
        metrics = json.loads((self._folder / "run" / "evaluation" / "metrics.json").read_text())
        about = {"task": choice.task, "blind": metrics.get("blind"), "weights": choice.weights.split("/")[-1]}
        pictures = {name: sum(1 for _ in read_coco(self._folder / "splits" / f"{name}.json")) for name in SPLITS}
        report = about | {"pictures": pictures, "copies": choice.copies, "size_px": choice.size_px, "table": table}
        (results / "report.json").write_text(json.dumps(report) + "\n")
        shutil.copyfile(model, results / "model.tflite")
        shutil.copyfile(model.with_suffix(".json"), results / "model.json")
        shutil.copyfile(self._folder / "run" / "model.keras", results / "model.keras")
        shutil.copyfile(self._folder / "run" / "evaluation" / "report.html", results / "report.html")
        for sheet in (self._folder / "run" / "sheets").glob("*.*"):
            shutil.copyfile(sheet, results / f"sheet-{sheet.name}")
        for log in ("progress.jsonl", "run/progress.jsonl"):
            name = log.replace("/", "-")
            shutil.copyfile(self._folder / log, results / name)


def _too_few(label: int, split: str) -> str:
    where = {"train": "to train with", "val": "to choose the best epoch by", "test": "to test with"}[split]
    return (
        f"There is no picture {LABEL_WORDS[LABELS[label]]} {where}: take at least five of each state in every sitting, "
        "and send the collection again."
    )


def _imagenet_is_there(backbone: str) -> bool:
    import keras

    from model_training.training.backbones import build_backbone

    socket.setdefaulttimeout(FETCH_WITHIN_S)  # Keras sets none, and a network may swallow what is sent
    try:
        build_backbone(backbone, keras.Input((96, 96, 3)), "imagenet")
    except (ValueError, OSError):
        return False
    finally:
        socket.setdefaulttimeout(None)
    return True
