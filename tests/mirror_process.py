"""The real server as a subprocess, for tests that speak to it over a socket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import socketio

ROOT = Path(__file__).parent.parent
START_DEADLINE_S = 60


@dataclass(frozen=True)
class MirrorProcess:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def healthy(self) -> bool:
        """Return whether /healthz answers 200 within two seconds."""
        try:
            with urllib.request.urlopen(self.url + "/healthz", timeout=2) as response:
                return response.status == 200
        except OSError:
            return False

    def resident_bytes(self) -> int:
        """Return the resident memory of the web process (Linux)."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def native_threads(self) -> int:
        """Return how many native threads the web process has (Linux)."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    def connect(self, **options: object) -> socketio.SimpleClient:
        """Return a connected Socket.IO client over a real websocket."""
        client = socketio.SimpleClient()
        client.connect(self.url, transports=["websocket"], **options)
        return client


@contextmanager
def mirror_process(data_folder: Path, async_mode: str, **variables: str) -> Iterator[MirrorProcess]:
    """Run `python -m webapp` on a free port until the block ends.

    Args:
        data_folder: of this server alone.
        async_mode: `eventlet` or `threading`.
        variables: further environment variables.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data_folder.mkdir(parents=True, exist_ok=True)
    log = data_folder / "server.log"
    command = [sys.executable, "-m", "webapp", "--port", str(port), "--async-mode", async_mode]
    command += ["--data-folder", str(data_folder)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, env=os.environ | variables)
    mirror = MirrorProcess(port, process, log)
    try:
        _wait_until_healthy(mirror)
        yield mirror
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"the server did not stop on SIGTERM: {log.read_text()[-2000:]}") from None


def _wait_until_healthy(mirror: MirrorProcess) -> None:
    deadline = time.monotonic() + START_DEADLINE_S
    while not mirror.healthy():
        if mirror.process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the server did not start: {mirror.log.read_text()[-2000:]}")
        time.sleep(0.05)
