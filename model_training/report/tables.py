"""Tables of a report: metrics with their intervals, and confusion matrices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from model_training.report.words import count, ends_words, number, percent


class Bar(NamedTuple):
    """A fraction with its interval, drawn on a line; all three as fractions of that line."""

    value: float
    low: float
    high: float


Cell = str | Bar
"""A label stands for its sign and its word."""


@dataclass(frozen=True)
class Table:
    """What `tables.html` writes as a table.

    Args:
        names: heading of each column.
        rows: a cell a column; the first is the row's heading.
        groups: headings over so many columns each; none for no such row.
        text_columns: how many columns are words, set to the left.
        columns: CSS classes that give the columns of several tables the same widths.
        narrow: it has few columns, and needs less than the page's width.
    """

    names: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    groups: Sequence[tuple[str, int]] = ()
    text_columns: int = 1
    columns: Sequence[str] = ()
    narrow: bool = False


@dataclass(frozen=True)
class Confusion:
    """What `tables.html` writes as a confusion matrix.

    Args:
        rows: a class of the ground truth and how many of it were predicted as each class, in the order of the rows.
        gt_heading: what the rows are, like `labelled`.
        predicted_heading: what the columns are, like `predicted`.
    """

    rows: Sequence[tuple[str, Sequence[int]]]
    gt_heading: str
    predicted_heading: str


def interval_cells(
    value: float | None, low: float | None, high: float | None, digits: int = 0, start: float = 0.0
) -> list[Cell]:
    """Return three cells: a fraction in per cent, its 95 % interval, and the interval drawn.

    Args:
        value: in [0, 1]; None, and a dash is all there is.
        low: end of the interval; None, and a dash stands in its place.
        high: the other end.
        digits: of the interval's ends in per cent, after the point.
        start: where the drawing's line begins, see `bar_start`.
    """
    if value is None:
        return ["–", "", ""]
    if low is None or high is None:
        return [percent(value), "–", ""]
    ends = f"{low * 100:.{digits}f} to {high * 100:.{digits}f}"
    return [percent(value), ends, Bar(*((end - start) / (1 - start) for end in (value, low, high)))]


def interval_table(
    name: str,
    unit: str,
    rows: Sequence[tuple[str, int, Sequence[Mapping[str, float | None]]]],
    groups: Sequence[str] = (),
    percents: bool = True,
) -> Table:
    """Return a table of metrics in [0, 1] with their intervals, drawn to one scale.

    Args:
        name: what the rows are.
        unit: what is counted.
        rows: name, a count, and one or two metrics, each with `value`, `low` and `high`.
        groups: what the metrics are, where there are two.
        percents: the metrics are written in per cent; areas and overlaps are not.
    """
    start = bar_start(metric for *_, metrics in rows for metric in metrics)
    scale = f"{start * 100:.0f} to 100\N{NO-BREAK SPACE}%" if percents else f"{start:g} to 1"
    to_cells = percent_cells if percents else number_cells
    cells = [
        [text, count(counted), *(cell for metric in metrics for cell in to_cells(metric, start))]
        for text, counted, metrics in rows
    ]
    columns = len(rows[0][2])
    return Table(
        [name, unit, *["value", "95\N{NO-BREAK SPACE}%", scale] * columns],
        cells,
        [("", 2), *((group, 3) for group in groups)] if groups else (),
        columns=("first", "", *["", "", "bar"] * columns),
        narrow=columns == 1,
    )


def percent_cells(interval: Mapping[str, float | None], start: float) -> list[Cell]:
    """Return the cells of `interval_cells` with a tenth of a per cent at the ends."""
    return interval_cells(interval["value"], interval["low"], interval["high"], 1, start)


def number_cells(interval: Mapping[str, float | None], start: float) -> list[Cell]:
    """Return the same cells with plain numbers in them."""
    _, ends, bar = percent_cells(interval, start)
    return [number(interval["value"]), ends_words(interval, number) if ends else "", bar]


def bar_start(intervals: Iterable[Mapping[str, float | None]]) -> float:
    """Return where the lines of a table's intervals may begin, so that high values can be compared.

    Args:
        intervals: of the table, each with its `low` end.
    """
    least = min((interval["low"] for interval in intervals if interval["low"] is not None), default=0.0)
    return next((start for start in (0.9, 0.8, 0.5) if start <= least), 0.0)
