"""The known answer of a model: what it gives for a fixed picture, kept in its card.

A runtime that computes something else (a browser's, another version's) is noticed by comparing; see
static/js/device/runtime/known_answer.js.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from webapp.vision.detections import FloatArray

OPEN_SIDES = (64, 96)
"""Height and width of the picture where a model takes any."""

SAMPLES = 24
"""Values of each output in a card, from evenly spaced places."""


def known_input(shape: tuple[int, ...]) -> FloatArray:
    """Return the fixed picture, float32 of the shape, RGB in [0, 255]."""
    return (np.arange(np.prod(shape)) * 37 % 256).reshape(shape).astype(np.float32)


def known_answer(model: bytes) -> dict[str, Any]:
    """Return what a model gives for the fixed picture.

    Args:
        model: a LiteRT file with one input, float32 (1, H, W, 3).

    Returns:
        `{"input_shape": [1, H, W, 3], "outputs": [[…], …]}`: of each output at most `SAMPLES` values, to a millionth.
    """
    interpreter = Interpreter(model_content=model, num_threads=1)
    details = interpreter.get_input_details()[0]
    sides = [
        given if given > 0 else side for given, side in zip(details["shape_signature"][1:3], OPEN_SIDES, strict=True)
    ]
    shape = (1, *map(int, sides), 3)
    interpreter.resize_tensor_input(details["index"], shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(details["index"], known_input(shape))
    interpreter.invoke()
    outputs = [interpreter.get_tensor(output["index"]).ravel() for output in interpreter.get_output_details()]
    return {"input_shape": list(shape), "outputs": [sampled(output) for output in outputs]}


def sampled(output: FloatArray) -> list[float]:
    """Return values from evenly spaced places of a flat output, all of a short one."""
    count = min(SAMPLES, len(output))
    return [round(float(output[i * len(output) // count]), 6) for i in range(count)]
