from __future__ import annotations

import keras
import numpy as np
import pytest

from model_training.training.batch_norm import reestimate_folded_batch_norm


def test_batch_norm_is_reestimated_without_changing_the_function() -> None:
    keras.utils.set_random_seed(3)
    inputs = keras.Input((16, 16, 3))
    hidden = keras.layers.BatchNormalization()(keras.layers.Conv2D(8, 3, use_bias=False)(inputs))
    hidden = keras.layers.Conv2D(4, 3, use_bias=False)(keras.layers.ReLU()(hidden))
    model = keras.Model(inputs, keras.layers.BatchNormalization()(hidden))
    data = np.random.default_rng(3).normal(2, 3, (96, 16, 16, 3)).astype(np.float32)
    before = model.predict(data, verbose=0)
    in_training_mode = np.asarray(keras.models.clone_model(model)(data, training=True))
    assert np.abs(in_training_mode - before).max() > 0.5
    reestimate_folded_batch_norm(model, data)
    assert model.predict(data, verbose=0) == pytest.approx(before, abs=1e-3)
    assert np.asarray(model(data, training=True)) == pytest.approx(before, abs=1e-2)
