"""EMA weights (exponential moving average): measured and shipped in place of the weights of the last step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model_training.training.batch_norm import reestimate_batch_norm


class EmaWeights(keras.callbacks.Callback):  # type: ignore[misc]
    """Every few epochs, and after the last, save the EMA weights of the optimizer and measure them.

    Args:
        copy: the network once more; it takes the EMA weights. The optimizer was made with `use_ema=True`.
        frames: batches for its batch-norm statistics, float32 (n, H, W, 3) each.
        path: `.weights.h5` to write.
        measure: returns metrics of the copy, which are added to the epoch's logs with the prefix `val_`.
        every: epochs between two measurements.
    """

    def __init__(
        self,
        copy: keras.Model,
        frames: Sequence[NDArray[np.float32]],
        path: Path,
        measure: Callable[[keras.Model], dict[str, float]],
        every: int,
    ) -> None:
        super().__init__()
        self._copy, self._frames, self._path = copy, frames, path
        self._measure, self._every = measure, every
        self._names: tuple[str, ...] = ()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Take the EMA weights, save, measure; Keras calls this."""
        measured = (epoch + 1) % self._every == 0 or epoch + 1 == self.params["epochs"] or not self._names
        if measured:
            self._copy.set_weights(self.model.get_weights())
            self.model.optimizer.finalize_variable_values(self._copy.trainable_variables)
            reestimate_batch_norm(self._copy, self._frames)
            self._copy.save_weights(self._path)
            found = {f"val_{name}": value for name, value in self._measure(self._copy).items()}
            self._names = tuple(found)
        else:
            found = dict.fromkeys(self._names, float("nan"))  # the log keeps its columns
        if logs is not None:
            logs.update(found)
