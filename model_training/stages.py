"""The stages: one a file, each with its own options; this table names its module."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Stage(NamedTuple):
    """A stage of the command line.

    Args:
        module: below `model_training`; it has `add_arguments`, `run` and a docstring for `--help`.
        summary: for the list of stages.
    """

    module: str
    summary: str


STAGES = {
    "collect": Stage(
        "prepare.collect",
        "pictures from a camera, a video or a folder, near-duplicates left out",
    ),
    "label": Stage(
        "prepare.label",
        "labels of six formats into one manifest; or let the app propose boxes for labelme",
    ),
    "split": Stage(
        "prepare.split",
        "training, validation and test, with near-duplicates and sessions kept together",
    ),
    "crops": Stage(
        "prepare.cut_crops",
        "photos and a CSV of boxes into folders of face crops, split without leaks",
    ),
    "augment": Stage(
        "prepare.augment",
        "crops, flips and light: many pictures out of few training photos",
    ),
    "pseudo-label": Stage(
        "prepare.pseudo_label",
        "pseudo-labels of the app: boxes, label probabilities, unlabelled faces",
    ),
    "train classifier": Stage(
        "classifier.train",
        "train the mask classifier on face crops",
    ),
    "train face-output": Stage(
        "classifier.train_face_output",
        "give a trained classifier a face output, with which the detector verifies large detections",
    ),
    "train localizer": Stage(
        "localizer.train",
        "train the single-face localizer",
    ),
    "train detector": Stage(
        "detector.train",
        "train the multi-face detector",
    ),
    "evaluate classifier": Stage(
        "classifier.evaluate",
        "measure a classifier, trained or exported, on labelled faces; a report of errors",
    ),
    "evaluate localizer": Stage(
        "localizer.evaluate",
        "measure a localizer, trained or exported, on labelled photos; a report of errors",
    ),
    "evaluate detector": Stage(
        "detector.evaluate",
        "measure the detections of the app in labelled photos; a report of errors",
    ),
    "evaluate close-ups": Stage(
        "detector.evaluate_close_ups",
        "measure whether the app detects one face near the camera; exit status 1 if it does not",
    ),
    "export classifier": Stage(
        "classifier.export",
        "write a trained classifier as LiteRT file and card",
    ),
    "export localizer": Stage(
        "localizer.export",
        "write a trained localizer as LiteRT file and card, with a threshold by rule",
    ),
    "export detector": Stage(
        "detector.export",
        "write a trained detector as LiteRT file and card, with calibrated scores",
    ),
    "studio": Stage(
        "studio.run",
        "every stage on one collection of labelled pictures, as the page /train runs them",
    ),
    "rehearse": Stage(
        "rehearse",
        "every stage on synthetic photos, in minutes: a check of this machine",
    ),
}


def run_stage(words: Sequence[str], program: str = "python -m model_training") -> None:
    """Run one stage.

    Args:
        words: its name, of one word or two, and its options.
        program: what the usage line begins with.

    Raises:
        SystemExit: the words name no stage or do not suit it, or the stage could not do all of its work.
    """
    family = {n.split()[1]: stage.summary for n, stage in STAGES.items() if words and n.startswith(f"{words[0]} ")}
    if family:  # `train detector` is one stage, and `train --help` lists those like it
        second, rest = _choose(words[1:], f"{program} {words[0]}", family)
        name = f"{words[0]} {second}"
    else:
        name, rest = _choose(words, program, {n: stage.summary for n, stage in STAGES.items()})
    # Imported only now: a stage's libraries (Keras, Albumentations) take seconds to load.
    module = importlib.import_module(f"model_training.{STAGES[name].module}")
    own = argparse.ArgumentParser(
        prog=f"{program} {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(own)
    module.run(own.parse_args(rest))


def _choose(words: Sequence[str], program: str, summaries: Mapping[str, str]) -> tuple[str, list[str]]:
    parser = argparse.ArgumentParser(prog=program, description="One stage a file, each with its own --help.")
    choices = parser.add_subparsers(dest="stage", required=True, metavar="STAGE")
    for name, summary in summaries.items():
        choices.add_parser(name, help=summary, add_help=False)
    known, rest = parser.parse_known_args(words)
    return known.stage, rest
