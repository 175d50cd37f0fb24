"""A run's folder: one layout for every system that is trained here.

    config.json    every option, the versions of what trained, the day, the code's commit; what a stage adds
    metrics.csv    a row an epoch
    progress.jsonl how far it is, see `epoch_log`
    logs/          the same for TensorBoard
    backup/        what a run that was stopped goes on from

Beside these a stage writes its weights or its model, and `evaluate` and `export` what they make of it.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import keras
import numpy as np
from tensorboard.summary import Writer

from model_training.training.epoch_log import ProgressLog, StopWhereDiverged
from model_training.training.metrics_log import read_metrics
from model_training.training.run_backup import RunBackup, add_last_metrics, read_state

MAY_CHANGE = frozenset({"epochs", "run", "images", "images_val", "save_h5", "sheet"})
"""Options with which a run may go on otherwise: how long, where its files lie now, what is written at the end."""


def start_run(folder: Path, args: argparse.Namespace, facts: dict[str, Any] | None = None) -> list[dict[str, float]]:
    """Make a run's folder, or open one to go on; seed everything; write down what will be done.

    Args:
        folder: of the run.
        args: options of the stage, `seed` and `epochs` among them.
        facts: what else the exporting and evaluating stages need to know.

    Returns:
        The rows of epochs already done, see `read_metrics`.

    Raises:
        SystemExit: the epochs already done had other options; the message names them.
    """
    keras.utils.set_random_seed(args.seed)
    folder.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {k: _plain(v) for k, v in vars(args).items()}
    config.update(facts or {})
    config["backend"], config["versions"] = keras.backend.backend(), versions()
    config["trained"], config["commit"] = datetime.date.today().isoformat(), commit()
    add_last_metrics(folder / "backup", folder / "metrics.csv")
    done = read_metrics(folder / "metrics.csv")
    file = folder / "config.json"
    if done and file.exists():
        _refuse_other_options(folder, json.loads(file.read_text()), {name: config[name] for name in vars(args)})
    if len(done) < args.epochs:  # else nothing is trained, and the file stays valid
        file.write_text(json.dumps(config, indent=2) + "\n")
    if done and len(done) < args.epochs and read_state(folder / "backup") is None:
        raise SystemExit(f"{folder} has {len(done)} epochs, and no backup to go on from. Choose another --run.")
    if done:
        print(f"going on after epoch {len(done)} of {folder}")
    return done


def run_callbacks(folder: Path) -> list[keras.callbacks.Callback]:
    """Return the callbacks that keep the folder up to date; place them after those that add metrics to the logs."""
    return [
        RunBackup(folder / "backup"),
        keras.callbacks.CSVLogger(str(folder / "metrics.csv"), append=True),
        TensorBoardLog(folder / "logs"),
        ProgressLog(folder / "progress.jsonl"),
        StopWhereDiverged(),
    ]


def jit_compile() -> bool | str:
    """Return what `keras.Model.compile` is given: no XLA for TensorFlow on CPUs, where it is 1.6 to 7 times as slow.

    EXPERIMENTS.md, 2026-11-29, has the measurements. Elsewhere Keras decides.
    """
    if keras.backend.backend() != "tensorflow":
        return "auto"
    import tensorflow as tf

    return "auto" if tf.config.list_physical_devices("GPU") else False


def verbosity() -> str | int:
    """Return what `fit` takes: a progress bar on a terminal, else a line an epoch."""
    return "auto" if sys.stdout.isatty() else 2


class TensorBoardLog(keras.callbacks.Callback):  # type: ignore[misc]
    """Write each epoch's metrics for `tensorboard --logdir runs`, on every backend (Keras' own needs TensorFlow).

    Args:
        folder: gets `train/` and `validation/`.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._writers = {part: Writer(str(folder / part)) for part in ("train", "validation")}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the metrics; Keras calls this."""
        for name, value in (logs or {}).items():
            part = "validation" if name.startswith("val_") else "train"
            self._writers[part].add_scalar(name.removeprefix("val_"), float(value), epoch)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Close the files; Keras calls this."""
        for writer in self._writers.values():
            writer.close()


def versions() -> dict[str, str]:
    """Return the versions of what trains: Python, and by their names the packages that affect results."""
    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "keras": keras.version(),
        backend: importlib.import_module(backend).__version__,
        "albumentations": metadata.version("albumentations"),
    }


def commit() -> str | None:
    """Return the short name of the code's commit, with `+changes` where files differ from it.

    Returns:
        None outside a checkout, or where git is not installed.
    """
    words = ["git", "describe", "--always", "--exclude=*", "--dirty=+changes"]
    try:
        # In the code's folder: the current folder may be another checkout.
        found = subprocess.run(words, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return found.stdout.strip() or None


def _refuse_other_options(folder: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    other = [
        f"--{name.replace('_', '-')} is {_as_text(value)} now and was {_as_text(before[name])}"
        for name, value in now.items()
        if name not in MAY_CHANGE and name in before and before[name] != value
    ]
    if other:
        raise SystemExit(
            f"{folder} has epochs that were trained otherwise: {'; '.join(other)}. "
            "Go on with the old value, or choose another --run."
        )


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "not given" if value is None else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value
