"""The deployment files: what they say must be true of this repository."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.mirror_process import ROOT


def test_the_procfile_s_command_serves_on_the_platform_s_port(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kind, command = (ROOT / "Procfile").read_text().strip().split(": ", 1)
    assert kind == "web"
    python_first = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    own = {"PORT": str(port), "SECRET_KEY": "from the platform", "MASK_MIRROR_DATA_FOLDER": str(tmp_path)}
    process = subprocess.Popen(shlex.split(command), cwd=ROOT, env=os.environ | python_first | own)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                assert urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).status == 200
                break
            except OSError:
                assert time.monotonic() < deadline
                assert process.poll() is None
                time.sleep(0.1)
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0
    assert not (tmp_path / "secret_key").exists()


def test_app_json_generates_the_secret_and_fills_vendor() -> None:
    app = json.loads((ROOT / "app.json").read_text())
    assert app["env"]["SECRET_KEY"]["generator"] == "secret"
    assert [pack["url"] for pack in app["buildpacks"]] == ["heroku/nodejs", "heroku/python"]
    scripts = json.loads((ROOT / "package.json").read_text())["scripts"]
    assert "build" in scripts["heroku-postbuild"]
    assert (ROOT / ".python-version").read_text().strip() in ("3.11", "3.12", "3.13")


def test_everything_that_the_dockerfile_copies_exists() -> None:
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), source


def test_the_npm_lock_names_no_download_address() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert not re.search(r"https?://(?!.*(github|opencollective|tidelift|paypal|patreon))", lock)
