from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webapp.config import Settings
from webapp.pages.device import device_models
from webapp.vision.model_files import SHIPPED


def test_the_models_are_served_as_their_cards_say(client: FlaskClient) -> None:
    device = client.get("/device.json").get_json()
    assert device["offered"]
    assert (device["stream_size_px"], device["photo_size_px"]) == (416, 960)
    assert sorted(device["models"]) == ["mask_classifier", "multiface", "multiface_wide"]
    for model in device["models"].values():
        file = client.get("/" + model["url"])
        assert hashlib.sha256(file.data).hexdigest() == model["sha256"]
        assert len(file.data) == model["size_bytes"]
        assert model["card"]["known_answer"]["outputs"]


def test_an_unknown_model_is_not_found(client: FlaskClient) -> None:
    assert client.get("/models/nowhere.tflite").status_code == 404
    assert client.get("/models/..%2Fconfig.tflite").status_code == 404


def test_only_the_scripts_of_workers_may_compile_webassembly(client: FlaskClient) -> None:
    worker = client.get("/static/js/device/worker.js").headers["Content-Security-Policy"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in worker
    assert "default-src 'none'" in worker
    for path in ("/", "/photo", "/static/js/device/engine.js", "/static/js/live/live.js"):
        assert "wasm" not in client.get(path).headers["Content-Security-Policy"]


def test_pages_are_isolated_so_that_threads_may_share_memory(client: FlaskClient) -> None:
    for path in ("/", "/static/js/device/worker.js"):
        headers = client.get(path).headers
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"


@pytest.mark.parametrize("detector", ["haar", "localizer"])
def test_other_detectors_run_on_the_server_only(detector: str) -> None:
    assert device_models(Settings(detector=detector)) == {}


def copied(folder: Path, name: str, **changes: object) -> Path:
    """Copy a shipped model, with changes to its card; None removes an entry."""
    copy = folder / f"{name}.tflite"
    shutil.copy(SHIPPED / copy.name, copy)
    card = json.loads((SHIPPED / f"{name}.json").read_text()) | changes
    card = {key: value for key, value in card.items() if value is not None}
    copy.with_suffix(".json").write_text(json.dumps(card))
    return copy


def test_a_model_that_browsers_cannot_test_is_not_offered(tmp_path: Path) -> None:
    settings = Settings(classifier=copied(tmp_path, "mask_classifier", known_answer=None))
    assert sorted(device_models(settings)) == ["multiface", "multiface_wide"]
    settings = replace(settings, multiface=copied(tmp_path, "multiface", known_answer=None))
    assert device_models(settings) == {}


def test_models_that_do_not_belong_together_are_not_offered(tmp_path: Path) -> None:
    settings = Settings(
        multiface_wide=copied(tmp_path, "multiface_wide", ensemble={"sha256": "another"}),
        classifier=copied(tmp_path, "mask_classifier", classes=["with_mask", "without_mask"]),
    )
    assert sorted(device_models(settings)) == ["multiface"]


def test_a_missing_second_network_does_not_stop_the_first(tmp_path: Path) -> None:
    assert sorted(device_models(Settings(multiface_wide=tmp_path / "no.tflite"))) == ["mask_classifier", "multiface"]
