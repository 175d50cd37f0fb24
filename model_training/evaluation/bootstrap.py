"""Confidence intervals of metrics: percentile bootstrap over clusters (Efron & Tibshirani 1993, chapter 13)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from webapp.vision.detections import Float64Array, IntArray

RESAMPLES = 1000
LEVEL = 0.95

BLOCK = 50
"""Resamples that are measured at once: one call of a metric for each costs seconds, all in one call gigabytes."""

LEAST_CLUSTERS = 3
"""Fewest clusters for an interval: resampling one or two gives next to no variation."""


def with_intervals(
    metrics: Callable[[Float64Array], Mapping[str, Float64Array]],
    cluster: IntArray,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> dict[str, dict[str, float]]:
    """Return metrics with 95 % intervals, resampling whole clusters.

    Faces of one photo share its light, camera and labeller; drawn one by one they would give intervals that are too
    narrow (cluster bootstrap: Field & Welsh 2007, doi:10.1111/j.1467-9868.2007.00593.x).

    Args:
        metrics: computes every metric by name, float64 (r,), for weights float64 (r, n): how many times each sample
            counts in each of r resamples.
        cluster: int64 (n,), what belongs together, like the number of the photo; n at least 1.
        resamples: how many times is drawn.
        seed: of the draws.

    Returns:
        By name `value`, `low` and `high`; NaN where a metric is undefined. Draws in which it is are skipped. Of
        fewer than `LEAST_CLUSTERS` clusters `low` and `high` are NaN, see `missing_intervals`.
    """
    _, index = np.unique(cluster, return_inverse=True)
    clusters = int(index.max()) + 1
    values = {name: float(value) for name, (value,) in metrics(np.ones((1, len(index)))).items()}
    if clusters < LEAST_CLUSTERS:
        return {name: {"value": value, "low": np.nan, "high": np.nan} for name, value in values.items()}
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[Float64Array]] = {name: [] for name in values}
    for start in range(0, resamples, BLOCK):
        draws = [rng.integers(clusters, size=clusters) for _ in range(min(BLOCK, resamples - start))]
        times = np.array([np.bincount(draw, minlength=clusters) for draw in draws], float)
        for name, found in metrics(times[:, index]).items():
            drawn[name].append(found)
    ends = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    return {
        name: dict(zip(("value", "low", "high"), (value, *_quantiles(drawn[name], ends)), strict=True))
        for name, value in values.items()
    }


def missing_intervals(clusters: int) -> str | None:
    """Return why metrics of so many clusters have no intervals, as a clause; None where they have."""
    if clusters >= LEAST_CLUSTERS:
        return None
    groups = "one group" if clusters == 1 else f"{clusters} groups"
    return f"all pictures belong to {groups}, and an interval needs {LEAST_CLUSTERS} or more to resample"


def _quantiles(drawn: list[Float64Array], ends: tuple[float, float]) -> tuple[float, float]:
    values = np.concatenate([np.zeros(0), *drawn])
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, ends)
    return float(low), float(high)
