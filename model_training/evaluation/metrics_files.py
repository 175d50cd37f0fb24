"""The few figures of an evaluation that a model's card quotes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any


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


def as_json(value: Any) -> Any:
    """Return figures as JSON can hold them: rounded to a millionth, null for what there is none of."""
    if isinstance(value, Mapping):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
