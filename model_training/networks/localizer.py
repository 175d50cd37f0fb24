"""The single-face localizer: one backbone, one head that tells whether there is a face, one that tells where."""

from __future__ import annotations

import keras

from model_training.networks.backbones import build_backbone

HEAD_UNITS = 2048

SMALL = 1e-3
"""Standard deviation of the last layers' first weights. Maxima of a feature map are large, and Glorot's weights make
logits of them at which a sigmoid is flat: the box then hardly learns, since its error is squared, not a logarithm."""


def build_localizer(
    backbone: str, size_px: int, backbone_weights: str = "none", head_units: int = HEAD_UNITS
) -> keras.Model:
    """Build the localizer; rescaling is part of the model, so a user of the file needs no recipe.

    With VGG16 it is the network of the tutorials on face detection with Keras: 16,826,181 parameters.

    Args:
        backbone: of `BACKBONES`.
        size_px: side of the square input, 32 or more.
        backbone_weights: see `build_backbone`.
        head_units: of the hidden layer in each head.

    Returns:
        A model from float32 (n, size_px, size_px, 3) RGB in [0, 255] to `face_score`, float32 (n, 1), sigmoid, and
        `box`, float32 (n, 4), sigmoid: x1, y1, x2, y2 as shares of the square.

    Raises:
        ValueError: see `build_backbone`.
    """
    inputs = keras.Input((size_px, size_px, 3), name="square_rgb")
    features = build_backbone(backbone, inputs, backbone_weights).output
    features = keras.layers.GlobalMaxPooling2D()(features)
    outputs = {}
    for name, units in (("face_score", 1), ("box", 4)):
        hidden = keras.layers.Dense(head_units, activation="relu", name=f"{name}_hidden")(features)
        # float32 whatever the policy: bfloat16 knows some 1 / 256 of the square's side.
        outputs[name] = keras.layers.Dense(
            units,
            activation="sigmoid",
            kernel_initializer=keras.initializers.RandomNormal(stddev=SMALL),
            name=name,
            dtype="float32",
        )(hidden)
    return keras.Model(inputs, outputs, name=f"{backbone}_localizer")
