"""Three classifiers of face crops: a small one from scratch, VGG16 and MobileNetV2."""

from __future__ import annotations

import keras

from model_training.training.backbones import BACKBONES, build_backbone

CLASSIFIERS = ("scratch", *BACKBONES)
POOLINGS = ("flatten", "average")


def build_mask_classifier(
    backbone: str,
    size_px: int,
    classes: int,
    dropout: float = 0.5,
    pooling: str = "flatten",
    backbone_weights: str = "none",
    frozen_before: str | None = None,
) -> keras.Model:
    """Build a classifier; rescaling is part of the model, so a user of the file needs no recipe.

    `scratch` has three 3 x 3 convolutions of 32, 32 and 64 filters, each with a ReLU and a halving behind it, and a
    hidden layer of 256: at 224 px and two classes 12,874,466 parameters. `vgg16` has the same hidden layer:
    21,137,986. `mobilenetv2` has its softmax right behind the features.

    Args:
        backbone: of `CLASSIFIERS`.
        size_px: side of the square input.
        classes: number of outputs.
        dropout: fraction of the values before the softmax that is dropped while training.
        pooling: what makes a vector of the last feature map, of `POOLINGS`.
        backbone_weights: see `build_backbone`; `scratch` takes none.
        frozen_before: see `build_backbone`.

    Returns:
        A model from float32 (n, size_px, size_px, 3) RGB in [0, 255] to float32 (n, classes), softmax.

    Raises:
        ValueError: see `build_backbone`.
    """
    inputs = keras.Input((size_px, size_px, 3), name="crop_rgb")
    if backbone == "scratch":
        features = _three_convolutions(inputs)
    else:
        features = build_backbone(backbone, inputs, backbone_weights, frozen_before).output
    flat = keras.layers.Flatten() if pooling == "flatten" else keras.layers.GlobalAveragePooling2D()
    features = flat(features)
    if backbone != "mobilenetv2":
        features = keras.layers.Dense(256, activation="relu")(features)
    features = keras.layers.Dropout(dropout)(features)
    outputs = keras.layers.Dense(classes, activation="softmax", name="label_score")(features)
    return keras.Model(inputs, outputs, name=f"{backbone}_classifier")


def _three_convolutions(inputs: keras.KerasTensor) -> keras.KerasTensor:
    features = keras.layers.Rescaling(1 / 255)(inputs)
    for filters in (32, 32, 64):
        features = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(features)
        features = keras.layers.MaxPooling2D()(features)
    return features
