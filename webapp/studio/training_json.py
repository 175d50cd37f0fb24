"""A training as its visitor sees it; its schema is `Training` in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from flask import url_for

from webapp.studio.folders import DOWNLOADS, TrainingFiles
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.states import State

LOSS, ACCURACY, IOU = "loss", "accuracy", "iou"

_SENTENCES = {
    "worker_died": "The training was interrupted too often and was given up. Send the collection again.",
    "waited_too_long": "This training waited too long in the queue and was deleted. Send the collection again.",
}


def training_json(job: Job, files: TrainingFiles, in_use: bool) -> dict[str, Any]:
    """Return the JSON of a training.

    Args:
        job: its row.
        files: its files.
        in_use: whether the visitor uses its model.
    """
    error = None
    if job.error_code is not None:
        error = {"code": job.error_code, "message": _SENTENCES.get(job.error_code, job.error_message)}
    notes, log, sheet, report = files.notes(), files.run_log(), files.sheet(), files.report()
    done = report is not None and job.state is State.SUCCEEDED
    stages = [line["stage"] for line in notes if "stage" in line]
    shown = url_for("studio.picture", job_id=job.id, name="NAME")
    return {
        "id": job.id,
        "name": job.name,
        "state": job.state.value,
        "progress": round(job.progress, 4),
        "eta_s": None if job.eta_s is None else round(job.eta_s, 1),
        "error": error,
        "created_s": round(job.created_s, 3),
        "expires_s": round(job.expires_s, 3),
        "size_bytes": job.size_bytes,
        "options": files.options(),
        "collection": files.collection(),
        "remarks": list(dict.fromkeys(line["remark"] for line in notes if "remark" in line)),
        "stage": stages[-1] if stages else None,
        "epoch": _position(log),
        "history": _history(log),
        "sheet": None if sheet is None else _sheet(sheet, shown),
        "report": report if done else None,
        "in_use": in_use,
        "links": {
            "self": url_for("studio.get", job_id=job.id),
            "pictures": shown,
            "downloads": {
                name: url_for("studio.download", job_id=job.id, name=name) for name in (DOWNLOADS if done else ())
            },
        },
    }


def _position(log: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return which epoch of how many is under way, and which step of how many."""
    newest = next((line for line in reversed(log) if "epochs" in line), None)
    if newest is None:
        return None
    return {name: newest.get(name) for name in ("epoch", "epochs", "step", "steps")}


def _history(log: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row an epoch; of one that a stopped run began again the newest counts."""
    rows = {line["epoch"]: line["metrics"] for line in log if "metrics" in line}
    names = [prefix + name for name in (LOSS, ACCURACY, IOU) for prefix in ("", "val_")]
    return [
        {"epoch": epoch} | {name: metrics[name] for name in names if name in metrics}
        for epoch, metrics in sorted(rows.items())
    ]


def _sheet(sheet: dict[str, Any], shown: str) -> dict[str, Any]:
    return {"epoch": sheet["epoch"], "pictures": sheet.get("pictures"), "right": sheet.get("right")} | {
        "url": shown.replace("NAME", sheet["name"])
    }
