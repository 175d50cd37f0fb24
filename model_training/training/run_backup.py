"""What a run that was stopped goes on from.

backup/epoch-3.weights.h5   weights, and the optimizer's state
backup/state.json           which of these files counts, how many epochs are done, and the metrics of the last one
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import keras

from model_training.training.metrics_log import read_metrics

STATE = "state.json"


class RunBackup(keras.callbacks.Callback):  # type: ignore[misc]
    """Keep the state after each epoch: a stop at any moment costs the epoch under way and no more.

    Keras' `BackupAndRestore` writes over its only copy, first the weights and then the number of the epoch: a run that
    is stopped in between is lost, or trains an epoch twice.

    Args:
        folder: of the backup.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Go on from the newest state, if there is one; Keras calls this."""
        state = read_state(self._folder)
        if state is None:
            return
        if not self.model.optimizer.built:
            self.model.optimizer.build(self.model.trainable_variables)
        self.model.load_weights(self._folder / state["weights"])
        self.model._initial_epoch = state["epochs"]

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the state; Keras calls this."""
        self._folder.mkdir(exist_ok=True)
        weights = self._folder / f"epoch-{epoch + 1}.weights.h5"
        draft = self._folder / "draft.weights.h5"
        self.model.save_weights(draft, overwrite=True)
        draft.replace(weights)
        metrics = {"epoch": epoch} | {name: float(value) for name, value in (logs or {}).items()}
        half_written = self._folder / f"{STATE}.part"
        half_written.write_text(json.dumps({"weights": weights.name, "epochs": epoch + 1, "metrics": metrics}))
        half_written.replace(self._folder / STATE)  # from here on the epoch is done
        for older in self._folder.glob("epoch-*.weights.h5"):
            if older != weights:
                older.unlink()


def read_state(folder: Path) -> dict[str, Any] | None:
    """Return what `RunBackup` has written, None where no epoch is done."""
    file = folder / STATE
    return json.loads(file.read_text()) if file.exists() else None


def add_last_metrics(folder: Path, metrics: Path) -> None:
    """Add the row of the last epoch where a run was stopped between its backup and its metrics.

    Args:
        folder: of the backup.
        metrics: `metrics.csv`, as `keras.callbacks.CSVLogger` writes it.
    """
    state = read_state(folder)
    if state is None or len(read_metrics(metrics)) >= state["epochs"]:
        return
    names = ["epoch", *sorted(state["metrics"].keys() - {"epoch"})]
    with metrics.open("a", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, names)
        if file.tell() == 0:
            rows.writeheader()
        rows.writerow(state["metrics"])
