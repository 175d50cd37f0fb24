"""Run real workers on real videos, for tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from webapp.config import Settings
from webapp.processes import process_environ
from webapp.videos.jobs.job import Job
from webapp.videos.jobs.sqlite_queue import SqliteJobQueue
from webapp.videos.jobs.states import FINAL, State
from webapp.videos.jobs.storage import UPLOAD, JobStorage

DEADLINE_S = 60.0


def wait_for(what: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
    """Wait until something is so, or fail."""
    give_up_at = time.monotonic() + deadline_s
    while not what():
        assert time.monotonic() < give_up_at, "waited too long"
        time.sleep(0.02)


class Jobs:
    """A queue with its storage, used as the web process would."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        # What a visitor may have waiting is for other tests to show.
        self.queue = SqliteJobQueue(replace(settings, jobs_per_visitor=9999, jobs_max=9999))
        self.storage = JobStorage(settings.data_folder)

    def add(self, video: Path, **values: Any) -> str:
        """Queue a copy of a video and return the job's id; values go into its job."""
        job_id = self.storage.create()
        shutil.copy(video, self.storage.folder(job_id) / UPLOAD)
        now = time.time()
        job = Job(job_id, "anna", "digest", video.name, 1, now, now + 3600)
        assert self.queue.add(replace(job, **values))
        return job_id

    def get(self, job_id: str) -> Job:
        """Return a job that must be there."""
        job = self.queue.get(job_id)
        assert job is not None
        return job

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


@contextmanager
def worker(settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a real worker process until the block ends."""
    command = [sys.executable, "-m", "webapp.videos.jobs.worker", *arguments]
    process = subprocess.Popen(command, env=process_environ(settings))
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
