"""Networks that compute in bfloat16 and keep their weights in float32."""

from __future__ import annotations

from collections.abc import Callable

import keras


def build_in_bfloat16(build: Callable[[], keras.Model]) -> keras.Model:
    """Build a network that computes in bfloat16 (Kalamkar et al. 2019, arXiv:1905.12322); it needs no loss scaling.

    Args:
        build: makes the network; layers that name a dtype of their own keep it.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        return build()
    finally:
        keras.config.set_dtype_policy(before)
