from __future__ import annotations

from typing import Any

import pytest

from webapp.config import Settings
from webapp.pipelines import build_live_pipelines, build_photo_pipeline, build_stream_pipeline, describe_photo_pipeline


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


@pytest.mark.parametrize(
    ("values", "sizes_px"),
    [
        ({}, [416, 320, 256]),
        ({"stream_size_px": 640}, [640, 416, 320, 256]),
        ({"stream_size_px": 256}, [256]),
        ({"stream_size_px": 160}, [160]),
        ({"detector": "haar"}, [640]),
    ],
    ids=str,
)
def test_live_pipelines_come_in_the_sizes_that_the_cards_know(values: dict[str, Any], sizes_px: list[int]) -> None:
    settings = Settings(**values)
    pipelines = build_live_pipelines(settings)
    assert list(pipelines) == sizes_px
    full = build_stream_pipeline(settings)
    assert pipelines[sizes_px[0]].describe() == full.describe()
    for size_px in sizes_px[1:]:
        smaller = build_stream_pipeline(Settings(**values | {"stream_size_px": size_px}))
        assert pipelines[size_px].score_threshold == max(smaller.score_threshold, full.score_threshold)
