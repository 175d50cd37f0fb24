"""A run's folder: one layout for every system that is trained here.

    config.json    every option, the versions of what trained, the code's commit; what a stage adds
    metrics.csv    a row an epoch
    logs/          the same for TensorBoard
    backup/        what a run that was stopped goes on from

Beside these a stage writes its weights or its model, and `evaluate` and `export` what they make of it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
from tensorboard.summary import Writer

from model_training.metrics_log import read_metrics


def start_run(folder: Path, args: argparse.Namespace, facts: dict[str, Any] | None = None) -> list[dict[str, float]]:
    """Make a run's folder, or open one to go on; seed everything; write down what will be done.

    Args:
        folder: of the run.
        args: options of the stage, `seed` among them.
        facts: what else the exporting and evaluating stages need to know.

    Returns:
        The rows of epochs already done, see `read_metrics`.
    """
    keras.utils.set_random_seed(args.seed)
    folder.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {k: _plain(v) for k, v in vars(args).items()}
    config.update(facts or {})
    config["keras"], config["backend"] = keras.version(), keras.backend.backend()
    config["commit"] = commit()
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    done = read_metrics(folder / "metrics.csv")
    if done:
        print(f"going on after epoch {len(done)} of {folder}")
    return done


def run_callbacks(folder: Path) -> list[keras.callbacks.Callback]:
    """Return the callbacks that keep the folder up to date; place them after those that add figures to the logs."""
    return [
        keras.callbacks.BackupAndRestore(str(folder / "backup"), delete_checkpoint=False),
        keras.callbacks.CSVLogger(str(folder / "metrics.csv"), append=True),
        TensorBoardLog(folder / "logs"),
    ]


def verbosity() -> str | int:
    """Return what `fit` takes: a progress bar where somebody watches, else a line an epoch."""
    return "auto" if sys.stdout.isatty() else 2


class TensorBoardLog(keras.callbacks.Callback):  # type: ignore[misc]
    """Write each epoch's figures for `tensorboard --logdir runs`, on every backend (Keras' own needs TensorFlow).

    Args:
        folder: gets `train/` and `validation/`.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._writers = {part: Writer(str(folder / part)) for part in ("train", "validation")}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the figures; Keras calls this."""
        for name, value in (logs or {}).items():
            part = "validation" if name.startswith("val_") else "train"
            self._writers[part].add_scalar(name.removeprefix("val_"), float(value), epoch)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Close the files; Keras calls this."""
        for writer in self._writers.values():
            writer.close()


def commit() -> str | None:
    """Return the short name of the code's commit, None outside a checkout."""
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value
