"""The folder of a finished training run, for the stages that evaluate and export it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from model_training.training.metrics_log import read_metrics


@dataclass(frozen=True, eq=False)
class TrainedRun:
    """A run that can be evaluated.

    Args:
        model: the best epoch.
        config: content of `config.json`.
        epochs: the rows of `metrics.csv`.
    """

    model: keras.Model
    config: dict[str, Any]
    epochs: list[dict[str, float]]


def open_run(folder: Path, system: str, needed: tuple[str, ...]) -> TrainedRun:
    """Read a run's folder.

    Args:
        folder: with `model.keras` and `config.json`.
        system: what was trained, like `classifier`.
        needed: keys that the configuration must have.

    Raises:
        SystemExit: it is no such run; the message gives the reason.
    """
    for name in ("model.keras", "config.json"):
        if not (folder / name).is_file():
            raise SystemExit(f"{folder / name} is not there: --run needs the folder of a finished `train {system}`.")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config.get("system") != system:
        raise SystemExit(f"{folder} is no run of `train {system}`: its config.json says {config.get('system')!r}.")
    if missing := [key for key in needed if key not in config]:
        raise SystemExit(f"{folder / 'config.json'} lacks {', '.join(missing)}.")
    # The loss is not needed, and may be one that only the training stage knows.
    model = keras.models.load_model(folder / "model.keras", compile=False)
    return TrainedRun(model, config, read_metrics(folder / "metrics.csv"))
