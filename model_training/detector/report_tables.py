"""Tables of the detector's report, from `metrics.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from model_training.report.tables import Cell, Table, interval_cells
from model_training.report.words import count, number, percent
from webapp.vision.detections import LABELS

SIZE_WORDS = {"all": "all, from 12 px", "12-32": "12 to 32 px", "32-96": "32 to 96 px", ">96": "from 96 px"}
BLOCKS = (("iou_0.5", "IoU .5"), ("iou_0.3", "IoU .3"))


def figures_by_size(metrics: Mapping[str, Any]) -> Table:
    """Average precision, faces found and end-to-end recall by size of the face, at both overlaps."""
    keys = ("face_ap", "map_3_classes", "map_2_classes", "recall", "end_to_end_recall")
    names = ("face AP", "mAP, 3 classes", "mAP, 2 classes", "found", "end to end")
    rows = []
    for size, words in SIZE_WORDS.items():
        cells = [
            percent(metrics[block]["sizes"][size][key])
            if key in ("recall", "end_to_end_recall")
            else number(metrics[block]["sizes"][size][key])
            for block, _ in BLOCKS
            for key in keys
        ]
        rows.append([words, count(metrics["iou_0.5"]["sizes"][size]["faces"]), *cells])
    return Table(
        ["faces, shorter side", "faces", *names, *names],
        rows,
        [("", 2), *[(t, 5) for _, t in BLOCKS]],
        columns=("short",),
    )


def figures_by_label(metrics: Mapping[str, Any]) -> Table:
    """Average precision, recall and right labels of every label, at both overlaps."""
    rows = []
    for label in LABELS:
        row = [label, count(metrics["iou_0.5"]["sizes"]["all"]["by_label"][label]["faces"])]
        for block, _ in BLOCKS:
            values = metrics[block]["sizes"]["all"]
            own = values["by_label"][label]
            row += [number(values["ap_3_classes"][label]), percent(own["recall"]), percent(own["label_accuracy"])]
        rows.append(row)
    names = ("AP", "found", "right label, mask or no mask")
    return Table(["label", "faces", *names, *names], rows, [("", 2), *[(t, 3) for _, t in BLOCKS]], columns=("first",))


def thresholds(metrics: Mapping[str, Any]) -> Table:
    """Operating points: the threshold of the rule at both overlaps, and the shipped one."""
    points = [
        ("iou_0.5", "rule", "0.1 false positives per photo"),
        ("iou_0.3", "rule", "0.1 false positives per photo"),
    ]
    points += [("iou_0.5", "shipped", "as shipped"), ("iou_0.3", "shipped", "as shipped")]
    rows = []
    for block, key, words in points:
        values = metrics[block][key]
        if values is None:
            continue
        row = [words, dict(BLOCKS)[block], number(values["threshold"])]
        row += [
            percent(values["recall"]),
            percent(values["end_to_end_recall"]),
            number(values["false_positives_per_photo"]),
        ]
        for kind in ("grey", "tinted"):
            negatives = values.get("negatives")
            row.append(number(negatives[kind]["per_photo"]) if negatives else "–")
        rows.append(row)
    names = [
        "threshold",
        "overlap",
        "score",
        "found",
        "end to end",
        "photos with faces",
        "without, grey",
        "without, tinted",
    ]
    return Table(names, rows, [("", 5), ("false positives per photo", 3)], text_columns=2, columns=("first",))


class Slice(NamedTuple):
    """Faces by one of their attributes: heading, what it means, and a table."""

    title: str
    note: str
    table: Table


def slices(metrics: Mapping[str, Any], block: str) -> list[Slice]:
    """Faces, recall and right labels of every slice, with intervals."""
    return [Slice(kind["title"], kind["note"], _slice_table(kind)) for kind in metrics[block]["slices"]]


def _slice_table(kind: Mapping[str, Any]) -> Table:
    rows = [
        [row["name"], count(row["faces"]), *_percent_cells(row["recall"]), *_percent_cells(row["right_label"])]
        for row in kind["rows"]
    ]
    return Table(
        [kind["title"].lower(), "faces", "fraction", "95 %", "", "fraction", "95 %", ""],
        rows,
        groups=[("", 2), ("found", 3), ("of these, right label, mask or no mask", 3)],
        columns=("first", "", "", "", "bar", "", "", "bar"),
    )


def as_text(metrics: Mapping[str, Any]) -> str:
    """Return the main values for a terminal."""
    lines = []
    for block, title in BLOCKS:
        rule = metrics[block]["rule"]
        lines.append(
            f"{title}; found and end-to-end recall at a score of {rule['threshold']:.3f}, "
            f"{rule['false_positives_per_photo']:.3f} false positives per photo"
        )
        lines.append(f"  {'faces':16}{'n':>6}{'face AP':>9}{'mAP 3':>8}{'mAP 2':>8}{'found':>9}{'end-to-end':>12}")
        for size, words in SIZE_WORDS.items():
            row = metrics[block]["sizes"][size]
            aps = f"{number(row['face_ap']):>9}{number(row['map_3_classes']):>8}{number(row['map_2_classes']):>8}"
            lines.append(
                f"  {words:16}{row['faces']:>6}{aps}{percent(row['recall']):>9}{percent(row['end_to_end_recall']):>12}"
            )
        by_label = metrics[block]["sizes"]["all"]["ap_3_classes"]
        lines.append("  AP by label: " + ", ".join(f"{label} {number(ap)}" for label, ap in by_label.items()))
        for key, values in (("rule", rule), ("shipped", metrics[block]["shipped"])):
            if values and "negatives" in values:
                false_positives = {kind: number(row["per_photo"]) for kind, row in values["negatives"].items()}
                lines.append(
                    f"  false positives per photo without faces ({key}, {values['threshold']:.3f}): "
                    f"grey {false_positives['grey']}, tinted {false_positives['tinted']}"
                )
    return "\n".join(lines)


def _percent_cells(interval: Mapping[str, float | None]) -> list[Cell]:
    return interval_cells(interval["value"], interval["low"], interval["high"])
