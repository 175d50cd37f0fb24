"""`python -m model_training STAGE …`: one stage a file, each with its own --help."""

from __future__ import annotations

import argparse
import importlib

STAGES = {
    "train-detector": "train the multi-face detector",
    "train-classifier": "train the mask classifier on face crops",
    "evaluate-classifier": "accuracy, recall and confusion matrix of an exported classifier",
    "export-classifier": "write a trained classifier as LiteRT file and card",
}


def main(argv: list[str] | None = None) -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(prog="python -m model_training", description=__doc__)
    stages = parser.add_subparsers(dest="stage", required=True, metavar="STAGE")
    for name, summary in STAGES.items():
        stages.add_parser(name, help=summary, add_help=False)
    known, rest = parser.parse_known_args(argv)
    # Imported only now: a stage's libraries (Keras, Albumentations) take seconds to load.
    stage = importlib.import_module(f"model_training.{known.stage.replace('-', '_')}")
    own = argparse.ArgumentParser(
        prog=f"python -m model_training {known.stage}",
        description=stage.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stage.add_arguments(own)
    stage.run(own.parse_args(rest))


if __name__ == "__main__":
    main()
