"""The three classifiers' networks: sizes, inputs, where their weights come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from model_training.classifier.network import CLASSIFIERS, build_mask_classifier
from model_training.localizer.network import build_localizer
from model_training.training.best_model import outputs_of


@pytest.mark.parametrize(
    ("backbone", "size_px", "parameters"),
    [("scratch", 224, 12_874_466), ("vgg16", 224, 21_137_986), ("mobilenetv2", 128, 2_257_984 + 4 * 4 * 1280 * 2 + 2)],
)
def test_the_networks_are_those_that_they_are_named_after(backbone: str, size_px: int, parameters: int) -> None:
    model = build_mask_classifier(backbone, size_px, classes=2)
    assert model.count_params() == parameters
    assert model.input_shape == (None, size_px, size_px, 3)
    (dropout,) = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert dropout.rate == 0.5


@pytest.mark.parametrize("backbone", CLASSIFIERS)
def test_scores_are_fractions_of_as_many_classes_as_given(backbone: str) -> None:
    model = build_mask_classifier(backbone, 32, classes=3, pooling="average")
    scores = outputs_of(model, np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32))
    assert scores.shape == (2, 3)
    assert scores.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_vgg16_sees_what_it_was_trained_on(tmp_path: Path) -> None:
    source = keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3))
    source.save_weights(tmp_path / "caffe.weights.h5")
    model = build_mask_classifier("vgg16", 32, classes=2, backbone_weights=str(tmp_path / "caffe.weights.h5"))
    crops = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)

    def seen(network: keras.Model, pictures: np.ndarray) -> np.ndarray:
        return outputs_of(keras.Model(network.input, network.get_layer("block2_pool").output), pictures)

    as_trained = keras.applications.vgg16.preprocess_input(crops.copy())
    assert seen(model, crops) == pytest.approx(seen(source, as_trained), abs=1e-3)
    assert np.abs(seen(model, crops[..., ::-1]) - seen(source, as_trained)).max() > 0.1


def test_a_backbone_starts_from_a_file_of_weights(tmp_path: Path) -> None:
    source = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(32, 32, 3))
    source.save_weights(tmp_path / "own.weights.h5")
    model = build_mask_classifier("mobilenetv2", 32, classes=2, backbone_weights=str(tmp_path / "own.weights.h5"))
    assert (model.get_layer("Conv1").get_weights()[0] == source.get_layer("Conv1").get_weights()[0]).all()
    with pytest.raises(ValueError, match="does not fit vgg16"):
        build_mask_classifier("vgg16", 32, classes=2, backbone_weights=str(tmp_path / "own.weights.h5"))
    with pytest.raises(ValueError, match="no file of weights"):
        build_mask_classifier("vgg16", 32, classes=2, backbone_weights=str(tmp_path / "none.h5"))


@pytest.mark.parametrize("backbone", ["vgg16", "mobilenetv2"])
def test_a_backbone_goes_on_from_a_run_of_this_project_at_another_size(tmp_path: Path, backbone: str) -> None:
    run = build_mask_classifier(backbone, 32, classes=2)
    run.save(tmp_path / "model.keras")
    own = str(tmp_path / "model.keras")
    classifier = build_mask_classifier(backbone, 48, classes=3, pooling="average", backbone_weights=own)
    localizer = build_localizer(backbone, 64, own, head_units=8)
    known = [layer for layer in run.layers if layer.weights and not layer.name.startswith(("dense", "label"))]
    assert len(known) == {"vgg16": 13, "mobilenetv2": 104}[backbone]
    # RGB as it was: nothing is turned round.
    for layer in known:
        for network in (classifier, localizer):
            pairs = zip(network.get_layer(layer.name).get_weights(), layer.get_weights(), strict=True)
            assert all((mine == its).all() for mine, its in pairs)


def test_a_run_of_something_else_is_refused_in_a_sentence(tmp_path: Path) -> None:
    build_mask_classifier("scratch", 32, classes=2).save(tmp_path / "model.keras")
    (tmp_path / "broken.keras").write_bytes(b"no model")
    for name in ("model.keras", "broken.keras"):
        with pytest.raises(ValueError, match="is no model of a run with the backbone vgg16"):
            build_mask_classifier("vgg16", 32, classes=2, backbone_weights=str(tmp_path / name))
    with pytest.raises(ValueError, match="no file of weights"):
        build_mask_classifier("vgg16", 32, classes=2, backbone_weights=str(tmp_path / "gone.keras"))


def test_a_new_vgg16_neither_drowns_nor_shouts_behind_its_thirteen_layers() -> None:
    keras.utils.set_random_seed(3)
    network = build_mask_classifier("vgg16", 32, classes=2)
    pictures = np.random.default_rng(0).integers(0, 2, (8, 4, 4, 3)).repeat(8, 1).repeat(8, 2).astype(np.float32) * 255
    names = [layer.name for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    maps = outputs_of(keras.Model(network.input, [network.get_layer(name).output for name in names]), pictures)
    spreads = [float(values.std()) for values in maps]
    assert len(spreads) == 13
    # Glorot's weights take it from 100 down to 1 and less; these leave it where it is.
    assert min(spreads) > 0.3
    assert max(spreads) < 8


def test_without_a_network_imagenet_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**kwargs: Any) -> keras.Model:
        assert kwargs["weights"] == "imagenet"
        raise Exception("URL fetch failure")  # what Keras raises, as it does

    monkeypatch.setattr(keras.applications, "VGG16", unreachable)
    with pytest.raises(ValueError, match="cannot be fetched here; give a file"):
        build_mask_classifier("vgg16", 32, classes=2, backbone_weights="imagenet")


def test_layers_before_the_named_one_do_not_learn() -> None:
    model = build_mask_classifier("vgg16", 32, classes=2, frozen_before="block5_conv1")
    learning = [layer.name for layer in model.layers if layer.trainable_weights]
    assert learning[:3] == ["block5_conv1", "block5_conv2", "block5_conv3"]
    with pytest.raises(ValueError, match="no layer 'block9'"):
        build_mask_classifier("vgg16", 32, classes=2, frozen_before="block9")
