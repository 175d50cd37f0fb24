"""A run that was stopped, at whatever moment, goes on as if it had not been."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from model_training.training.metrics_log import read_metrics
from model_training.training.run_backup import add_last_metrics, read_state
from model_training.training.runs import run_callbacks

STEPS = 4


def fit(folder: Path, epochs: int) -> keras.Model:
    """Train a tiny network in a run's folder, or go on with it."""
    folder.mkdir(exist_ok=True)
    add_last_metrics(folder / "backup", folder / "metrics.csv")
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile(optimizer=keras.optimizers.Adam(0.1), loss="mse")
    inputs = np.eye(3, dtype=np.float32)[np.arange(STEPS) % 3]
    pairs = (inputs, inputs[:, :2])
    options = {"batch_size": 1, "shuffle": False, "epochs": epochs, "validation_data": pairs, "verbose": 0}
    model.fit(*pairs, callbacks=run_callbacks(folder), **options)
    return model


def stop_in(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: Callable[[Any], bool]) -> None:
    """Let a method stop the run, once, when its first argument is such."""
    method = getattr(owner, name)

    def stopping(self: Any, argument: Any, *arguments: Any, **options: Any) -> Any:
        if when(argument):
            monkeypatch.setattr(owner, name, method)
            if owner is keras.Model:
                Path(argument).write_bytes(b"half")
            raise KeyboardInterrupt
        return method(self, argument, *arguments, **options)

    monkeypatch.setattr(owner, name, stopping)


def second_time() -> Callable[[Any], bool]:
    seen: list[Any] = []

    def is_second(argument: Any) -> bool:
        seen.append(argument)
        return len(seen) == 2

    return is_second


@pytest.mark.parametrize(
    ("owner", "name", "when", "done"),
    [
        (keras.Model, "save_weights", second_time(), 1),
        (Path, "replace", lambda target: str(target).endswith("epoch-2.weights.h5"), 1),
        (Path, "write_text", lambda text: '"epochs": 2' in text, 1),
        (keras.callbacks.CSVLogger, "on_epoch_end", lambda epoch: epoch == 1, 2),
    ],
    ids=["in the middle of the weights", "before they count", "before the epoch counts", "before its metrics"],
)
def test_a_run_goes_on_as_if_it_had_not_been_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: Callable[[Any], bool], done: int
) -> None:
    whole = fit(tmp_path / "whole", 3)
    stop_in(monkeypatch, owner, name, when)
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "stopped", 3)
    assert (read_state(tmp_path / "stopped" / "backup") or {})["epochs"] == done
    model = fit(tmp_path / "stopped", 3)
    assert int(model.optimizer.iterations) == 3 * STEPS
    for one, other in zip(model.get_weights(), whole.get_weights(), strict=True):
        assert one == pytest.approx(other, abs=1e-6)
    expected = read_metrics(tmp_path / "whole" / "metrics.csv")
    rows = read_metrics(tmp_path / "stopped" / "metrics.csv")
    assert [row["epoch"] for row in rows] == [0, 1, 2]
    assert [row["val_loss"] for row in rows] == pytest.approx([row["val_loss"] for row in expected], abs=1e-5)
    assert [path.name for path in (tmp_path / "stopped" / "backup").glob("*.h5")] == ["epoch-3.weights.h5"]
