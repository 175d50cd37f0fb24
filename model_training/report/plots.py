"""Curves, histograms, reliability diagrams as inline SVG; colours come from the style sheet, for dark and light."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np

from model_training.evaluation.classification import Roc
from model_training.evaluation.precision_recall import Curve
from model_training.report.words import count, number, state
from webapp.vision.detections import LABELS, Float64Array

SIDE = 320
LEFT, TOP, RIGHT, BOTTOM = 48, 16, 16, 48
TICKS = (0, 0.2, 0.4, 0.6, 0.8, 1)
PLAIN_TICKS = tuple((t, f"{t:g}") for t in TICKS)
DIAGONAL = f"M{LEFT} {TOP + SIDE}L{LEFT + SIDE} {TOP}"


class Line(NamedTuple):
    """A line of a plot.

    Args:
        name: HTML.
        x: (n,), fractions of the plot's width.
        y: (n,), fractions of its height.
        value: number in the legend, None for a dash.
    """

    name: str
    x: Float64Array
    y: Float64Array
    value: float | None


def curve_plot(
    title: str, curves: Mapping[str, Curve], names: Mapping[str, str], operating_point: tuple[float, float] | None
) -> str:
    """Draw precision over recall.

    Args:
        title: for people.
        curves: by CSS class of the line.
        names: of each curve, as HTML.
        operating_point: recall and precision of all faces at the threshold of the rule, None where there is none.
    """
    lines = {key: Line(names[key], curve.recall, curve.precision, curve.average) for key, curve in curves.items()}
    mark = ""
    if operating_point is not None:
        mark = f'<circle class="mark" cx="{_x(operating_point[0])}" cy="{_y(operating_point[1])}" r="5"/>'
    axes = _axes("recall: fraction of the faces found", "precision: fraction of the detections that are right")
    return _line_plot(title, "Average precision", lines, axes, mark)


def roc_plot(title: str, curves: Mapping[str, Roc], names: Mapping[str, str]) -> str:
    """Draw the ROC curve: true-positive rate over false-positive rate; the diagonal is guessing.

    Args:
        title: for people.
        curves: by CSS class of the line.
        names: of each curve, as HTML.
    """
    lines = {
        key: Line(names[key], curve.false_positive_rate, curve.recall, curve.area) for key, curve in curves.items()
    }
    axes = _axes("false-positive rate", "true-positive rate")
    return _line_plot(title, "Area under the curve", lines, axes, f'<path class="guess" d="{DIAGONAL}"/>')


def epoch_plot(title: str, training: Sequence[float], validation: Sequence[float], fraction: bool) -> str:
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
    lines = {
        key: Line(name, x, np.array(values) / top, values[-1] if epochs else None)
        for key, name, values in (("training", "training", training), ("validation", "validation", validation))
    }
    step = max(-(-(epochs - 1) // 8), 1)
    x_ticks = [(float(x[i]), str(i + 1)) for i in range(0, epochs, step)]
    axes = _axes("epoch", title[:1].lower() + title[1:], x_ticks, [(t, f"{t * top:g}") for t in TICKS])
    return _line_plot(title, "After the last epoch", lines, axes, "")


def histogram_plot(title: str, counts: Sequence[int], x_label: str, y_label: str) -> str:
    """Draw how many values lie in each of the equal bins of [0, 1].

    Args:
        title: for people.
        counts: of the bins.
        x_label: what is counted.
        y_label: what one of it is.
    """
    top = nice_top(max([*counts, 1]))
    bins = len(counts)
    bars = "".join(
        f'<rect class="bar" x="{_x(k / bins) + 1:.1f}" y="{_y(n / top)}" width="{_x(1 / bins) - _x(0) - 2:.1f}" '
        f'height="{_y(0) - _y(n / top):.1f}"/>'
        for k, n in enumerate(counts)
    )
    bins_text = ", ".join(f"{k / bins:g} to {(k + 1) / bins:g}: {n}" for k, n in enumerate(counts) if n)
    axes = _axes(x_label, y_label, y_ticks=[(t, f"{t * top:g}") for t in TICKS])
    return (
        f'<figure class="plot"><figcaption>{escape(title)}</figcaption>'
        f"{_open(f'{title}. {bins_text}.')}{axes}{bars}</svg></figure>"
    )


def reliability_plot(title: str, calibration: Mapping[str, Any] | None) -> str:
    """Draw a reliability diagram: the fraction of right predictions over the score.

    Calibrated scores lie on the diagonal.

    Args:
        title: for people.
        calibration: see `reliability.reliability`, None where there is nothing to draw.
    """
    if calibration is None:
        nothing = "<p>The predictions have no such scores.</p>"
        return f'<figure class="plot"><figcaption>{escape(title)}</figcaption>{nothing}</figure>'
    error = number(calibration["expected_calibration_error"])
    bars = "".join(_bar(row) for row in calibration["bins"])
    counts = "".join(_bar_count(row) for row in calibration["bins"])
    diagonal = f'<path class="diagonal" d="{DIAGONAL}"/>'
    axes = _axes("predicted score", "fraction that is right")
    return (
        f'<figure class="plot"><figcaption>{escape(title)}</figcaption>'
        f"{_open(f'{title}. Expected calibration error {error}.')}{axes}{bars}{diagonal}{counts}</svg>"
        f'<ul class="keys"><li><svg class="key" viewBox="0 0 32 16" aria-hidden="true"><rect class="bar" x="1" y="2" '
        f'width="30" height="12"/></svg>fraction that is right, with the number of predictions</li>'
        f'<li><svg class="key" viewBox="0 0 32 16" aria-hidden="true"><path class="diagonal" d="M1 8h30"/></svg>'
        f"calibrated scores</li><li>expected calibration error <b>{error}</b></li></ul></figure>"
    )


def interval_bar(value: float, low: float, high: float, start: float = 0.0) -> str:
    """Draw a fraction with its interval on a line from `start` to 1; none of the three lies below it."""
    value, low, high = ((end - start) / (1 - start) for end in (value, low, high))
    left, width = 4 + 112 * low, 112 * (high - low)
    return (
        '<svg class="interval" viewBox="0 0 120 16" aria-hidden="true"><path class="rail" d="M4 8h112"/>'
        f'<path class="range" d="M{left:.1f} 8h{width:.1f}"/><circle cx="{4 + 112 * value:.1f}" cy="8" r="4"/></svg>'
    )


def nice_top(largest: float) -> float:
    """Return the least of 1, 2, 2.5, 5 times a power of ten that is no less than the largest value."""
    if not 0 < largest < math.inf:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= largest)


def _line_plot(title: str, metric: str, lines: Mapping[str, Line], axes: str, extra: str) -> str:
    drawn = "".join(
        f'<polyline class="curve {key}" points="{_points(line)}"/>' for key, line in reversed(list(lines.items()))
    )
    keys = "".join(
        f'<li><svg class="key" viewBox="0 0 32 16" aria-hidden="true"><path class="curve {key}" d="M1 8h30"/></svg>'
        f"{line.name} <b>{number(line.value)}</b></li>"
        for key, line in lines.items()
    )
    shown = "".join(f"{_plain(key)} {number(line.value)}; " for key, line in lines.items())
    return (
        f'<figure class="plot"><figcaption>{escape(title)}</figcaption>'
        f"{_open(f'{title}. {metric}: {shown}')}{axes}{drawn}{extra}</svg>"
        f'<ul class="keys" aria-label="{metric}">{keys}</ul></figure>'
    )


def _points(line: Line) -> str:
    # A pixel holds many points of a curve: what rounds to the same tenth is drawn once.
    points: list[tuple[float, float]] = []
    for x, y in zip(line.x, line.y, strict=True):
        point = (_x(float(x)), _y(float(y)))
        if not points or point != points[-1]:
            points.append(point)
    return " ".join(f"{x},{y}" for x, y in points)


def _bar(row: Mapping[str, Any]) -> str:
    left, right, top = _x(row["low"]), _x(row["high"]), _y(row["fraction_correct"])
    return f'<rect class="bar" x="{left + 2:.1f}" y="{top}" width="{right - left - 4:.1f}" height="{_y(0) - top:.1f}"/>'


def _bar_count(row: Mapping[str, Any]) -> str:
    middle, top = _x((row["low"] + row["high"]) / 2), _y(row["fraction_correct"])
    return f'<text class="count" x="{middle}" y="{top - 6:.1f}">{count(row["count"])}</text>'


def _axes(
    x_label: str,
    y_label: str,
    x_ticks: Sequence[tuple[float, str]] = PLAIN_TICKS,
    y_ticks: Sequence[tuple[float, str]] = PLAIN_TICKS,
) -> str:
    # Ticks stand at fractions of the plot's side.
    lines = [f"M{_x(t)} {_y(0)}V{_y(1)}" for t, _ in x_ticks] + [f"M{_x(0)} {_y(t)}H{_x(1)}" for t, _ in y_ticks]
    below = "".join(f'<text class="tick" x="{_x(t)}" y="{_y(0) + 18}">{text}</text>' for t, text in x_ticks)
    beside = "".join(f'<text class="tick left" x="{_x(0) - 8}" y="{_y(t) + 4}">{text}</text>' for t, text in y_ticks)
    middle_y = TOP + SIDE / 2
    return (
        f'<path class="grid" d="{"".join(lines)}"/>{below}{beside}'
        f'<text class="axis" x="{LEFT + SIDE / 2}" y="{TOP + SIDE + 40}">{x_label}</text>'
        f'<text class="axis" transform="translate(12 {middle_y}) rotate(-90)">{y_label}</text>'
    )


def _open(description: str) -> str:
    width, height = LEFT + SIDE + RIGHT, TOP + SIDE + BOTTOM
    return f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(description)}">'


def _plain(key: str) -> str:
    return key.replace("_", " ")


def _x(value: float) -> float:
    return round(LEFT + SIDE * value, 1)


def _y(value: float) -> float:
    return round(TOP + SIDE * (1 - value), 1)


LABEL_NAMES = {"face": "Face, whatever the label", **{label: state(label) for label in LABELS}}
SIZE_CLASSES = {"all": "face", "12-32": "small", "32-96": "medium", ">96": "large"}
"""CSS class of each size's curve."""
SIZE_NAMES = {"face": "All sizes", "small": "12 to 32 px", "medium": "32 to 96 px", "large": "from 96 px"}
