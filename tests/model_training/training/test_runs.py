"""A run's folder: what it says of itself, and with what it may go on."""

from __future__ import annotations

import argparse
import datetime
import json
import platform
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from model_training.training.runs import commit, start_run


def start(folder: Path, **options: Any) -> dict[str, Any]:
    """Start a run, or go on with it; return what its `config.json` says then."""
    usual = {"seed": 1, "epochs": 3, "batch_size": 6, "limit": None, "mixed_precision": False, "images": Path("a")}
    start_run(folder, argparse.Namespace(**{**usual, **options}), {"classes": ["with_mask", "without_mask"]})
    found: dict[str, Any] = json.loads((folder / "config.json").read_text())
    return found


def finish_epochs(folder: Path, number: int) -> None:
    rows = [f"{epoch},0.5" for epoch in range(number)]
    (folder / "metrics.csv").write_text("\n".join(["epoch,loss", *rows]) + "\n")
    (folder / "backup").mkdir(exist_ok=True)
    (folder / "backup" / "state.json").write_text(json.dumps({"weights": "w", "epochs": number, "metrics": {}}))


def test_a_run_names_its_options_and_what_trained(tmp_path: Path) -> None:
    config = start(tmp_path / "run")
    assert (config["batch_size"], config["images"], config["classes"]) == (6, "a", ["with_mask", "without_mask"])
    assert config["trained"] == datetime.date.today().isoformat()
    assert config["versions"].keys() == {"python", "numpy", "keras", keras.backend.backend(), "albumentations"}
    assert (config["versions"]["python"], config["versions"]["numpy"]) == (platform.python_version(), np.__version__)


def test_a_machine_without_git_trains_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit() is None
    assert start(tmp_path / "run")["commit"] is None


def test_the_commit_is_that_of_the_code_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = commit()
    monkeypatch.chdir(tmp_path)
    assert commit() == here


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        ({"batch_size": 8}, "--batch-size is 8 now and was 6"),
        (
            {"limit": 50, "mixed_precision": True},
            "--limit is 50 now and was not given; --mixed-precision is on now and",
        ),
    ],
)
def test_a_run_does_not_go_on_with_other_options(tmp_path: Path, options: dict[str, Any], printed: str) -> None:
    before = start(tmp_path)
    finish_epochs(tmp_path, 2)
    with pytest.raises(SystemExit, match=f"{printed}.*Go on with the old value, or choose another --run"):
        start(tmp_path, **options)
    assert json.loads((tmp_path / "config.json").read_text()) == before


def test_a_run_goes_on_longer_with_photos_that_moved_and_with_options_that_are_new(tmp_path: Path) -> None:
    start(tmp_path)
    finish_epochs(tmp_path, 2)
    assert start(tmp_path, epochs=9, images=Path("b"), added_since=True)["epochs"] == 9


def test_a_run_whose_backup_is_gone_does_not_begin_anew_in_silence(tmp_path: Path) -> None:
    start(tmp_path)
    finish_epochs(tmp_path, 2)
    (tmp_path / "backup" / "state.json").unlink()
    with pytest.raises(SystemExit, match="2 epochs, and no backup to go on from"):
        start(tmp_path)


def test_a_run_without_a_whole_epoch_may_begin_otherwise(tmp_path: Path) -> None:
    start(tmp_path)
    assert start(tmp_path, batch_size=8)["batch_size"] == 8


def test_a_finished_run_keeps_the_day_on_which_it_was_trained(tmp_path: Path) -> None:
    config = start(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config | {"trained": "2026-01-02"}))
    finish_epochs(tmp_path, 3)
    assert start(tmp_path)["trained"] == "2026-01-02"
