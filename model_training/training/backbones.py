"""Convolutional backbones with the rescaling that they are trained with in front, and where their weights come from."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

BACKBONES = ("vgg16", "mobilenetv2")

IMAGENET_MEAN_RGB = (123.68, 116.779, 103.939)
"""What VGG16 has subtracted from every pixel (Simonyan & Zisserman 2015, arXiv:1409.1556), in the order RGB."""

PIXEL_SPREAD = 58.0
"""Standard deviation of ImageNet's pixel values about that mean."""

OWN_SUFFIX = ".keras"
"""Of the model that a run of this project writes. Its VGG16 reads RGB, as all that is built here does."""


def build_backbone(
    name: str, inputs: keras.KerasTensor, weights: str = "none", frozen_before: str | None = None
) -> keras.Model:
    """Build VGG16 or MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) without its top.

    Args:
        name: of `BACKBONES`.
        inputs: float32 (n, s, s, 3) RGB in [0, 255].
        weights: `imagenet` fetches them (once; Keras keeps them), `none` starts from random numbers. A file that ends
            in `.keras` is the model of a run of this project, of whatever size and heads: its backbone is taken. All
            else is a file that the `load_weights` of `keras.applications`' own network takes.
        frozen_before: name of the first layer that learns; None lets all of them.

    Returns:
        A model from the inputs to the last feature map.

    Raises:
        ValueError: the weights cannot be had, or do not fit, or there is no such layer; the message names them.
    """
    build = {"vgg16": keras.applications.VGG16, "mobilenetv2": keras.applications.MobileNetV2}[name]
    rescaled = _rescale_vgg16(inputs) if name == "vgg16" else keras.layers.Rescaling(1 / 127.5, offset=-1.0)(inputs)
    try:
        backbone = build(
            include_top=False, weights="imagenet" if weights == "imagenet" else None, input_tensor=rescaled
        )
    except Exception as error:
        # Keras raises a bare Exception when it cannot fetch, and only then is this case meant.
        if weights != "imagenet":
            raise
        raise ValueError(
            f"The ImageNet weights of {name} cannot be fetched here; give a file of them, or none. ({error})"
        ) from error
    if Path(weights).suffix == OWN_SUFFIX:
        _take_own(backbone, name, Path(weights))
    elif weights == "none":
        if name == "vgg16":
            _start_vgg16(backbone)
    else:
        if weights != "imagenet":
            _load(backbone, name, Path(weights))
        if name == "vgg16":
            _read_rgb(backbone)
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # Keras' 0.999 needs thousands of steps to follow; a fine-tuning run has a few hundred an epoch.
            layer.momentum = 0.9
    freeze_before(backbone, frozen_before)
    return backbone


def freeze_before(backbone: keras.Model, name: str | None) -> None:
    """Stop every layer before the named one from learning.

    Raises:
        ValueError: there is no such layer; the message names those that have weights.
    """
    if name is None:
        return
    names = [layer.name for layer in backbone.layers]
    if name not in names:
        known = ", ".join(layer.name for layer in backbone.layers if layer.weights)
        raise ValueError(f"The backbone has no layer {name!r}; it has {known}.")
    for layer in backbone.layers[: names.index(name)]:
        layer.trainable = False


def _load(backbone: keras.Model, name: str, weights: Path) -> None:
    if not weights.is_file():
        raise ValueError(f"There is no file of weights {weights}.")
    try:
        backbone.load_weights(weights)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(f"{weights} does not fit {name} without its top.") from error


def _take_own(backbone: keras.Model, name: str, file: Path) -> None:
    # Layers are known by their names, so that it matters neither which heads the run had nor its input size.
    if not file.is_file():
        raise ValueError(f"There is no file of weights {file}.")
    try:
        layers = {layer.name: layer for layer in keras.models.load_model(file, compile=False).layers}
        for layer in backbone.layers:
            if layer.weights:
                layer.set_weights(layers[layer.name].get_weights())
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(f"{file} is no model of a run with the backbone {name}.") from error


def _start_vgg16(backbone: keras.Model) -> None:
    # Glorot's variance halves with every ReLU (He et al. 2015, arXiv:1502.01852): behind thirteen of them the outputs
    # of different pictures hardly differ. Pixels are not brought to variance 1 in front, so the first kernel does it.
    he = keras.initializers.HeNormal()
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel, bias = layer.get_weights()
            spread = PIXEL_SPREAD if layer.name == "block1_conv1" else 1.0
            layer.set_weights([keras.ops.convert_to_numpy(he(kernel.shape)) / np.float32(spread), bias])


def _rescale_vgg16(inputs: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.Rescaling(1.0, offset=[-mean for mean in IMAGENET_MEAN_RGB])(inputs)


def _read_rgb(backbone: keras.Model) -> None:
    # The weights come from Caffe, which reads BGR. Reversing the first kernel is the same as reversing every
    # picture, takes no time, and needs no operation that a .h5 file cannot hold.
    first = backbone.get_layer("block1_conv1")
    kernel, bias = first.get_weights()
    first.set_weights([kernel[:, :, ::-1], bias])
