"""The OpenAPI document agrees with the routes, the limits, the labels and the states of the code."""

from __future__ import annotations

import json
import re

from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from webapp.config import Settings
from webapp.openapi import openapi_document
from webapp.videos.jobs.states import State
from webapp.vision.detections import LABELS


def test_the_openapi_document_is_valid_and_names_every_route(app: Flask, client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    validate(document)
    documented = {
        (path.replace("{", "<").replace("}", ">"), verb.upper())
        for path, verbs in document["paths"].items()
        for verb in verbs
    }
    served = {
        (rule.rule, verb)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for verb in (rule.methods or set()) - {"OPTIONS"}
    }
    assert documented == served


def test_the_limits_in_force_are_filled_in() -> None:
    settings = Settings(image_max_bytes=7_000_000, image_max_px=8_000_000, video_max_s=660, expire_s=600)
    text = json.dumps(openapi_document(settings))
    for words in ("7 MB", "8 megapixels", "200 MB", "11 minutes", "deleted 10 minutes after"):
        assert words in text
    assert set(re.findall(r"\{(\w+)\}", text)) == {"job_id", "name"}


def test_labels_and_states_are_those_of_the_code() -> None:
    schemas = openapi_document(Settings())["components"]["schemas"]
    face = schemas["Face"]["properties"]
    assert face["label"]["enum"] == face["label_probs"]["required"] == list(LABELS)
    assert schemas["Job"]["properties"]["state"]["enum"] == [state.value for state in State]
