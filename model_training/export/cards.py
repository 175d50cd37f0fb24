"""What the export of every model does with its card."""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

from webapp.vision.known_answer import known_answer

LICENCE = "The weights carry this project's licence, as far as the data sets that they were learnt from allow it."
IMAGENET_WEIGHTS = {
    "vgg16": "ImageNet: the weights of the Visual Geometry Group, Oxford (Creative Commons Attribution 4.0)",
    "mobilenetv2": "ImageNet: the weights that Keras publishes (Apache 2.0)",
}


def provenance(content: bytes, config: dict[str, Any]) -> dict[str, Any]:
    """Return the provenance in a card: date and commit of training, export date, checksum and size of the file.

    Args:
        content: of the model file.
        config: of the run; missing `trained` and `commit` are left out.
    """
    return {
        **{name: config[name] for name in ("trained", "commit") if config.get(name)},
        "exported": datetime.date.today().isoformat(),
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
    }


def data_sources(args: argparse.Namespace, config: dict[str, Any]) -> list[str]:
    """Return the data sets of a card: `--sources`, else the names in the configuration of the run."""
    return args.sources or config.get("sources", [])


def weights_origin(config: dict[str, Any], learnt_from: str) -> str:
    """Return the origin of the initial weights, in words.

    Args:
        config: of the run; its `backbone_weights` are `imagenet`, `none`, a file, or the `.keras` of another run.
        learnt_from: what it was trained on, like `faces`.
    """
    given = config["backbone_weights"]
    if given == "none":
        return f"random numbers: learnt from the {learnt_from} alone"
    if Path(given).suffix == ".keras":
        return f"a network that this project trained itself, from the run {Path(given).parent.name}"
    return IMAGENET_WEIGHTS[config["backbone"]] if given == "imagenet" else Path(given).name


def refuse_drift(drift: float, largest: float) -> None:
    """Refuse an exported file whose scores are not those of its Keras model.

    Args:
        drift: difference of scores, as the exporting stage measures it.
        largest: that is allowed.

    Raises:
        SystemExit: it drifts; the message gives the difference.
    """
    if not drift <= largest:  # also true for NaN
        raise SystemExit(f"The exported file drifts from the Keras model by {drift:.4f} (allowed: {largest}).")


def write_card(model_file: Path, card: dict[str, Any]) -> None:
    """Write a card beside its model file, with the known answer that browsers compare with."""
    card = card | {"known_answer": known_answer(model_file.read_bytes())}
    model_file.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
