"""Files of jobs: one folder per job under `data_folder/jobs`, and nothing outside it."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

_ID = re.compile(r"[0-9a-f]{32}")

UPLOAD, RESULT, DETECTIONS, PREVIEW = "upload", "result.mp4", "detections.jsonl", "preview.jpg"
PUBLISHED = (DETECTIONS, PREVIEW, RESULT)
"""Files that a job leaves behind, the result last: where it exists, all exist."""


class JobStorage:
    """Folders of jobs. Ids are made here; what a visitor sends never becomes part of a path.

    Args:
        data_folder: of the settings.
    """

    def __init__(self, data_folder: Path) -> None:
        self.root = data_folder / "jobs"

    def create(self) -> str:
        """Make the folder of a new job and return its id."""
        job_id = secrets.token_hex(16)
        self.folder(job_id).mkdir(parents=True, mode=0o700)
        return job_id

    def folder(self, job_id: str) -> Path:
        """Return the folder of a job, whether it exists or not.

        Raises:
            ValueError: the id is malformed.
        """
        if not _ID.fullmatch(job_id):
            raise ValueError("not a job id")
        return self.root / job_id

    def run_folder(self, job_id: str, attempt: int) -> Path:
        """Return the folder that one attempt writes to; each attempt has its own, so that they never mix."""
        return self.folder(job_id) / f"run-{attempt}"

    def start_run(self, job_id: str, attempt: int) -> Path:
        """Make the folder of an attempt, empty, and return it."""
        folder = self.run_folder(job_id, attempt)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def publish(self, job_id: str, attempt: int) -> None:
        """Move the files of an attempt to where visitors fetch them, each file in one step."""
        for name in PUBLISHED:
            made = self.run_folder(job_id, attempt) / name
            if made.exists():
                made.replace(self.folder(job_id) / name)

    def clean(self, job_id: str) -> None:
        """Delete everything of a finished job but what was published."""
        folder = self.folder(job_id)
        (folder / UPLOAD).unlink(missing_ok=True)
        for run in folder.glob("run-*"):
            shutil.rmtree(run, ignore_errors=True)

    def remove(self, job_id: str) -> None:
        """Delete a job's folder; what a running process still adds is left to `remove_orphans`."""
        shutil.rmtree(self.folder(job_id), ignore_errors=True)

    def remove_orphans(self, known: set[str], older_than_s: float) -> list[str]:
        """Delete folders that no job owns, and return their ids.

        Args:
            known: ids of all jobs.
            older_than_s: younger folders stay, they may be uploads under way.
        """
        orphans = [job_id for job_id in self._ids() if job_id not in known and self._age_s(job_id) > older_than_s]
        for job_id in orphans:
            self.remove(job_id)
        return orphans

    def _ids(self) -> Iterator[str]:
        if self.root.is_dir():
            yield from (folder.name for folder in self.root.iterdir() if _ID.fullmatch(folder.name))

    def _age_s(self, job_id: str) -> float:
        folder = self.folder(job_id)
        try:
            newest = max(path.stat().st_mtime for path in [folder, *folder.iterdir()])
        except OSError:
            return 0.0
        return time.time() - newest
