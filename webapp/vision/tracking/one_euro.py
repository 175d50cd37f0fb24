"""The one-euro filter on boxes: little jitter of still faces, little lag of moving ones. Pure functions.

Casiez, Roussel and Vogel: 1€ Filter: A Simple Speed-based Low-pass Filter for Noisy Input in Interactive Systems,
CHI 2012, doi:10.1145/2207676.2208639.
"""

from __future__ import annotations

import numpy as np

from webapp.vision.detections import Float64Array

MIN_CUTOFF_HZ = 0.8
"""Cut-off for a still face. A lower one gives less jitter and a later start of movements."""

CUTOFF_PER_SPEED = 6.0
"""Hz for a speed of one box size a second: at constant speed a box is at most 1 / (2 pi 6) = 2.7 % of its size late."""

SPEED_CUTOFF_HZ = 2.0
"""Of the speed itself; the paper's 1 Hz follows a starting movement later."""

LAG_MAX = 0.06
"""Largest distance of a corner from the detected one, as a fraction of the box size."""


def box_sizes(xyxy: Float64Array) -> Float64Array:
    """Return the side of the square of the same area, pixels, at least 1, float64 (n,)."""
    sides = np.maximum(xyxy[:, 2:] - xyxy[:, :2], 0.0)
    return np.maximum(np.sqrt(sides[:, 0] * sides[:, 1]), 1.0)


def steady_boxes(
    steady: Float64Array, speed: Float64Array, before: Float64Array, detected: Float64Array, step_s: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """Filter one more detection of each face.

    The four corners of a box share one cut-off. So the result is a convex combination of detected boxes: it
    never leaves the picture and never turns inside out.

    Args:
        steady: float64 (n, 4), xyxy as smoothed so far, pixels.
        speed: float64 (n, 4), of each coordinate as estimated so far, box sizes a second.
        before: float64 (n, 4), xyxy of the last detection, pixels.
        detected: float64 (n, 4), xyxy of this detection, pixels.
        step_s: float64 (n,), time between the two, above zero.

    Returns:
        The new `steady` and `speed`.
    """
    size = box_sizes(before)[:, None]
    step = step_s[:, None]
    speed = speed + _gain(SPEED_CUTOFF_HZ, step) * ((detected - before) / size / step - speed)
    gain = _gain(MIN_CUTOFF_HZ + CUTOFF_PER_SPEED * np.abs(speed).max(axis=1, keepdims=True), step)
    way = detected - steady
    away = np.abs(way).max(axis=1, keepdims=True)
    gain = np.maximum(gain, 1 - LAG_MAX * box_sizes(detected)[:, None] / np.maximum(away, 1e-9))
    return steady + gain * way, speed


def _gain(cutoff_hz: Float64Array | float, step_s: Float64Array) -> Float64Array:
    """Return the gain of a first-order low-pass, in ]0, 1[ (eq. 3 and 4 of the paper)."""
    return 1 / (1 + 1 / (2 * np.pi * cutoff_hz * step_s))
