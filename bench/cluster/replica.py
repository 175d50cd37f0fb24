"""A process of the deployment that is started again whenever it ends, as a platform would do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent

_RESTART_S = 0.5
_STOP_S = 30.0


def kill(pid: int) -> None:
    """`kill -9` a process; it may be gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


class Replica:
    """Runs a command until `stop`.

    Args:
        name: for its log.
        arguments: of Python.
        environ: of the process.
        log: gets its output.
    """

    def __init__(self, name: str, arguments: list[str], environ: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.starts = 0
        self._arguments, self._environ, self._log = arguments, environ, log
        self._wanted = False
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start it, and keep it running."""
        with self._lock:
            self._wanted = True
            self._spawn()
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, daemon=True)
            self._thread.start()

    def kill(self, comes_back: bool = True) -> None:
        """`kill -9` it and all it has started; unless told otherwise it is started again in a moment."""
        with self._lock:
            self._wanted = comes_back
            if self._process is None:
                return
            started = self.descendants()
            self._process.kill()  # first: it would start others
            self._process.wait()
            for pid in started:
                kill(pid)

    def kill_watcher(self) -> None:
        """`kill -9` the process itself and nothing that it has started; it is started again in a moment."""
        if self._process is not None:
            self._process.kill()

    def descendants(self) -> list[int]:
        """Return the process ids of what it has started."""
        with suppress(psutil.NoSuchProcess):
            return [process.pid for process in psutil.Process(self.pid).children(recursive=True)]
        return []

    def ask_to_stop(self) -> None:
        """Ask it to end; `stop` waits for it."""
        with self._lock:
            self._wanted = False
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self.ask_to_stop()
        if self._process is None:
            return
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """Of the running process, or the last one."""
        return 0 if self._process is None else self._process.pid

    def _spawn(self) -> None:
        self.starts += 1
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._arguments],
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C is for whoever started this one, who ends it in turn
            )

    def _watch(self) -> None:
        while True:
            time.sleep(_RESTART_S)
            with self._lock:
                if self._wanted and self._process is not None and self._process.poll() is not None:
                    self._spawn()
