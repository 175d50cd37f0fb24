"""Where the files of a training lie: while it runs, and when it is done."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from webapp.videos.jobs.blobs.disk import DiskBlobStore
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.states import State

OPTIONS, TRAINING, UPLOAD = "options.json", "training", "part-collection.zip"
SUMMARY, PICTURES, PROGRESS = "collection.json", "pictures", "progress.jsonl"
"""In the folder of a training: what was unpacked, where it lies, and how far the stages are."""

DOWNLOADS = {
    "model.tflite": "application/octet-stream",
    "model.json": "application/json",
    "model.keras": "application/octet-stream",
    "report.html": "text/html",
}
"""What a visitor may keep, with its type."""

_SHOWN = re.compile(r"(sheet-[0-9]{3}|picture-[0-9]{4})\.jpg")


def folder_bytes(folder: Path) -> int:
    """Return the size of all files below a folder; those that vanish meanwhile count nothing."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(path, name)).st_size
            except OSError:
                continue
    return total


class TrainingFiles:
    """The files of one training, read.

    Args:
        store: of the trainings.
        job: its row.
    """

    def __init__(self, store: DiskBlobStore, job: Job) -> None:
        self._done = job.state is State.SUCCEEDED
        root = store.folder(job.id)
        self._folder = root / f"run-{job.attempts}" if self._done else root / TRAINING
        self._root = self._folder if self._done else root

    def options(self) -> dict[str, Any]:
        """Return what was chosen; empty where it is gone."""
        return _read_json(self._root / OPTIONS) or {}

    def collection(self) -> dict[str, Any] | None:
        """Return what was unpacked, None before it was."""
        return _read_json(self._folder / SUMMARY)

    def report(self) -> dict[str, Any] | None:
        """Return the report of a training that is done."""
        return _read_json(self._folder / "report.json") if self._done else None

    def notes(self) -> list[dict[str, Any]]:
        """Return the lines about stages, and the sentences about what was left out."""
        return _read_lines(self._folder / PROGRESS)

    def run_log(self) -> list[dict[str, Any]]:
        """Return the lines of the run; see `model_training/training/epoch_log.py`."""
        return _read_lines(self._folder / ("run-progress.jsonl" if self._done else "run/progress.jsonl"))

    def sheet(self) -> dict[str, Any] | None:
        """Return the newest contact sheet: `name`, `epoch`, `pictures` and how many are `right`."""
        folder, prefix = (self._folder, "sheet-") if self._done else (self._folder / "run" / "sheets", "")
        newest = max(folder.glob(f"{prefix}[0-9][0-9][0-9].json"), default=None)
        if newest is None:
            return None
        epoch = newest.stem.removeprefix("sheet-")
        return {"name": f"sheet-{epoch}.jpg", "epoch": int(epoch)} | (_read_json(newest) or {})

    def picture(self, name: str) -> Path | None:
        """Return a picture to show, None where there is none of this name."""
        if not _SHOWN.fullmatch(name):
            return None
        live = self._folder / "run" / "sheets" / name.removeprefix("sheet-")
        path = self._folder / name if self._done else live
        return path if path.is_file() else None

    def download(self, name: str) -> Path | None:
        """Return a file to keep, None where there is none of this name, or not yet."""
        path = self._folder / name
        return path if self._done and name in DOWNLOADS and path.is_file() else None


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _read_lines(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return []
    # The last line may be half written.
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]
