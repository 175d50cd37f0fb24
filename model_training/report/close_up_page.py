"""The page of close-ups: a table of both ways to detect, and contact sheets of what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from model_training.data import problems
from model_training.evaluation.close_ups.app_accuracy import LIVE, PHOTO, CloseUpResult, match_close_up
from model_training.evaluation.close_ups.close_up_windows import CloseUp
from model_training.evaluation.close_ups.gate import CloseUps
from model_training.evaluation.predictions import Predictions
from model_training.report.contact_sheets import GROUND_TRUTH, Example, Group, sheets
from model_training.report.page import render_page
from model_training.report.tables import Cell, Table, interval_cells
from model_training.report.words import count, number, percent
from webapp.vision.detections import LABELS

KINDS = {"windows": "Windows", "crops": "Whole crops"}
WAY_WORDS = {PHOTO: "photo way", LIVE: "live way"}
SHOWN = 15
"""Pictures in a contact sheet of a group."""


def render(close_ups: CloseUps, found: Mapping[str, Mapping[str, Predictions]], metrics: Mapping[str, Any]) -> str:
    """Return the report as one HTML file.

    Args:
        close_ups: what was measured on.
        found: predictions by way to detect and name of the close-up.
        metrics: see `close_up_metrics`, with `models` and `annotations`.
    """
    pictures = {each.name: each for each in close_ups}
    went_wrong = {
        way: sheets(
            [
                *_groups("windows", close_ups.windows, predictions),
                *_groups("whole crops", close_ups.crops, predictions),
            ],
            lambda name: pictures[name].read(),
        )
        for way, predictions in found.items()
    }
    wrong_headings = {way: f"What went wrong, {WAY_WORDS[way]}" for way in found}
    return render_page(
        "close_ups.html",
        "One face, close to the camera",
        {"metrics": "Metrics", **wrong_headings, "how": "Method"},
        metrics=metrics,
        table=_table(metrics["ways"]),
        went_wrong=went_wrong,
        way_words=WAY_WORDS,
    )


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


def _table(ways: Mapping[str, Any]) -> Table:
    cells = []
    for kind, name, rows in _rows(ways):
        row: list[Cell] = [f"{KINDS[kind]}, {name}", count(rows[0]["pictures"])]
        for own in rows:
            right = {key: None if np.isnan(value) else value for key, value in own["right"].items()}
            row += [*interval_cells(right["value"], right["low"], right["high"], 1), percent(own["found"]["value"])]
            row.append(number(own["extra_boxes"]))
        cells.append(row)
    names = ["close-ups", "pictures", *["right", "95 %", "", "found", "extra boxes a picture"] * len(ways)]
    groups = [("", 2), *((WAY_WORDS[way], 5) for way in ways)]
    return Table(names, cells, groups, columns=("first", "", *["", "", "bar", "", ""] * len(ways)))


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
