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

import pytest

from tests.mirror_process import ROOT


def procfile() -> dict[str, str]:
    """Return the commands by kind of process."""
    return dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())


def test_the_procfile_s_command_serves_on_the_platform_s_port(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = procfile()["web"]
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


def test_each_process_of_app_json_is_one_of_the_procfile() -> None:
    formation = json.loads((ROOT / "app.json").read_text())["formation"]
    assert set(formation) == set(procfile()) == {"web", "worker"}


def test_the_procfile_s_worker_says_what_it_needs(tmp_path: Path) -> None:
    variables = os.environ | {"REDIS_URL": "redis://127.0.0.1:1", "MASK_MIRROR_DATA_FOLDER": str(tmp_path)}
    variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = shlex.split(procfile()["worker"])
    ended = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "The worker cannot start: REDIS_URL needs DATABASE_URL" in ended.stderr


@pytest.mark.parametrize("variable", ["", "DATABASE_URL", "REDIS_URL", "S3_BUCKET"])
def test_heroku_installs_more_packages_where_more_servers_are_named(tmp_path: Path, variable: str) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/called\n')
    python.chmod(0o755)
    variables = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"} | ({variable: "named"} if variable else {})
    subprocess.run([ROOT / "bin" / "post_compile"], env=variables, check=True)
    assert (tmp_path / "called").exists() is bool(variable)
    if variable:
        packages = (tmp_path / "called").read_text().split()[-1]
        assert (ROOT / packages).exists()


@pytest.mark.parametrize("requirements", ["requirements.txt", "requirements-scale.txt"])
def test_the_dockerfile_has_either_list_of_packages(requirements: str) -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    installed = lines.index("RUN pip install --no-cache-dir -r ${REQUIREMENTS}")
    assert any(line.startswith("COPY ") and requirements in line.split() for line in lines[:installed])
    assert "ARG REQUIREMENTS=requirements.txt" in lines[:installed]


def test_everything_that_the_dockerfile_copies_exists() -> None:
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), source


def test_the_npm_lock_names_no_download_address() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert not re.search(r"https?://(?!.*(github|opencollective|tidelift|paypal|patreon))", lock)
