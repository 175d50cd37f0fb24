"""Tables as HTML: figures with their intervals, and what was taken for what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from model_training.data.arrays import Ints
from model_training.report.plots import interval_bar
from model_training.report.words import count, ends_words, number, percent


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
    """Return three cells: a share in per cent, its 95 % interval, and the interval drawn.

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
    shares: bool = True,
) -> str:
    """Return a table of figures in [0, 1] with their intervals, drawn to one scale.

    Args:
        name: what the rows are.
        unit: what is counted.
        rows: HTML, a count, and one or two figures, each with `value`, `low` and `high`.
        groups: what the figures are, where there are two.
        shares: they are told in per cent; areas and overlaps are not.
    """
    start = bar_start(figure for *_, figures in rows for figure in figures)
    scale = f"{start * 100:.0f} to 100&nbsp;%" if shares else f"{start:g} to 1"
    to_cells = percent_cells if shares else number_cells
    cells = [
        [text, count(counted), *(cell for figure in figures for cell in to_cells(figure, start))]
        for text, counted, figures in rows
    ]
    columns = len(rows[0][2])
    return table(
        [escape(name), unit, *["value", "95&nbsp;%", scale] * columns],
        cells,
        [("", 2), *((group, 3) for group in groups)] if groups else (),
        columns=("first", "", *["", "", "bar"] * columns),
        narrow=columns == 1,
    )


def percent_cells(share: Mapping[str, float | None], start: float) -> list[str]:
    """Return the cells of `interval_cells` with a tenth of a per cent at the ends."""
    return interval_cells(share["value"], share["low"], share["high"], 1, start)


def number_cells(figure: Mapping[str, float | None], start: float) -> list[str]:
    """Return the same cells with plain numbers in them."""
    _, ends, bar = percent_cells(figure, start)
    return [number(figure["value"]), ends_words(figure, number) if ends else "", bar]


def bar_start(shares: Iterable[Mapping[str, float | None]]) -> float:
    """Return where the lines of a table's intervals may begin, so that high shares are told apart.

    Args:
        shares: of the table, each with its `low` end.
    """
    least = min((share["low"] for share in shares if share["low"] is not None), default=0.0)
    return next((start for start in (0.9, 0.8, 0.5) if start <= least), 0.0)


def confusion_table(matrix: Ints, names: Sequence[str], truth: str, answer: str) -> str:
    """Return a confusion matrix as a table: counts, each cell as dark as its share of the row.

    Args:
        matrix: int64 (k, k), rows are the truth, columns the answers.
        names: HTML, of the classes.
        truth: what the rows are, like `labelled`.
        answer: what the columns are, like `answered`.
    """
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = "".join(
        f'<tr><th scope="row">{name}</th>' + "".join(_cell(int(n), int(row.sum())) for n in row) + "</tr>"
        for name, row in zip(names, matrix, strict=True)
    )
    corner = f'<td class="text">{escape(truth)} ↓</td>'
    return (
        f'<div class="scroll" tabindex="0"><table class="matrix"><thead><tr><td></td>'
        f'<th colspan="{len(names)}" scope="colgroup" class="group">{escape(answer)}</th></tr>'
        f"<tr>{corner}{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(counted: int, of: int) -> str:
    share = counted / of if of else 0.0
    told = f"{count(counted)}<span>{percent(share)}</span>" if of else "–"
    return f'<td style="--share:{share:.3f}">{told}</td>'
