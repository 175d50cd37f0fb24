"""Training without TensorFlow: Keras on jax or torch, where such a package is installed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model_training.training.metrics_log import read_metrics
from tests.model_training.painted_crops import crop_manifest
from tests.model_training.painted_faces import painted_set

SYSTEMS = {"classifier": ("--backbone", "scratch"), "localizer": ("--backbone", "vgg16")}


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_an_epoch_is_trained(tmp_path: Path, backend: str, system: str) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed: model_training/requirements.txt names TensorFlow only")
    coco = str(crop_manifest(tmp_path, classes=2) if system == "classifier" else painted_set(tmp_path))
    command = [sys.executable, "-m", "model_training", "train", system, *SYSTEMS[system], "--backbone-weights", "none"]
    data = ["--coco", coco, "--coco-val", coco, "--images", str(tmp_path), "--run", str(tmp_path / "run")]
    # Keras settles on a backend when it is imported, so this needs a process of its own.
    done = subprocess.run(
        [*command, *data, "--size-px", "32", "--batch-size", "2", "--epochs", "1"],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (row,) = read_metrics(tmp_path / "run" / "metrics.csv")
    assert np.isfinite([row["loss"], row["val_loss"]]).all()
    assert (tmp_path / "run" / "model.keras").is_file()
    assert json.loads((tmp_path / "run" / "config.json").read_text())["system"] == system
