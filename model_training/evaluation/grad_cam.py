"""Grad-CAM: the evidence of each part of a picture for a prediction (Selvaraju et al. 2017, arXiv:1610.02391)."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray


class GradCam:
    """Computes heat maps of one output of a network that ends in a dense layer.

    Keras has no gradient function for every backend, but its trainer computes one: a weight added to the feature maps
    and trained by one step of plain gradient descent, at a learning rate of 1, has moved by just the gradient.

    Args:
        model: with one input; frozen from here on. Its feature maps are what the last layer that flattens or pools
            them away takes in.
        output: name of the dense layer that gives the scores. What counts is its value before softmax or sigmoid:
            a confident prediction's score has next to no gradient.
    """

    def __init__(self, model: keras.Model, output: str) -> None:
        model.trainable = False
        maps = _last_feature_maps(model)
        self._features = keras.Model(model.inputs, maps)
        dense = model.get_layer(output)
        # Named, since a loaded network may have a layer of the name that Keras would choose.
        linear = keras.layers.Dense(dense.units, trainable=False, name=f"{output}_before_activation")
        scores = keras.Model(maps, linear(dense.input))
        linear.set_weights(dense.get_weights())
        self._step = ShiftedScores(scores, maps.shape[1:])
        self._step.compile(keras.optimizers.SGD(1.0), loss=_minus_chosen, jit_compile=False)
        self._units = int(dense.units)

    def heat_map(self, picture: NDArray[np.float32], unit: int) -> NDArray[np.float32]:
        """Return the evidence of each part of a picture for an output.

        Args:
            picture: float32 (H, W, 3), as the network takes it.
            unit: index of the output.

        Returns:
            float32 (h, w) in [0, 1], as coarse as the feature maps; all 0 without positive evidence.
        """
        features = self._features.predict(picture[None], verbose=0)
        chosen = np.eye(self._units, dtype=np.float32)[unit][None]
        self._step.shift.assign(np.zeros(features.shape[1:], np.float32))
        self._step.train_on_batch(features, chosen)
        gradient = keras.ops.convert_to_numpy(self._step.shift)
        # Equations 1 and 2 of the paper: each map weighs as much as its mean gradient; only positive evidence stays.
        heat = np.maximum((features[0] * gradient.mean(axis=(0, 1))).sum(axis=-1), 0)
        return (heat / heat.max() if heat.max() > 0 else heat).astype(np.float32)


class ShiftedScores(keras.Model):  # type: ignore[misc]
    """A network behind feature maps to which one weight is added, a number for each of their values.

    Args:
        scores: from feature maps to scores.
        map_shape: of the feature maps: height, width, number.
    """

    def __init__(self, scores: keras.Model, map_shape: tuple[int, ...]) -> None:
        super().__init__()
        self._scores = scores
        self.shift = self.add_weight(shape=map_shape, initializer="zeros", name="shift")

    def call(self, inputs: Any) -> Any:
        """Return the scores as they are outside training, without dropout; Keras calls this."""
        return self._scores(inputs + self.shift, training=False)


def _last_feature_maps(model: keras.Model) -> Any:
    for layer in reversed(model.layers):
        shapes = [len(tensor.shape) for tensor in (layer.input, layer.output) if not isinstance(tensor, list)]
        if shapes == [4, 2]:
            return layer.input
    raise ValueError(f"{model.name} has no layer that turns feature maps into numbers.")


def _minus_chosen(chosen: Any, scores: Any) -> Any:
    # Descending on minus the score goes up its gradient.
    return -keras.ops.sum(chosen * scores, axis=-1)
