"""Shared by all training: backbones, run folders, EMA, batch norm, augmentation; Keras 3 on every backend."""
