"""Run real workers on real videos, for tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from webapp.config import Settings
from webapp.processes.helpers import worker_environ
from webapp.videos.engine import open_queue
from webapp.videos.jobs.blobs.disk import DiskBlobStore
from webapp.videos.jobs.blobs.store import BlobStore, new_job_id, part_key, with_part
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.states import FINAL, State

DEADLINE_S = 60.0


def wait_for(what: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
    """Wait until something is so, or fail."""
    give_up_at = time.monotonic() + deadline_s
    while not what():
        assert time.monotonic() < give_up_at, "waited too long"
        time.sleep(0.02)


class Jobs:
    """A queue with its store, used as the web process would."""

    def __init__(self, settings: Settings, store: BlobStore | None = None) -> None:
        self.settings = settings
        # What a visitor may have waiting is for other tests to show.
        self.queue = open_queue(replace(settings, jobs_per_visitor=9999, jobs_per_address=9999, jobs_max=9999))
        self.disk = DiskBlobStore(settings.data_folder)
        self.store: BlobStore = self.disk if store is None else store

    def add(self, video: Path, **values: Any) -> str:
        """Queue a copy of a video and return the job's id; values go into its job."""
        job_id = new_job_id()
        draft = self.store.draft(job_id)
        shutil.copy(video, draft)
        self.store.put(part_key(job_id, "part-1"), draft)
        now = time.time()
        job = Job(job_id, "anna", "digest", video.name, 1, now, now + 3600, upload_ref=with_part("", "part-1"))
        assert self.queue.add(replace(job, **values))
        return job_id

    def get(self, job_id: str) -> Job:
        """Return a job that must be there."""
        job = self.queue.get(job_id)
        assert job is not None
        return job

    def path(self, job_id: str, name: str = "") -> Path:
        """Return the file of a job's result, or the folder of its results, by the attempt in its row."""
        return self.disk.folder(job_id) / f"run-{self.get(job_id).attempts}" / name

    def files(self, job_id: str) -> set[str]:
        """Return all files of a job, relative to its folder."""
        folder = self.disk.folder(job_id)
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    def state(self, job_id: str) -> State:
        """Return a job's state."""
        return self.get(job_id).state

    def wait_until_running(self, job_id: str) -> None:
        """Wait until the first frames are done."""
        wait_for(lambda: self.get(job_id).frames_done > 0 or self.state(job_id) in FINAL)
        assert self.state(job_id) is State.RUNNING

    def wait_until_ended(self, job_id: str, deadline_s: float = DEADLINE_S) -> Job:
        """Wait for the end and return the job."""
        wait_for(lambda: self.state(job_id) in FINAL, deadline_s)
        return self.get(job_id)


def worker(settings: Settings, *arguments: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """Run a real worker process until the block ends."""
    return working(settings, "webapp.videos.worker_process", *arguments)


@contextmanager
def working(settings: Settings, module: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module as a worker does, until the block ends."""
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], env=worker_environ(settings))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def children_of(pid: int) -> list[int]:
    """Return the process ids of a process's living children (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def is_alive(pid: int) -> bool:
    """Return whether a process runs (a zombie does not)."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
