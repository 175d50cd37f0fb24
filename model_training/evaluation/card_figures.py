"""The few figures of an evaluation that a model's card quotes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def card_figures(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a card says under `metrics`.

    Args:
        metrics: as `metrics.json` has them.

    Returns:
        Shares in [0, 1], for overlaps of .5 and .3, by size of the face.
    """
    tight, loose = metrics["iou_0.5"], metrics["iou_0.3"]
    figures: dict[str, Any] = {"photos": metrics["photos"], "faces": metrics["faces"]}
    names = {"face_ap": "face_ap", "map_2_classes": "map_2_classes", "map_3_classes": "map_3_classes", "hit": "hit"}
    for size in tight["sizes"]:
        figures["all faces" if size == "all" else f"faces {size} px"] = {
            f"{name} {overlap}": round(block["sizes"][size][key], 3)
            for name, key in names.items()
            for overlap, block in ((".5", tight), (".3", loose))
        }
    for kind, counted in tight["shipped"].get("negatives", {}).items():
        if kind != "all":
            figures[f"false faces a photo, {kind}"] = round(counted["per_photo"], 3)
    return figures


def quote_in_card(card_file: Path, figures: Mapping[str, Any], name: str | None = None) -> None:
    """Write figures into a model's card, under `metrics`.

    Args:
        card_file: `.json`, changed in place.
        figures: replace what is there.
        name: of the photos that they were measured on; then the figures of others stay beside them.
    """
    card = json.loads(card_file.read_text(encoding="utf-8"))
    metrics = figures if name is None else {**card.get("metrics", {}), name: figures}
    card_file.write_text(json.dumps(card | {"metrics": metrics}, indent=2) + "\n", encoding="utf-8")
