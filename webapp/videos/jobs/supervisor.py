"""Keep a worker process running beside the web process, and start it again when it dies or hangs."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time

from webapp.config import Settings
from webapp.processes.helpers import worker_environ
from webapp.supervision.heartbeat import Heartbeat

log = logging.getLogger(__name__)

_POLL_S = 0.25
_LATE_S = 5.0
_BACKOFF_S = (0.5, 30.0)
_HEALTHY_AFTER_S = 60.0


class WorkerSupervisor:
    """Starts the worker, starts it again when it dies or hangs (waiting longer each time), stops it at the end.

    Works with native and with green threads: it only ever polls and sleeps. `restarts` counts the workers that were
    replaced.

    Args:
        settings: of the worker.
        module: that runs it, with the options of `webapp.videos.worker_process`.
    """

    def __init__(self, settings: Settings, module: str = "webapp.videos.worker_process") -> None:
        self._settings = settings
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._heartbeat: Heartbeat | None = None
        self.restarts = 0
        self._stopping = False
        self._started_at = 0.0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the worker and watch over it in the background."""
        if self._thread is None:
            self._spawn()
            self._thread = threading.Thread(target=self._watch, name="worker supervisor", daemon=True)
            self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Ask the worker to stop, wait for at most `timeout_s`, then kill it."""
        self._stopping = True
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
        give_up_at = time.monotonic() + timeout_s
        while process.poll() is None and time.monotonic() < give_up_at:
            time.sleep(_POLL_S / 5)
        if process.poll() is None:
            process.kill()
            process.wait()

    def alive(self) -> bool:
        """Return whether the worker is running."""
        return self._process is not None and self._process.poll() is None

    def ready(self) -> bool:
        """Return whether the worker is running and has said so lately."""
        heartbeat = self._heartbeat
        return self.alive() and heartbeat is not None and heartbeat.heard and heartbeat.silent_s < _LATE_S

    @property
    def pid(self) -> int | None:
        """Process id of the worker, None before the first start."""
        return None if self._process is None else self._process.pid

    def _spawn(self) -> None:
        if self._heartbeat is not None:
            self._heartbeat.close()
        self._heartbeat = Heartbeat()
        heart = self._heartbeat.theirs.fileno()
        command = [sys.executable, "-m", self._module, "--parent", str(os.getpid())]
        command += ["--heart", str(heart)]
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stderr=sys.stderr,
            env=worker_environ(self._settings),
            pass_fds=[heart],
        )
        self._heartbeat.theirs.close()

    def _watch(self) -> None:
        wait_s = _BACKOFF_S[0]
        while not self._stopping:
            time.sleep(_POLL_S)
            if self.alive() or self._stopping:
                self._kill_if_silent()
                continue
            if time.monotonic() - self._started_at > _HEALTHY_AFTER_S:
                wait_s = _BACKOFF_S[0]
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, _BACKOFF_S[1])
            if not self._stopping:
                self.restarts += 1
                try:
                    self._spawn()
                except OSError:  # no memory, or too many processes, which passes
                    log.exception("the worker could not be started; another attempt follows")

    def _kill_if_silent(self) -> None:
        if self._process is None or self._heartbeat is None or self._stopping:
            return
        self._heartbeat.poll()
        if self._heartbeat.lost:
            log.error("the worker has been silent for %.0f s and is killed", self._heartbeat.silent_s)
            self._process.kill()
