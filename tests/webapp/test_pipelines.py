from __future__ import annotations

from typing import Any

import pytest

from webapp.config import Settings
from webapp.pipelines import build_photo_pipeline, describe_photo_pipeline


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"photo_tta": "single"},
        {"photo_tta": "small", "photo_labels": "detector"},
        {"photo_labels": "classifier", "score_threshold": 0.4},
        {"detector": "haar"},
    ],
    ids=str,
)
def test_the_cards_describe_the_pipeline_that_is_built(values: dict[str, Any]) -> None:
    settings = Settings(**values)
    assert describe_photo_pipeline(settings) == build_photo_pipeline(settings).describe()


def test_describing_loads_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an interpreter was made")

    monkeypatch.setattr("webapp.vision.model_files.Interpreter", refuse)
    assert describe_photo_pipeline(Settings())["detector"] == "multiface+multiface_wide"
