"""The model of a run's best epoch: written while training goes on, and read back at the end."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

SAME = 1e-4
"""Outputs of a model and of its file that are closer count as the same: the order of sums may differ."""


class KeepBest(keras.callbacks.Callback):  # type: ignore[misc]
    """Write the model whenever a validation metric is the largest so far.

    Args:
        path: `.keras` to write.
        metric: its name in the logs.
        best: the largest so far; else the first epoch after a resume would replace it, however bad it is.
        float32_model: the same network in float32, which is written: the file does not depend on the precision of
            training.
    """

    def __init__(self, path: Path, metric: str, best: float | None, float32_model: keras.Model) -> None:
        super().__init__()
        self._path, self._metric, self._best, self._float32_model = path, metric, best, float32_model

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Compare and write; Keras calls this."""
        value = float((logs or {})[self._metric])
        if not math.isfinite(float((logs or {}).get("loss", 0.0))):
            return  # it has diverged: the weights are no numbers
        if self._best is None or value > self._best:
            self._best = value
            self._float32_model.set_weights(self.model.get_weights())
            draft = self._path.with_name(f"draft-{self._path.name}")
            self._float32_model.save(draft)
            draft.replace(self._path)  # who is stopped meanwhile keeps the best so far


def check_best(path: Path, float32_model: keras.Model, inputs: NDArray[np.float32], save_h5: bool) -> None:
    """Load the best epoch's file and check that its outputs are those of its network; write `.h5` too if `save_h5`.

    Args:
        path: `.keras`, as `KeepBest` wrote it.
        float32_model: the network of `KeepBest`; takes the file's weights.
        inputs: as the network takes them.
        save_h5: whether to write, and to check, the file with the suffix `.h5`.

    Raises:
        SystemExit: see `check_saved`; or there is no file, since no epoch came to an end with a finite loss.
    """
    if not path.exists():
        raise SystemExit("The training diverged in its first epoch: try a lower learning rate, or another backbone.")
    float32_model.set_weights(keras.models.load_model(path, compile=False).get_weights())
    expected = outputs_of(float32_model, inputs)
    check_saved(path, inputs, expected)
    if save_h5:
        float32_model.save(path.with_suffix(".h5"))
        check_saved(path.with_suffix(".h5"), inputs, expected)
    print(f"{path}: loaded back, its outputs are the same")


def check_saved(path: Path, inputs: NDArray[np.float32], expected: Any) -> None:
    """Load the file of a model and check that its outputs are those of the model.

    Args:
        path: `.keras` or `.h5`.
        inputs: as the model takes them.
        expected: its outputs: an array, or several by the names of the outputs.

    Raises:
        SystemExit: its outputs differ; the message names the file.
    """
    found = outputs_of(keras.models.load_model(path, compile=False), inputs)
    pairs = zip(keras.tree.flatten(found), keras.tree.flatten(expected), strict=True)
    difference = float(np.max([np.abs(one - other).max() for one, other in pairs]))
    if not difference < SAME:  # also true for NaN
        raise SystemExit(f"{path} differs from the model that was saved: outputs differ by {difference:.5f}.")


def outputs_of(model: keras.Model, inputs: NDArray[np.float32]) -> Any:
    """Return a model's outputs for one batch, as arrays.

    `predict` would trace a graph first, which takes longer than one batch.

    Args:
        model: runs as after training, without dropout.
        inputs: as the model takes them.
    """
    return keras.tree.map_structure(keras.ops.convert_to_numpy, model(inputs, training=False))
