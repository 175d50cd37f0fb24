from __future__ import annotations

import json
from pathlib import Path

import pytest

from webapp.vision.known_answer import SAMPLES, known_answer, known_input, sampled
from webapp.vision.model_files import SHIPPED

MODELS = sorted(SHIPPED.glob("*.tflite"))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_the_card_of_each_shipped_model_has_its_known_answer(model: Path) -> None:
    stored = json.loads(model.with_suffix(".json").read_text())["known_answer"]
    found = known_answer(model.read_bytes())
    assert found["input_shape"] == stored["input_shape"], "run `python tools/known_answers.py`"
    for values, expected in zip(found["outputs"], stored["outputs"], strict=True):
        assert values == pytest.approx(expected, abs=1e-4), "run `python tools/known_answers.py`"


def test_a_model_of_any_size_gets_a_picture_whose_sides_32_divides() -> None:
    _, height, width, channels = known_answer((SHIPPED / "multiface.tflite").read_bytes())["input_shape"]
    assert height % 32 == width % 32 == 0
    assert channels == 3


def test_the_fixed_picture_is_the_browser_s() -> None:
    assert known_input((1, 1, 3, 3)).ravel().tolist() == [0, 37, 74, 111, 148, 185, 222, 3, 40]


def test_long_outputs_are_sampled_evenly() -> None:
    many = known_input((1, 10, 10, 3)).ravel()
    assert sampled(many) == [float(many[i * 300 // SAMPLES]) for i in range(SAMPLES)]
    assert sampled(many[:3]) == [0, 37, 74]
