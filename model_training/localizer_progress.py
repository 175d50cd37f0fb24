"""The figures of a localizer's epochs under plain names."""

from __future__ import annotations

from typing import Any

import keras

PLAIN_NAMES = {"face_score_accuracy": "accuracy", "box_iou": "iou"}


class PlainNames(keras.callbacks.Callback):  # type: ignore[misc]
    """Call the figures of the two outputs what every run calls them: accuracy, iou, val_accuracy, val_iou."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Rename; Keras calls this."""
        if logs is not None:
            for name, plain in PLAIN_NAMES.items():
                for prefix in ("", "val_"):
                    logs[prefix + plain] = logs.pop(prefix + name)
