"""The real server as a process of its own, with parts taken out for comparison."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

STOCK = ("unmask", "deflate")


def running_server(
    detector: str, stock: tuple[str, ...] = (), mode: str = "eventlet"
) -> AbstractContextManager[tuple[int, int, float]]:
    """Run a server until the block ends.

    Args:
        detector: `multiface`, `haar`, or `free` for a stand-in that finds one labelled face at no cost.
        stock: of `STOCK`, the improvements to leave out.
        mode: async mode.

    Returns:
        A context manager that gives port, process id, and seconds from process start to the first answer of /healthz.
    """
    command = ["-m", "bench.server", "--detector", detector, "--mode", mode, *(f"--stock-{part}" for part in stock)]
    return _running(command)


def running_app(mode: str) -> AbstractContextManager[tuple[int, int, float]]:
    """Run `python -m webapp` until the block ends, with the process that watches over it; otherwise as above."""
    return _running(["-m", "webapp", "--async-mode", mode])


@contextmanager
def _running(command: list[str]) -> Iterator[tuple[int, int, float]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, *command, "--port", str(port), "--data-folder", folder]
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port, process)
            yield port, process.pid, time.perf_counter() - start
        finally:
            process.terminate()
            process.wait(timeout=30)


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process, megabytes (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"process {pid} is gone")


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError("the bench server did not start")


def main() -> int:
    """Serve, as `webapp.__main__` does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--detector", choices=("multiface", "haar", "free"), required=True)
    parser.add_argument("--mode", required=True)
    parser.add_argument("--data-folder", type=Path, required=True)
    for part in STOCK:
        parser.add_argument(f"--stock-{part}", action="store_true")
    args = parser.parse_args()
    if args.mode == "eventlet":
        from webapp import green

        green.patch()
        if not args.stock_unmask:
            from webapp.serving.eventlet_websocket import repair_websocket

            repair_websocket()
    from webapp import app, wsgi
    from webapp.config import load_settings
    from webapp.serve import serve

    if args.stock_deflate:
        setattr(wsgi, "WithoutDeflate", lambda wsgi_app: wsgi_app)  # noqa: B010  mypy minds the assignment
    if args.detector == "free":
        from bench.free_detector import build_free_pipelines

        setattr(app, "build_live_pipelines", build_free_pipelines)  # noqa: B010
    overrides = {"port": args.port, "async_mode": args.mode, "data_folder": args.data_folder}
    if args.detector != "free":
        overrides["detector"] = args.detector
    return serve(load_settings(os.environ, overrides))


if __name__ == "__main__":
    sys.exit(main())
