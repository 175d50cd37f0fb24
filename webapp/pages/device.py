"""What a browser needs to detect faces itself: the models, their cards, and the sizes of the views."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue

from webapp.config import Settings
from webapp.errors import NotFound
from webapp.vision.detections import LABELS
from webapp.vision.errors import ModelError
from webapp.vision.model_files import Model, load_model

RUNTIME = Path(__file__).parent.parent.parent / "static" / "vendor" / "litert" / "litert_wasm_internal.wasm.gz"

CARD_ENTRIES = (
    "name",
    "classes",
    "label_temperature",
    "calibration",
    "input",
    "padding",
    "face_output",
    "features",
    "ensemble",
    "verifier",
    "known_answer",
)
"""Of a card that scripts read."""


def create_device(settings: Settings) -> Blueprint:
    """Return the blueprint of `/device.json` and `/models/…`."""
    device = Blueprint("device", __name__)
    models = device_models(settings)
    description = describe_device(settings, models)

    @device.app_context_processor
    def shared() -> dict[str, object]:
        return {"device": description}

    @device.get("/device.json")
    def device_json() -> ResponseReturnValue:
        return description

    @device.get("/models/<name>.tflite")
    def model_file(name: str) -> Response:
        if name not in models:
            raise NotFound("There is no model of this name.")
        # The address that scripts use carries the checksum, so the file behind it never changes.
        return send_file(models[name].path.resolve(), mimetype="application/octet-stream", max_age=31_536_000)

    return device


def device_models(settings: Settings) -> dict[str, Model]:
    """Return the models that browsers may load, by name; none where the detector runs on the server only.

    A model without a known answer in its card cannot be tested by the browser, so it is not among them; nor is a
    second network that was calibrated with another first one, a classifier that lacks a label, or a file that does not
    match its card: whatever the server itself needs is checked where it builds its pipelines.
    """
    if settings.detector != "multiface":
        return {}
    first = _testable(settings.multiface, "face_detector")
    if first is None:
        return {}
    models = {"multiface": first}
    wide = _testable(settings.multiface_wide, "face_detector")
    if wide is not None and wide.card.get("ensemble", {}).get("sha256") == first.card["sha256"]:
        models["multiface_wide"] = wide
    classifier = _testable(settings.classifier, "mask_classifier")
    if classifier is not None and len(classifier.card["classes"]) == len(LABELS):
        models["mask_classifier"] = classifier
    return models


def describe_device(settings: Settings, models: dict[str, Model]) -> dict[str, Any]:
    """Return the body of `/device.json`.

    Args:
        settings: sizes of views, score threshold.
        models: see `device_models`.

    Returns:
        `{"offered", "download_bytes", "stream_size_px", "photo_size_px", "score_threshold", "models": {name: {"url",
        "sha256", "size_bytes", "card"}}}`; addresses are relative to it. A threshold of null is the detector's own; the
        download is that of the runtime and the first model.
    """
    described = {
        name: {
            "url": f"models/{name}.tflite",
            "sha256": model.card["sha256"],
            "size_bytes": model.path.stat().st_size,
            "card": {key: model.card[key] for key in CARD_ENTRIES if key in model.card},
        }
        for name, model in models.items()
    }
    return {
        "offered": bool(models),
        "download_bytes": download_bytes(models),
        "stream_size_px": settings.stream_size_px,
        "photo_size_px": settings.photo_size_px,
        "score_threshold": settings.score_threshold or None,
        "models": described,
    }


def download_bytes(models: dict[str, Model]) -> int:
    """Return what a browser loads, once, before it can detect faces; 0 where it cannot."""
    runtime = RUNTIME.stat().st_size if RUNTIME.is_file() else 0
    return runtime + models["multiface"].path.stat().st_size if models else 0


def _testable(name_or_path: Path, task: str) -> Model | None:
    with contextlib.suppress(ModelError):
        model = load_model(name_or_path, task)
        return model if "known_answer" in model.card else None
    return None
