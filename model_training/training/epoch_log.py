"""How far a run is, as JSON Lines for who watches it, and the end of a run that diverges.

{"epoch": 2, "epochs": 8, "step": 40, "steps": 210, "remaining_s": 95.2}         once a second at most
{"epoch": 2, "epochs": 8, "metrics": {"loss": 0.4, "val_loss": 0.5, …}}          after each epoch
{"epoch": 3, "diverged": true}                                                   the loss is no finite number
"""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import keras

EVERY_S = 1.0


class ProgressLog(keras.callbacks.Callback):  # type: ignore[misc]
    """Append the progress of a run to a file, one JSON object a line.

    Args:
        path: of the file; what an earlier start has written stays.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._started_at = self._written_at = 0.0
        self._epoch = self._steps_done = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Note the epoch; Keras calls this."""
        self._epoch = epoch
        self._started_at = self._started_at or time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Write how far the epoch is, and the time that is left at this rate; Keras calls this."""
        self._steps_done += 1
        now, steps, epochs = time.monotonic(), int(self.params["steps"] or 0), int(self.params["epochs"])
        if now - self._written_at < EVERY_S or not steps:
            return
        self._written_at = now
        left = steps * (epochs - self._epoch) - (batch + 1)
        remaining_s = (now - self._started_at) / self._steps_done * max(left, 0)
        position = {"epoch": self._epoch + 1, "epochs": epochs, "step": batch + 1, "steps": steps}
        self._write(position | {"remaining_s": round(remaining_s, 1)})

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the metrics; Keras calls this."""
        numbers = {name: float(value) for name, value in (logs or {}).items()}
        metrics = {name: round(value, 6) if math.isfinite(value) else None for name, value in numbers.items()}
        self._write({"epoch": epoch + 1, "epochs": int(self.params["epochs"]), "metrics": metrics})
        if not math.isfinite(numbers.get("loss", 0.0)):
            self._write({"epoch": epoch + 1, "diverged": True})

    def _write(self, line: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


class StopWhereDiverged(keras.callbacks.Callback):  # type: ignore[misc]
    """End a run whose loss is no finite number any more: its weights are lost, the best epoch's are on disk."""

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Check the loss; Keras calls this."""
        if not math.isfinite(float((logs or {}).get("loss", 0.0))):
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Print that it diverged; Keras calls this."""
        if not math.isfinite(float((logs or {}).get("loss", 0.0))):
            print(f"The training diverged in epoch {epoch + 1}; the best epoch before it is kept.")
