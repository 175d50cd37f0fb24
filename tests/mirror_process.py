"""The real server as a subprocess, for tests that speak to it over a socket."""

from __future__ import annotations

import os
import resource
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import socketio

ROOT = Path(__file__).parent.parent
START_DEADLINE_S = 180


@dataclass(frozen=True)
class MirrorProcess:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    log_reader: BinaryIO
    https: bool = False

    @property
    def url(self) -> str:
        return f"{'https' if self.https else 'http'}://127.0.0.1:{self.port}"

    def new_log(self) -> bytes:
        """Return what the server has logged since the last call."""
        return self.log_reader.read()

    def healthy(self) -> bool:
        """Return whether /healthz answers 200 within two seconds."""
        try:
            # The certificate is self-signed.
            context = ssl._create_unverified_context() if self.https else None
            with urllib.request.urlopen(self.url + "/healthz", timeout=2, context=context) as response:
                return response.status == 200
        except OSError:
            return False

    def resident_bytes(self) -> int:
        """Return the resident memory of the web process (Linux)."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def cpu_s(self) -> float:
        """Return the CPU time of the web process so far (Linux)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def native_threads(self) -> int:
        """Return how many native threads the web process has (Linux)."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    def connect(self, **options: object) -> socketio.SimpleClient:
        """Return a connected Socket.IO client over a real websocket."""
        client = socketio.SimpleClient()
        client.connect(self.url, transports=["websocket"], **options)
        return client


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mirror_process(
    data_folder: Path,
    async_mode: str,
    port: int | None = None,
    descriptors: tuple[int, int] | None = None,
    **variables: str,
) -> Iterator[MirrorProcess]:
    """Run `python -m webapp` until the block ends.

    Args:
        data_folder: of this server alone.
        async_mode: `eventlet` or `threading`.
        port: a free one by default.
        descriptors: soft and hard limit of open files; None for this process's own.
        variables: further environment variables.
    """
    port = port or free_port()
    data_folder.mkdir(parents=True, exist_ok=True)
    log = data_folder / "server.log"
    command = [sys.executable, "-m", "webapp", "--port", str(port), "--async-mode", async_mode]
    command += ["--data-folder", str(data_folder)]
    # Most tests look into the web process, and a crash must not hide behind a restart.
    environ = os.environ | {"MASK_MIRROR_RESTARTS": "0"} | variables
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=output,
            stderr=output,
            env=environ,
            preexec_fn=descriptors and partial(resource.setrlimit, resource.RLIMIT_NOFILE, descriptors),
        )
    log_reader = log.open("rb")
    mirror = MirrorProcess(port, process, log, log_reader, variables.get("MASK_MIRROR_HTTPS") == "yes")
    try:
        _wait_until_healthy(mirror)
        with log_reader:
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
