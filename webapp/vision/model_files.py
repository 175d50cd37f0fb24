"""A model is two files: NAME.tflite and NAME.json, its card; the checksum of the card must match the file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_edge_litert.interpreter import Interpreter

from webapp.vision.errors import ModelError

SHIPPED = Path(__file__).parent.parent / "models"


@dataclass(frozen=True)
class Model:
    """A verified model file and its card."""

    path: Path
    card: dict[str, Any]

    @property
    def name(self) -> str:
        """What responses and pages call the model."""
        return str(self.card.get("name", self.path.stem))

    def interpreter(self, input_shape: tuple[int, ...] | None = None) -> Interpreter:
        """Return a new interpreter with its tensors allocated; it belongs to one thread at a time.

        Args:
            input_shape: for a model that takes inputs of any size: the first one.

        Raises:
            ModelError: the runtime refuses the file.
        """
        try:
            # One thread each: several pictures side by side use the cores better than one picture on all.
            interpreter = Interpreter(model_path=str(self.path), num_threads=1)
            if input_shape is not None:
                interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], input_shape)
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{self.path.name} is no model that LiteRT can run: {error}") from None
        return interpreter


def load_model(name_or_path: Path, task: str) -> Model:
    """Find a model, read its card and compare the file with the card.

    Args:
        name_or_path: a `.tflite` with its card beside it, or the bare name of a shipped model.
        task: task that the card must name, like `mask_classifier`.

    Raises:
        ModelError: missing, cut, changed, or made for another task; the message names which.
    """
    path = name_or_path if name_or_path.suffix == ".tflite" else SHIPPED / f"{name_or_path.name}.tflite"
    card_path = path.with_suffix(".json")
    for needed in (path, card_path):
        if not needed.is_file():
            raise ModelError(f"The model file {needed.name} is missing (looked in {needed.parent}).")
    try:
        card = json.loads(card_path.read_text(encoding="utf-8"))
        card_sha256, found_task = card["sha256"], card["task"]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"The model card {card_path.name} cannot be read: {error}") from None
    if found_task != task:
        raise ModelError(f"{path.name} is a {found_task}, not a {task}.")
    if hashlib.sha256(path.read_bytes()).hexdigest() != card_sha256:
        raise ModelError(f"{path.name} does not match its card (checksum differs): cut or exchanged?")
    return Model(path, card)


def shipped_cards() -> list[dict[str, Any]]:
    """Return the cards of all shipped models, by file name."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.json"))]
