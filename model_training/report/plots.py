"""What the plots of a report show, in units of their SVG: curves, histograms, reliability diagrams."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from model_training.evaluation.classification import Roc
from model_training.evaluation.precision_recall import Curve
from model_training.report.words import count, number
from webapp.vision.detections import LABELS, Float64Array

SIDE = 320
LEFT, TOP, RIGHT, BOTTOM = 48, 16, 16, 48
TICKS = (0, 0.2, 0.4, 0.6, 0.8, 1)
PLAIN_TICKS = tuple((t, f"{t:g}") for t in TICKS)


class Text(NamedTuple):
    """A number at a place of a plot."""

    x: float
    y: float
    text: str


class Line(NamedTuple):
    """A line of a plot.

    Args:
        css_class: gives its colour and dashes, and names it for those who cannot see it.
        name: in the legend; a label stands for its sign and word.
        points: x and y of each.
        value: number in the legend, None for a dash.
    """

    css_class: str
    name: str
    points: tuple[tuple[float, float], ...]
    value: float | None


class Bar(NamedTuple):
    """A bar of a plot: its upper left corner and size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Axes:
    """A square's grid and what stands beside it.

    Args:
        x_ticks: at the lower edge.
        y_ticks: at the left edge.
        x_label: in words.
        y_label: likewise.
    """

    x_ticks: tuple[Text, ...]
    y_ticks: tuple[Text, ...]
    x_label: str
    y_label: str
    left: float = LEFT
    right: float = LEFT + SIDE
    top: float = TOP
    bottom: float = TOP + SIDE
    width: int = LEFT + SIDE + RIGHT
    height: int = TOP + SIDE + BOTTOM
    diagonal: str = f"M{LEFT} {TOP + SIDE}L{LEFT + SIDE} {TOP}"


@dataclass(frozen=True)
class Plot:
    """What `plots.html` draws as a figure.

    Args:
        title: for people.
        axes: None where there is nothing to draw.
        description: for those who cannot see it.
        lines: the first one lies on top.
        metric: what the numbers of the legend are.
        bars: below everything else.
        counts: numbers above the bars.
        diagonal: CSS class of a diagonal, empty for none.
        mark: where a ring is drawn.
        calibration_error: of a reliability diagram, in words.
    """

    title: str
    axes: Axes | None
    description: str = ""
    lines: tuple[Line, ...] = ()
    metric: str = ""
    bars: tuple[Bar, ...] = ()
    counts: tuple[Text, ...] = ()
    diagonal: str = ""
    mark: tuple[float, float] | None = None
    calibration_error: str = ""


def curve_plot(
    title: str, curves: Mapping[str, Curve], names: Mapping[str, str], operating_point: tuple[float, float] | None
) -> Plot:
    """Draw precision over recall.

    Args:
        title: for people.
        curves: by CSS class of the line.
        names: of each curve.
        operating_point: recall and precision of all faces at the threshold of the rule, None where there is none.
    """
    lines = [
        Line(key, names[key], _points(curve.recall, curve.precision), curve.average) for key, curve in curves.items()
    ]
    mark = None if operating_point is None else (_x(operating_point[0]), _y(operating_point[1]))
    axes = _axes("recall: fraction of the faces found", "precision: fraction of the detections that are right")
    return _line_plot(title, "Average precision", lines, axes, mark=mark)


def roc_plot(title: str, curves: Mapping[str, Roc], names: Mapping[str, str]) -> Plot:
    """Draw the ROC curve: true-positive rate over false-positive rate; the diagonal is guessing.

    Args:
        title: for people.
        curves: by CSS class of the line.
        names: of each curve.
    """
    lines = [
        Line(key, names[key], _points(curve.false_positive_rate, curve.recall), curve.area)
        for key, curve in curves.items()
    ]
    axes = _axes("false-positive rate", "true-positive rate")
    return _line_plot(title, "Area under the curve", lines, axes, diagonal="guess")


