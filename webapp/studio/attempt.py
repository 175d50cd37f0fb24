"""One attempt at a training: unpack the collection, run the stages of `model_training`, put the results in place.

What the stages make stays in the job's folder from one attempt to the next: training goes on after its last epoch.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

from webapp.config import Settings
from webapp.processes.helpers import process_environ
from webapp.studio.folders import OPTIONS, SUMMARY, TRAINING, folder_bytes
from webapp.studio.options import TrainingOptions
from webapp.videos.jobs.attempt import KeepOn
from webapp.videos.jobs.blobs.disk import DiskBlobStore
from webapp.videos.jobs.blobs.store import upload_keys
from webapp.videos.jobs.job import Job, JobProgress
from webapp.videos.jobs.runner import End, Outcome, run_child

SILENCE_S = 900.0
"""A child without a line for so long hangs: an epoch, or the pictures of a report, may take minutes."""

_DISK_EVERY_S = 5.0
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONUNBUFFERED": "1"}
_PASSED_ON = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "CUDA_VISIBLE_DEVICES", "KERAS_HOME")
_NOT_FOR_TRAINING = ("MALLOC_ARENA_MAX", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")

_SENTENCES = {
    "crashed": "The training stopped without a reason, perhaps for want of memory. Try a smaller size or fewer copies.",
    "deadline": "The training takes longer than {hours:g} hours, the limit here. Try fewer epochs or copies.",
}


class TrainingAttempt:
    """Works on a training as one worker; see `webapp.videos.jobs.attempt.Attempt`."""

    def __init__(
        self, job: Job, store: DiskBlobStore, settings: Settings, keep_on: KeepOn, no_progress_s: float = SILENCE_S
    ) -> None:
        self._job, self._store, self._settings = job, store, settings
        self._keep_on = keep_on
        self._folder = store.folder(job.id) / TRAINING
        self._measured_at = 0.0
        self._too_large = False

    def run(self) -> Outcome:
        """Train. `DONE` means that the results lie where the row's attempt points to."""
        folder = self._folder
        try:
            options = json.loads((self._store.folder(self._job.id) / OPTIONS).read_text(encoding="utf-8"))
            folder.mkdir(mode=0o700, exist_ok=True)
        except FileNotFoundError:
            return Outcome(End.FAILED, ("not_found", "The collection is no longer there. Send it again."))
        environ = process_environ(self._settings)
        if not (folder / SUMMARY).exists():
            path = self._store.root / upload_keys(self._job.id, self._job.upload_ref)[0]
            module = [sys.executable, "-m", "webapp.studio.unpack_child"]
            outcome = self._run([*module, str(path), str(folder), options["task"], str(os.getpid())], environ)
            if outcome.end is not End.DONE:
                return outcome
        # Also where all stages are done: an attempt that ended late may have moved the results, or copied half of them.
        outcome = self._run(training_command(folder, TrainingOptions(**options), self._settings), _train(environ))
        if outcome.end is End.DONE:
            self._publish()
        return outcome

    def discard(self) -> None:
        """Delete nothing: another attempt goes on with what there is."""

    def _run(self, command: list[str], environ: dict[str, str]) -> Outcome:
        settings = self._settings
        outcome = run_child(command, environ, self._watch, settings.studio_deadline_s, SILENCE_S)
        if self._too_large:
            limit = f"{settings.studio_disk_bytes / 1e9:g} GB"
            return Outcome(End.FAILED, ("too_large", f"This training needs more than {limit}. Try fewer copies."))
        if outcome.error is not None and outcome.error[0] in _SENTENCES:
            code = outcome.error[0]
            return Outcome(outcome.end, (code, _SENTENCES[code].format(hours=settings.studio_deadline_s / 3600)))
        return outcome

    def _watch(self, progress: JobProgress) -> bool:
        if time.monotonic() - self._measured_at > _DISK_EVERY_S:
            self._measured_at = time.monotonic()
            self._too_large = folder_bytes(self._folder) > self._settings.studio_disk_bytes
        return not self._too_large and self._keep_on(progress)

    def _publish(self) -> None:
        target = self._store.folder(self._job.id) / f"run-{self._job.attempts}"
        shutil.rmtree(target, ignore_errors=True)
        for name in (SUMMARY, OPTIONS):
            source = self._folder if name == SUMMARY else self._folder.parent
            shutil.copyfile(source / name, self._folder / "results" / name)
        (self._folder / "results").rename(target)


def training_command(folder: Path, options: TrainingOptions, settings: Settings) -> list[str]:
    """Return the command that trains: a process of its own, so the web app needs none of its libraries."""
    return [
        *(sys.executable, "-m", "model_training", "studio", "--folder", str(folder), "--task", options.task),
        *("--backbone", options.backbone, "--backbone-weights", settings.studio_weights),
        *("--epochs", str(options.epochs), "--size-px", str(options.size_px), "--copies", str(options.copies)),
        *("--parent", str(os.getpid())),
    ]


def _train(environ: dict[str, str]) -> dict[str, str]:
    kept = {name: text for name, text in environ.items() if name not in _NOT_FOR_TRAINING}
    return kept | _QUIET | {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
