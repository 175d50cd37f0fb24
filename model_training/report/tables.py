"""Tables as HTML: metrics with their intervals, and confusion matrices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from model_training.report.plots import interval_bar
from model_training.report.words import count, ends_words, number, percent
from webapp.vision.detections import IntArray


def table(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    groups: Sequence[tuple[str, int]] = (),
    text_columns: int = 1,
    columns: Sequence[str] = (),
    narrow: bool = False,
) -> str:
    """Return a table as HTML.

    Args:
        names: HTML, heading of each column.
        rows: HTML, a cell a column; the first is the row's heading.
        groups: headings over so many columns each; none for no such row.
        text_columns: how many columns are words, set to the left.
        columns: CSS classes that give the columns of several tables the same widths.
        narrow: it has few columns, and needs less than the page's width.
    """
    top = "".join(
        f'<th colspan="{span}" scope="colgroup" class="group">{escape(title)}</th>'
        if title
        else f'<td colspan="{span}"></td>'
        for title, span in groups
    )
    top = f"<tr>{top}</tr>" if groups else ""
    text = [' class="text"' if i < text_columns else "" for i in range(len(names))]
    head = "".join(f'<th scope="col"{kind}>{name}</th>' for name, kind in zip(names, text, strict=True))
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>'
        + "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(row[1:], text[1:], strict=True))
        + "</tr>"
        for row in rows
    )
    widths = "".join(f'<col class="{column}">' for column in columns)
    return (
        f'<div class="scroll" tabindex="0"><table{" class=narrow" if narrow else ""}><colgroup>{widths}</colgroup>'
        f"<thead>{top}<tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def interval_cells(
    value: float | None, low: float | None, high: float | None, digits: int = 0, start: float = 0.0
) -> list[str]:
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
    return [percent(value), ends, interval_bar(value, low, high, start)]


def interval_table(
    name: str,
    unit: str,
    rows: Sequence[tuple[str, int, Sequence[Mapping[str, float | None]]]],
    groups: Sequence[str] = (),
    percents: bool = True,
) -> str:
    """Return a table of metrics in [0, 1] with their intervals, drawn to one scale.

    Args:
        name: what the rows are.
        unit: what is counted.
        rows: HTML, a count, and one or two metrics, each with `value`, `low` and `high`.
        groups: what the metrics are, where there are two.
        percents: the metrics are written in per cent; areas and overlaps are not.
    """
    start = bar_start(metric for *_, metrics in rows for metric in metrics)
    scale = f"{start * 100:.0f} to 100&nbsp;%" if percents else f"{start:g} to 1"
    to_cells = percent_cells if percents else number_cells
    cells = [
        [text, count(counted), *(cell for metric in metrics for cell in to_cells(metric, start))]
        for text, counted, metrics in rows
    ]
    columns = len(rows[0][2])
    return table(
        [escape(name), unit, *["value", "95&nbsp;%", scale] * columns],
        cells,
        [("", 2), *((group, 3) for group in groups)] if groups else (),
        columns=("first", "", *["", "", "bar"] * columns),
        narrow=columns == 1,
    )


def percent_cells(interval: Mapping[str, float | None], start: float) -> list[str]:
    """Return the cells of `interval_cells` with a tenth of a per cent at the ends."""
    return interval_cells(interval["value"], interval["low"], interval["high"], 1, start)


def number_cells(interval: Mapping[str, float | None], start: float) -> list[str]:
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


def confusion_table(matrix: IntArray, names: Sequence[str], gt_heading: str, predicted_heading: str) -> str:
    """Return a confusion matrix as a table: counts, each cell as dark as its fraction of the row.

    Args:
        matrix: int64 (k, k), rows are the ground truth, columns the predictions.
        names: HTML, of the classes.
        gt_heading: what the rows are, like `labelled`.
        predicted_heading: what the columns are, like `predicted`.
    """
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = "".join(
        f'<tr><th scope="row">{name}</th>' + "".join(_cell(int(n), int(row.sum())) for n in row) + "</tr>"
        for name, row in zip(names, matrix, strict=True)
    )
    corner = f'<td class="text">{escape(gt_heading)} ↓</td>'
    return (
        f'<div class="scroll" tabindex="0"><table class="matrix"><thead><tr><td></td>'
        f'<th colspan="{len(names)}" scope="colgroup" class="group">{escape(predicted_heading)}</th></tr>'
        f"<tr>{corner}{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(counted: int, of: int) -> str:
    fraction = counted / of if of else 0.0
    text = f"{count(counted)}<span>{percent(fraction)}</span>" if of else "–"
    return f'<td style="--fraction:{fraction:.3f}">{text}</td>'
