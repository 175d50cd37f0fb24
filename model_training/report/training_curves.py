"""Loss and accuracy over the epochs of a run."""

from __future__ import annotations

from collections.abc import Sequence

from model_training.report.plots import Plot, epoch_plot


def training_curves(
    epochs: Sequence[dict[str, float]] | None, metrics: Sequence[tuple[str, str, bool]]
) -> list[Plot] | None:
    """Return a plot a metric; none where no epoch is logged, and None without a log.

    Args:
        epochs: rows of `metrics.csv`; None for an exported file, which holds nothing of its training.
        metrics: name in `metrics.csv`, name for people, and whether it lies in [0, 1]; one that the run has not
            logged, for training and validation both, is left out.
    """
    if epochs is None:
        return None
    return [
        epoch_plot(title, [row[name] for row in epochs], [row[f"val_{name}"] for row in epochs], fraction)
        for name, title, fraction in metrics
        if epochs and name in epochs[0] and f"val_{name}" in epochs[0]
    ]
