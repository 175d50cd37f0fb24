"""MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) as a classifier of face crops."""

from __future__ import annotations

from pathlib import Path

import keras


def build_mobilenet_v2_classifier(
    size_px: int = 128, classes: int = 3, dropout: float = 0.3, backbone_weights: Path | None = None
) -> keras.Model:
    """Build the classifier; rescaling is part of the model, so a user of the file needs no recipe.

    Args:
        size_px: side of the square input.
        classes: number of outputs.
        dropout: share of features dropped while training.
        backbone_weights: `.weights.h5` of `keras.applications.MobileNetV2(include_top=False)`, or None to
            start from random numbers.

    Returns:
        A model from float32 (n, size_px, size_px, 3) RGB in [0, 255] to float32 (n, classes), softmax.
    """
    inputs = keras.Input((size_px, size_px, 3), name="crop_rgb")
    backbone = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(size_px, size_px, 3))
    if backbone_weights is not None:
        backbone.load_weights(backbone_weights)
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # Keras' 0.999 needs thousands of steps to follow; a fine-tuning run has a few hundred an epoch.
            layer.momentum = 0.9
    features = backbone(keras.layers.Rescaling(1 / 127.5, offset=-1.0)(inputs))
    features = keras.layers.GlobalAveragePooling2D()(features)
    features = keras.layers.Dropout(dropout)(features)
    outputs = keras.layers.Dense(classes, activation="softmax", name="label_score")(features)
    return keras.Model(inputs, outputs, name="mobilenet_v2_classifier")
