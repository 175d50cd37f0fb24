"""The page of close-ups: a table of both ways to detect, and contact sheets of what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from model_training.data import problems
from model_training.evaluation.close_ups.app_accuracy import LIVE, PHOTO, CloseUpResult, match_close_up
from model_training.evaluation.close_ups.close_up_windows import CloseUp
from model_training.evaluation.close_ups.gate import CloseUps
from model_training.evaluation.predictions import Found
from model_training.report.contact_sheets import GROUND_TRUTH, Example, Group, sheet
from model_training.report.page import page
from model_training.report.tables import interval_cells, table
from model_training.report.words import count, number, percent
from webapp.vision.detections import LABELS

KINDS = {"windows": "Windows", "crops": "Whole crops"}
WAY_WORDS = {PHOTO: "photo way", LIVE: "live way"}
SHOWN = 15
"""Pictures in a contact sheet of a group."""

HOW = """
<p>The app itself answered, with the settings that everybody gets: <code>python -m webapp detect --json</code> for
photos, with <code>--stream</code> for live frames. Windows are cut around large faces of labelled photos: the visible
part of the face covers 20 to 80 % of the window's area, an edge of every third window cuts 10 to 35 % of the face off
(the lower edge 20 % at most), and no other labelled face shows more than a tenth of itself. Whole crops are faces that
fill the picture; {left_out} near-duplicates of crops that training saw are left out.</p>
<p><b>Right</b> is exactly one detection at the shipped threshold, which overlaps the face (intersection over union)
by .5, or a whole crop's picture by .3, and says rightly whether there is a mask; a badly worn one counts as none.
Detections on what a window shows of other faces, or of regions to ignore, do not count. <b>Found</b> is the share with
a detection in its place, whatever else. Intervals are 95 %: drawn by photo for windows (bootstrap), Wilson's for
crops.</p>
"""


def render(close_ups: CloseUps, found: Mapping[str, Mapping[str, Found]], metrics: Mapping[str, Any]) -> str:
    """Return the report as one HTML file.

    Args:
        close_ups: what was measured on.
        found: answers by way to detect and name of the close-up.
        metrics: see `close_up_metrics`, with `models` and `annotations`.
    """
    pictures = {each.name: each for each in close_ups}
    sections = {"figures": ("Figures", _figures(metrics))}
    for way, answers in found.items():
        groups = [
            *_groups("windows", close_ups.windows, answers),
            *_groups("whole crops", close_ups.crops, answers),
        ]
        sections[way] = (
            f"What went wrong, {WAY_WORDS[way]}",
            sheet(groups, lambda name: pictures[name].read()),
        )
    sections["how"] = ("Method", HOW.format(left_out=count(metrics["left_out"])))
    return page("One face, close to the camera", _lead(metrics), sections)


def as_text(metrics: Mapping[str, Any]) -> str:
    """Return the table for a terminal."""
    ways = metrics["ways"]
    lines = [
        f"{problems.count(metrics['left_out'], 'whole crop')} left out: near-duplicates of crops that training saw",
        f"{'':32}{'':>9}" + "".join(f"  {WAY_WORDS[way]:<42}" for way in ways),
        f"{'':32}{'pictures':>9}" + f"  {'right':>7} {'95 %':<16}{'found':>8}{'extra boxes':>12}" * len(ways),
    ]
    for kind, name, rows in _rows(ways):
        cells = "".join(
            f"  {percent(row['right']['value']):>7} {_ends(row['right']):<16}{percent(row['found']['value']):>8}"
            f"{number(row['extra_boxes']):>12}"
            for row in rows
        )
        lines.append(f"{f'{KINDS[kind]}, {name}':32}{count(rows[0]['pictures']):>9}{cells}")
    return "\n".join(lines)


def _rows(ways: Mapping[str, Any]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    # Kind, name and the rows of all ways.
    return [
        (kind, rows[0]["name"], list(rows))
        for kind in KINDS
        for rows in zip(*(figures[kind] for figures in ways.values()), strict=True)
    ]


def _ends(figure: Mapping[str, float]) -> str:
    return "" if np.isnan(figure["low"]) else f"{figure['low'] * 100:.1f} to {figure['high'] * 100:.1f}"


def _lead(metrics: Mapping[str, Any]) -> str:
    failing = metrics["failing"]
    least = f"{metrics['least_right'] * 100:g} %"
    told = f"Below {least}: <b>{escape('; '.join(failing))}</b>." if failing else f"Everywhere {least} or more right."
    models = "; ".join(
        f"{WAY_WORDS[way]}: {escape(str(model.get('detector', 'unknown')))} from a score of "
        f"{number(model.get('score_threshold'))}"
        for way, model in metrics["models"].items()
    )
    return f'<p class="lead">{told}</p><p class="note">{models}; photos of {escape(metrics["annotations"])}.</p>'


def _figures(metrics: Mapping[str, Any]) -> str:
    ways = metrics["ways"]
    cells = []
    for kind, name, rows in _rows(ways):
        row = [f"{KINDS[kind]}, {escape(name)}", count(rows[0]["pictures"])]
        for own in rows:
            right = {key: None if np.isnan(value) else value for key, value in own["right"].items()}
            row += [*interval_cells(right["value"], right["low"], right["high"], 1), percent(own["found"]["value"])]
            row.append(number(own["extra_boxes"]))
        cells.append(row)
    names = ["close-ups", "pictures", *["right", "95 %", "", "found", "extra boxes a picture"] * len(ways)]
    groups = [("", 2), *((WAY_WORDS[way], 5) for way in ways)]
    return table(names, cells, groups, columns=("first", "", *["", "", "bar", "", ""] * len(ways)))


def _groups(kind: str, close_ups: Sequence[CloseUp], answers: Mapping[str, Found]) -> list[Group]:
    judged = [(each, answers[each.name], match_close_up(each, answers[each.name])) for each in close_ups]
    chosen = {
        "nothing in its place": [row for row in judged if not row[2].found],
        "wrong word": [row for row in judged if row[2].wrong_label],
        "further boxes": [row for row in judged if row[2].found and row[2].extra],
    }
    return [
        Group(
            f"{kind.capitalize()}: {name} ({len(rows):,} of {len(judged):,})",
            tuple(_example(*row) for row in rows[:: max(len(rows) // SHOWN, 1)][:SHOWN]),
        )
        for name, rows in chosen.items()
    ]


def _example(close_up: CloseUp, answer: Found, judged: CloseUpResult) -> Example:
    boxes = [(LABELS[int(answer.label[i])], answer.xyxy[i]) for i in np.flatnonzero(judged.counted)]
    said = boxes[0][0] if judged.wrong_label else None
    note = f"{close_up.coverage * 100:.0f} % of the picture" + (", cut by an edge" if close_up.cut else "")
    shown = ((GROUND_TRUTH, close_up.face_xyxy), *boxes)
    return Example(close_up.name, shown, LABELS[close_up.label], said, note, whole=True)