def epoch_plot(title: str, training: Sequence[float], validation: Sequence[float], fraction: bool) -> Plot:
    """Draw a metric over the epochs, training and validation.

    Args:
        title: for people.
        training: a value an epoch, the same number as of validation.
        validation: likewise.
        fraction: whether it lies in [0, 1], as accuracy does; else the scale begins at 0 and ends above the largest.
    """
    epochs = len(training)
    top = 1.0 if fraction else nice_top(max([*training, *validation, 0.0]))
    x = (np.arange(1, epochs + 1) - 1) / max(epochs - 1, 1)
    lines = [
        Line(name, name, _points(x, np.array(values) / top), values[-1] if epochs else None)
        for name, values in (("training", training), ("validation", validation))
    ]
    step = max(-(-(epochs - 1) // 8), 1)
    x_ticks = [(float(x[i]), str(i + 1)) for i in range(0, epochs, step)]
    axes = _axes("epoch", title[:1].lower() + title[1:], x_ticks, [(t, f"{t * top:g}") for t in TICKS])
    return _line_plot(title, "After the last epoch", lines, axes)


def histogram_plot(title: str, counts: Sequence[int], x_label: str, y_label: str) -> Plot:
    """Draw how many values lie in each of the equal bins of [0, 1].

    Args:
        title: for people.
        counts: of the bins.
        x_label: what is counted.
        y_label: what one of it is.
    """
    top = nice_top(max([*counts, 1]))
    bins = len(counts)
    bars = tuple(_bar(k / bins, (k + 1) / bins, n / top, gap=1) for k, n in enumerate(counts))
    bins_text = ", ".join(f"{k / bins:g} to {(k + 1) / bins:g}: {n}" for k, n in enumerate(counts) if n)
    axes = _axes(x_label, y_label, y_ticks=[(t, f"{t * top:g}") for t in TICKS])
    return Plot(title, axes, f"{title}. {bins_text}.", bars=bars)


def reliability_plot(title: str, calibration: Mapping[str, Any] | None) -> Plot:
    """Draw a reliability diagram: the fraction of right predictions over the score.

    Calibrated scores lie on the diagonal.

    Args:
        title: for people.
        calibration: see `reliability.reliability`, None where there is nothing to draw.
    """
    if calibration is None:
        return Plot(title, None)
    error = number(calibration["expected_calibration_error"])
    rows = calibration["bins"]
    return Plot(
        title,
        _axes("predicted score", "fraction that is right"),
        f"{title}. Expected calibration error {error}.",
        bars=tuple(_bar(row["low"], row["high"], row["fraction_correct"], gap=2) for row in rows),
        counts=tuple(_bar_count(row) for row in rows),
        diagonal="diagonal",
        calibration_error=error,
    )


def nice_top(largest: float) -> float:
    """Return the least of 1, 2, 2.5, 5 times a power of ten that is no less than the largest value."""
    if not 0 < largest < math.inf:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= largest)


def _line_plot(
    title: str,
    metric: str,
    lines: Sequence[Line],
    axes: Axes,
    diagonal: str = "",
    mark: tuple[float, float] | None = None,
) -> Plot:
    shown = "".join(f"{line.css_class.replace('_', ' ')} {number(line.value)}; " for line in lines)
    description = f"{title}. {metric}: {shown}"
    return Plot(title, axes, description, tuple(lines), metric, diagonal=diagonal, mark=mark)


def _points(xs: Float64Array, ys: Float64Array) -> tuple[tuple[float, float], ...]:
    # A pixel holds many points of a curve: what rounds to the same tenth is drawn once.
    points: list[tuple[float, float]] = []
    for x, y in zip(xs, ys, strict=True):
        point = (_x(float(x)), _y(float(y)))
        if not points or point != points[-1]:
            points.append(point)
    return tuple(points)


def _bar(low: float, high: float, value: float, gap: int) -> Bar:
    # From `low` to `high` with a gap at either side, as high as the value; fractions of the plot's side.
    left, top = _x(low), _y(value)
    return Bar(round(left + gap, 1), top, round(_x(high) - left - 2 * gap, 1), round(_y(0) - top, 1))


def _bar_count(row: Mapping[str, Any]) -> Text:
    top = _y(row["fraction_correct"])
    return Text(_x((row["low"] + row["high"]) / 2), round(top - 6, 1), count(row["count"]))


def _axes(
    x_label: str,
    y_label: str,
    x_ticks: Sequence[tuple[float, str]] = PLAIN_TICKS,
    y_ticks: Sequence[tuple[float, str]] = PLAIN_TICKS,
) -> Axes:
    # Ticks stand at fractions of the plot's side.
    below = tuple(Text(_x(t), _y(0), text) for t, text in x_ticks)
    beside = tuple(Text(_x(0), _y(t), text) for t, text in y_ticks)
    return Axes(below, beside, x_label, y_label)


def _x(value: float) -> float:
    return round(LEFT + SIDE * value, 1)


def _y(value: float) -> float:
    return round(TOP + SIDE * (1 - value), 1)


LABEL_NAMES = {"face": "Face, whatever the label", **{label: label for label in LABELS}}
SIZE_CLASSES = {"all": "face", "12-32": "small", "32-96": "medium", ">96": "large"}
"""CSS class of each size's curve."""
SIZE_NAMES = {"face": "All sizes", "small": "12 to 32 px", "medium": "32 to 96 px", "large": "from 96 px"}
