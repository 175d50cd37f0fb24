"""Loss and accuracy over the epochs of a run."""

from __future__ import annotations

from collections.abc import Sequence

from model_training.report.plots import epoch_plot


def training_curves(epochs: Sequence[dict[str, float]] | None, metrics: Sequence[tuple[str, str, bool]]) -> str:
    """Return a plot a metric, or the reason why there is none.

    Args:
        epochs: rows of `metrics.csv`; None for an exported file, which holds nothing of its training.
        metrics: name in `metrics.csv`, name for people, and whether it lies in [0, 1]; one that the run has not
            logged, for training and validation both, is left out.
    """
    if epochs is None:
        return "<p>A LiteRT file holds nothing of its training: <code>--run</code> draws the curves.</p>"
    plots = [
        epoch_plot(title, [row[name] for row in epochs], [row[f"val_{name}"] for row in epochs], fraction)
        for name, title, fraction in metrics
        if epochs and name in epochs[0] and f"val_{name}" in epochs[0]
    ]
    if not plots:
        return "<p>The run has logged no epoch.</p>"
    return f'<div class="plots">{"".join(plots)}</div>'
