"""Keras models as LiteRT files."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Literal

import keras
import numpy as np
from numpy.typing import NDArray

WeightsType = Literal["float32", "float16", "int8"]
WEIGHTS_TYPES: tuple[WeightsType, ...] = ("float32", "float16", "int8")


def to_litert(
    model: keras.Model,
    input_shape: tuple[int | None, ...],
    weights: WeightsType = "float16",
    examples: Sequence[NDArray[np.float32]] = (),
) -> bytes:
    """Return a model as LiteRT file content for a batch of one.

    Args:
        model: with one input.
        input_shape: height, width and channels; a None can be set at run time.
        weights: with `int8` activations become 8-bit integers too; input and output stay float32 all the same.
        examples: float32 (1, H, W, C) inputs; `int8` measures its ranges on them.

    Raises:
        ValueError: there are no examples for `int8`.
    """
    if weights == "int8" and not len(examples):
        raise ValueError("int8 measures its ranges on examples, and there is none.")
    import tensorflow as tf

    # With a batch of one written into the model, shapes follow from the input's alone and buffers are planned once.
    single = keras.Input(batch_shape=(1, *input_shape), name="input_rgb")
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(single, model(single, training=False)))
    if weights != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if weights == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if weights == "int8":
        converter.representative_dataset = lambda: ([example] for example in examples)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    # Keras would print every tensor of the network.
    with contextlib.redirect_stdout(io.StringIO()):
        content: bytes = converter.convert()
    return content
