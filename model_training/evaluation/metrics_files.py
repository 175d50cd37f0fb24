"""Metrics as JSON, and in the card of a model."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_card_metrics(card_file: Path, new: Mapping[str, Any], name: str | None = None) -> None:
    """Write metrics into a model's card, under `metrics`.

    Args:
        card_file: `.json`, changed in place.
        new: replace the old ones.
        name: of the photos that they were measured on; metrics under other names are kept.
    """
    card = json.loads(card_file.read_text(encoding="utf-8"))
    metrics = new if name is None else {**card.get("metrics", {}), name: new}
    card_file.write_text(json.dumps(card | {"metrics": metrics}, indent=2) + "\n", encoding="utf-8")


def as_json(value: Any) -> Any:
    """Return metrics as JSON can hold them: rounded to a millionth, null for NaN."""
    if isinstance(value, Mapping):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
