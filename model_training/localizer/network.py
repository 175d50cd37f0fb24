"""The single-face localizer: one backbone, one head for the presence of a face, one for its box."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model_training.training.backbones import build_backbone

HEAD_UNITS = 2048
GRID_UNITS = 256
BOX_HEADS = ("maxima", "grid")

SMALL = 1e-3
"""Standard deviation of the last layers' first weights. Maxima of a feature map are large, and Glorot's weights make
logits of them at which a sigmoid is flat: the box then hardly learns, since its error is squared, not a logarithm."""

FIRST_REACH = (-0.3, -0.3, 0.3, 0.3)
"""From the middle of the square to the sides of the first box: 60 % of it, as a face near the camera has."""

FINE_MAPS = {"vgg16": "block5_conv3"}
"""Layer whose map the grid head takes where the last one is too coarse: 7 x 7 cells at 120 px in place of 3 x 3."""


def build_localizer(
    backbone: str,
    size_px: int,
    backbone_weights: str = "none",
    head_units: int = HEAD_UNITS,
    box_head: str = "maxima",
    dropout: float = 0.0,
) -> keras.Model:
    """Build the localizer; rescaling is part of the model, so a user of the file needs no recipe.

    With VGG16 and the box head `maxima` it is the network of the tutorials on face detection with Keras: 16,826,181
    parameters. The maxima of a feature map carry what is in the picture, and its place only by the map's margins. The
    box head `grid` keeps the map: each cell predicts its distances to the face's four sides and a weight,
    and the box is the mean of the cells' predictions, weighted by a softmax.

    Args:
        backbone: of `BACKBONES`.
        size_px: side of the square input, 32 or more.
        backbone_weights: see `build_backbone`.
        head_units: of the hidden layer in each head that has maxima before it.
        box_head: of `BOX_HEADS`.
        dropout: fraction of the features before the heads that is dropped while training.

    Returns:
        A model from float32 (n, size_px, size_px, 3) RGB in [0, 255] to `face_score`, float32 (n, 1), sigmoid, and
        `box`, float32 (n, 4): x1, y1, x2, y2 as fractions of the square, sigmoid behind maxima, and at times a little
        outside [0, 1] behind a grid.

    Raises:
        ValueError: see `build_backbone`.
    """
    inputs = keras.Input((size_px, size_px, 3), name="square_rgb")
    base = build_backbone(backbone, inputs, backbone_weights)
    maxima = keras.layers.GlobalMaxPooling2D()(base.output)
    if dropout:
        maxima = keras.layers.Dropout(dropout)(maxima)
    outputs = {"face_score": _head(maxima, head_units, "face_score", 1)}
    if box_head == "maxima":
        outputs["box"] = _head(maxima, head_units, "box", 4)
    else:
        fine = FINE_MAPS.get(backbone)
        outputs["box"] = _grid_box(base.output if fine is None else base.get_layer(fine).output, dropout)
    return keras.Model(inputs, outputs, name=f"{backbone}_localizer")


def _head(maxima: keras.KerasTensor, units: int, name: str, outputs: int) -> keras.KerasTensor:
    hidden = keras.layers.Dense(units, activation="relu", name=f"{name}_hidden")(maxima)
    # float32 whatever the policy: bfloat16 knows some 1 / 256 of the square's side.
    return keras.layers.Dense(
        outputs,
        activation="sigmoid",
        kernel_initializer=keras.initializers.RandomNormal(stddev=SMALL),
        name=name,
        dtype="float32",
    )(hidden)


def _grid_box(grid: keras.KerasTensor, dropout: float) -> keras.KerasTensor:
    high, wide = grid.shape[1:3]
    if dropout:
        grid = keras.layers.SpatialDropout2D(dropout)(grid)
    cells = keras.layers.Conv2D(GRID_UNITS, 1, activation="relu", name="box_cells")(grid)
    cells = keras.layers.Conv2D(GRID_UNITS, 3, padding="same", activation="relu", name="box_hidden")(cells)
    same: dict[str, Any] = {"kernel_initializer": keras.initializers.RandomNormal(stddev=SMALL), "dtype": "float32"}
    logit = keras.layers.Conv2D(1, 1, name="box_logit", **same)(cells)
    logit = keras.layers.Softmax(name="box_weight", dtype="float32")(keras.layers.Reshape((high * wide,))(logit))
    reach_layer = keras.layers.Conv2D(4, 1, name="box_reach", **same)
    reach = keras.layers.Reshape((high * wide, 4))(reach_layer(cells))
    centre_layer = keras.layers.Dense(4, use_bias=False, name="box_centre", dtype="float32")
    centre = centre_layer(logit)
    # Not by initializers: a model's file would have to know functions of this module.
    reach_layer.set_weights([reach_layer.get_weights()[0], np.array(FIRST_REACH)])
    centre_layer.set_weights([_centres(high, wide)])
    mean_reach = keras.layers.Dot(axes=1, dtype="float32")([logit, reach])
    return keras.layers.Add(name="box", dtype="float32")([centre, mean_reach])


def _centres(high: int, wide: int) -> NDArray[np.float64]:
    # Of each cell, row by row, as (x, y, x, y) in fractions of the square.
    y, x = (part.ravel() for part in np.mgrid[0.5:high, 0.5:wide])
    return np.stack([x / wide, y / high] * 2, axis=1)
