"""`make cluster`: everything that it starts ends with it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench.cluster.servers import NotInstalled, program
from tests.mirror_process import ROOT


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account may enter: PostgreSQL may run under another one, and pytest closes its own."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_servers_and_leaves_no_file(number: signal.Signals, folder: Path) -> None:
    for package in ("psycopg", "celery", "boto3", "moto"):
        pytest.importorskip(package, reason=f"{package} is not installed: requirements-dev.txt")
    try:
        for name in ("initdb", "redis-server", "nginx"):
            program(name)
    except NotInstalled as missing:
        pytest.skip(f"{missing}: tools/install-servers.sh installs it")
    command = [sys.executable, "-m", "bench.cluster", "--web", "1", "--workers", "1"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(folder)}
    )
    try:
        assert process.stdout is not None
        said = ""
        while "Ctrl-C ends all of it" not in said:
            line = process.stdout.readline()
            assert line, f"it ended: {said}"
            said += line
        url = re.search(r"http://localhost:\d+", said)
        assert url is not None
        assert urllib.request.urlopen(url[0] + "/readyz", timeout=5).status == 200
        started = psutil.Process(process.pid).children(recursive=True)
        assert len(started) >= 6
        process.send_signal(number)
        assert process.wait(60) == (0 if number is signal.SIGINT else 128 + number)
        _, alive = psutil.wait_procs(started, timeout=10)
        assert not alive
        assert not list(folder.iterdir())
    finally:
        process.kill()
        process.communicate()
