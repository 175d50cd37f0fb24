from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from model_training.evaluation.grad_cam import GradCam


def network(pool: keras.layers.Layer, activation: str, units: int) -> keras.Model:
    keras.utils.set_random_seed(5)
    inputs = keras.Input((12, 12, 3))
    maps = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="maps")(inputs)
    vector = keras.layers.Dropout(0.5)(keras.layers.BatchNormalization()(pool(maps)))
    return keras.Model(inputs, keras.layers.Dense(units, activation=activation, name="score")(vector))


@pytest.mark.parametrize("pool", ["average", "flatten"])
def test_the_heat_is_that_of_the_closed_form(pool: str) -> None:
    flat = keras.layers.Flatten() if pool == "flatten" else keras.layers.GlobalAveragePooling2D()
    model = network(flat, "softmax", 3)
    picture = np.random.default_rng(5).uniform(-1, 1, (12, 12, 3)).astype(np.float32)
    maps = keras.Model(model.inputs, model.get_layer("maps").output).predict(picture[None], verbose=0)[0]
    # A linear head: the gradient of a logit is its weights, over the positions where they were pooled.
    weights = model.get_layer("score").get_weights()[0][:, 2]
    mean_gradient = weights.reshape(36, 4).mean(axis=0) if pool == "flatten" else weights / 36
    expected = np.maximum((maps * mean_gradient).sum(axis=-1), 0)
    before = model.predict(picture[None], verbose=0)
    cam = GradCam(model, "score")
    heat = cam.heat_map(picture, 2)
    assert heat.shape == (6, 6)
    assert expected.max() > 0
    assert heat == pytest.approx(expected / expected.max(), abs=1e-4)
    # One picture leaves no trace in the next, and the network stays as it is.
    cam.heat_map(-picture, 0)
    assert cam.heat_map(picture, 2) == pytest.approx(heat, abs=1e-6)
    assert model.predict(picture[None], verbose=0) == pytest.approx(before)


def test_a_confident_prediction_still_has_heat() -> None:
    model = network(keras.layers.GlobalMaxPooling2D(), "sigmoid", 1)
    kernel, bias = model.get_layer("score").get_weights()
    model.get_layer("score").set_weights([np.abs(kernel), bias + 200])
    picture = np.random.default_rng(6).uniform(0, 1, (12, 12, 3)).astype(np.float32)
    assert model.predict(picture[None], verbose=0)[0, 0] == 1.0
    assert GradCam(model, "score").heat_map(picture, 0).max() == 1.0


def test_a_loaded_network_may_have_hidden_layers_of_any_name(tmp_path: Path) -> None:
    inputs = keras.Input((12, 12, 3))
    maps = keras.layers.MaxPooling2D()(keras.layers.Conv2D(4, 3, activation="relu")(inputs))
    hidden = keras.layers.Dense(8, activation="relu", name="dense")(keras.layers.Flatten()(maps))
    keras.Model(inputs, keras.layers.Dense(2, activation="softmax", name="score")(hidden)).save(tmp_path / "m.keras")
    # As in a new process, where Keras begins to count its names.
    keras.utils.clear_session()
    cam = GradCam(keras.models.load_model(tmp_path / "m.keras", compile=False), "score")
    assert cam.heat_map(np.random.default_rng(7).uniform(0, 1, (12, 12, 3)).astype(np.float32), 1).shape == (5, 5)


def test_a_network_without_feature_maps_is_refused() -> None:
    inputs = keras.Input((3,))
    with pytest.raises(ValueError, match="no layer that turns feature maps"):
        GradCam(keras.Model(inputs, keras.layers.Dense(2, name="score")(inputs)), "score")
