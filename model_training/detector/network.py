"""A single-shot, anchor-free detector of many faces: MobileNetV2, a small feature pyramid, one shared head.

Every location of the strides 8, 16 and 32 predicts the probability that a face is centred there (the score is trained
to be the overlap of its own box, Li et al. 2020, arXiv:2006.04388), how far the box reaches to the four sides
(Tian et al. 2019, arXiv:1904.01355), and what the face wears.
"""

from __future__ import annotations

from pathlib import Path

import keras
from keras import ops

from webapp.vision.detectors.anchor_free import OUTPUTS


def build_face_detector(
    alpha: float = 0.35,
    channels: int = 64,
    blocks: int = 2,
    backbone_weights: Path | None = None,
    frozen_before: str | None = None,
) -> keras.Model:
    """Build the detector for pictures of any size that 32 divides.

    Args:
        alpha: width of MobileNetV2.
        channels: of the pyramid and the head.
        blocks: depthwise-separable convolutions in each branch of the head.
        backbone_weights: `.weights.h5` of `keras.applications.MobileNetV2(include_top=False)`, or None.
        frozen_before: name of the first backbone layer that learns; None lets all of them. The fine early layers
            cost a third of a step and learn least.

    Returns:
        A model from float32 (n, H, W, 3) RGB in [0, 255] to float32 (n, locations, 8); locations run level by
        level from stride 8 to 32, row by row.
    """
    inputs = keras.Input((None, None, 3), name="frame_rgb")
    backbone = keras.applications.MobileNetV2(include_top=False, weights=None, alpha=alpha, input_shape=(None, None, 3))
    if backbone_weights is not None:
        backbone.load_weights(backbone_weights)
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.97
    _freeze(backbone, frozen_before)
    taps = [backbone.get_layer(n).output for n in ("block_6_expand_relu", "block_13_expand_relu", "out_relu")]
    features = keras.Model(backbone.input, taps, name="backbone")(
        keras.layers.Rescaling(1 / 127.5, offset=-1.0)(inputs)
    )
    levels = _pyramid(features, channels)
    head = _build_head(channels, blocks)
    flat = [keras.layers.Reshape((-1, OUTPUTS))(head(level)) for level in levels]
    return keras.Model(inputs, keras.layers.Concatenate(axis=1)(flat), name="face_detector")


def _freeze(backbone: keras.Model, frozen_before: str | None) -> None:
    if frozen_before is None:
        return
    names = [layer.name for layer in backbone.layers]
    for layer in backbone.layers[: names.index(frozen_before)]:
        layer.trainable = False


def _pyramid(features: list[keras.KerasTensor], channels: int) -> list[keras.KerasTensor]:
    laterals = [_convolution(feature, channels, 1, f"lateral_{i}") for i, feature in enumerate(features)]
    fine, middle, coarse = laterals
    middle = _separable(keras.layers.Add()([middle, _twice(coarse)]), channels, "top_down_1")
    fine = _separable(keras.layers.Add()([fine, _twice(middle)]), channels, "top_down_0")
    # Back up again (Liu et al. 2018, arXiv:1803.01534): a large face also needs the fine level's edges.
    down = keras.layers.MaxPooling2D(2)
    middle = _separable(keras.layers.Add()([middle, down(fine)]), channels, "bottom_up_1")
    coarse = _separable(keras.layers.Add()([coarse, down(middle)]), channels, "bottom_up_2")
    return [fine, middle, coarse]


def _twice(x: keras.KerasTensor) -> keras.KerasTensor:
    # Nearest-neighbour upsampling, written without a target size: the exported file can then be resized at run time.
    return ops.depth_to_space(keras.layers.Concatenate()([x] * 4), 2)


def _build_head(channels: int, blocks: int) -> keras.Model:
    level = keras.Input((None, None, channels))
    scores, boxes = level, level
    for i in range(blocks):
        scores = _separable(scores, channels, f"score_{i}")
        boxes = _separable(boxes, channels, f"box_{i}")
    # A start at 1 % keeps the thousands of empty locations from drowning the few faces in the first steps.
    score = keras.layers.Conv2D(1, 1, bias_initializer=keras.initializers.Constant(-4.6), name="score")(scores)
    label = keras.layers.Conv2D(3, 1, name="label")(scores)
    distances = keras.layers.Conv2D(4, 1, bias_initializer=keras.initializers.Constant(1.0), name="distances")(boxes)
    distances = keras.layers.Activation("softplus")(distances)
    return keras.Model(level, keras.layers.Concatenate()([score, distances, label]), name="head")


def _convolution(x: keras.KerasTensor, channels: int, size: int, name: str) -> keras.KerasTensor:
    x = keras.layers.Conv2D(channels, size, padding="same", use_bias=False, name=name)(x)
    return keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.97)(x))


def _separable(x: keras.KerasTensor, channels: int, name: str) -> keras.KerasTensor:
    x = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    x = keras.layers.BatchNormalization(momentum=0.97)(x)
    return _convolution(x, channels, 1, f"{name}_pointwise")
