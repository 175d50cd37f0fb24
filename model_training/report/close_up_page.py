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
from model_training.evaluation.predictions import Predictions
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
<p>Detections are those of the app itself with its default settings: <code>python -m webapp detect --json</code> for
photos, with <code>--stream</code> for live frames. Windows are cut around large faces of labelled photos: the visible
part of the face covers 20 to 80 % of the window's area, an edge of every third window cuts 10 to 35 % of the face off
(the lower edge 20 % at most), and no other labelled face shows more than a tenth of itself. Whole crops are faces that
fill the picture; {left_out} near-duplicates of crops that training used are left out.</p>
<p><b>Right</b> is exactly one detection at the shipped threshold, which overlaps the face (intersection over union)
by .5, or a whole crop's picture by .3, and has the right label, mask or no mask; a badly worn mask counts as none.
Detections on what a window shows of other faces, or of regions to ignore, do not count. <b>Found</b> is the fraction
with a detection on the face, whatever else. Intervals are 95 %: drawn by photo for windows (bootstrap), Wilson's for
crops.</p>
"""


def render(close_ups: CloseUps, found: Mapping[str, Mapping[str, Predictions]], metrics: Mapping[str, Any]) -> str:
    """Return the report as one HTML file.

    Args:
        close_ups: what was measured on.
        found: predictions by way to detect and name of the close-up.
        metrics: see `close_up_metrics`, with `models` and `annotations`.
    """
    pictures = {each.name: each for each in close_ups}
    sections = {"metrics": ("Metrics", _metrics(metrics))}
    for way, predictions in found.items():
        groups = [
            *_groups("windows", close_ups.windows, predictions),
            *_groups("whole crops", close_ups.crops, predictions),
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
        f"{problems.count(metrics['left_out'], 'whole crop')} left out: near-duplicates of crops that training used",
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
        for rows in zip(*(row[kind] for row in ways.values()), strict=True)
    ]


def _ends(interval: Mapping[str, float]) -> str:
    return "" if np.isnan(interval["low"]) else f"{interval['low'] * 100:.1f} to {interval['high'] * 100:.1f}"


def _lead(metrics: Mapping[str, Any]) -> str:
    failing = metrics["failing"]
    least = f"{metrics['least_right'] * 100:g} %"
    result = f"Below {least}: <b>{escape('; '.join(failing))}</b>." if failing else f"Everywhere {least} or more right."
    models = "; ".join(
        f"{WAY_WORDS[way]}: {escape(str(model.get('detector', 'unknown')))} from a score of "
        f"{number(model.get('score_threshold'))}"
        for way, model in metrics["models"].items()
    )
    return f'<p class="lead">{result}</p><p class="note">{models}; photos of {escape(metrics["annotations"])}.</p>'


def _metrics(metrics: Mapping[str, Any]) -> str:
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


def _groups(kind: str, close_ups: Sequence[CloseUp], predictions: Mapping[str, Predictions]) -> list[Group]:
    results = [(each, predictions[each.name], match_close_up(each, predictions[each.name])) for each in close_ups]
    chosen = {
        "no detection on the face": [row for row in results if not row[2].found],
        "wrong label": [row for row in results if row[2].wrong_label],
        "further boxes": [row for row in results if row[2].found and row[2].extra],
    }
    return [
        Group(
            f"{kind.capitalize()}: {name} ({len(rows):,} of {len(results):,})",
            tuple(_example(*row) for row in rows[:: max(len(rows) // SHOWN, 1)][:SHOWN]),
        )
        for name, rows in chosen.items()
    ]


def _example(close_up: CloseUp, predictions: Predictions, result: CloseUpResult) -> Example:
    boxes = [(LABELS[int(predictions.label[i])], predictions.xyxy[i]) for i in np.flatnonzero(result.counted)]
    predicted_label = boxes[0][0] if result.wrong_label else None
    note = f"{close_up.coverage * 100:.0f} % of the picture" + (", cut by an edge" if close_up.cut else "")
    shown = ((GROUND_TRUTH, close_up.face_xyxy), *boxes)
    return Example(close_up.name, shown, LABELS[close_up.label], predicted_label, note, whole=True)
