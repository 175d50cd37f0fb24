"""Schemathesis against a real server: no request, valid or not, gets what the OpenAPI document does not say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ASYNC_MODES
from tests.faults.video_client import VideoClient
from tests.mirror_process import ROOT, MirrorProcess, mirror_process
from tests.video_maker import make_video

VARIABLES = {
    # A full queue answers 503 or 429, which is right and hides what would be wrong; an upload that was begun holds its
    # place for an hour.
    "MASK_MIRROR_JOBS_MAX": "100000",
    "MASK_MIRROR_JOBS_PER_ADDRESS": "100000",
    "MASK_MIRROR_JOBS_PER_VISITOR": "100000",
    "MASK_MIRROR_PHOTO_TTA": "single",
    "MASK_MIRROR_IMAGE_MAX_BYTES": "1000000",
}
CHECKS = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", 304, 403, 404, 409, 413, 416]
negative_data_rejection.expected-statuses = ["4xx"]
missing_required_header.expected-statuses = [400, 403, 412]

[[operations]]
include-operation-id = ["createUpload"]
checks.negative_data_rejection.expected-statuses = ["4xx", 201]
"""
"""413: a form may have too many parts, be it valid or not. 403: a cookie without an `Origin`. 412: what tus
asks for where its version is missing. 201: an unknown header makes no request to begin an upload invalid."""

MANY = 250
"""Examples an operation in `make test-long`: ten minutes in each async mode on two busy cores."""

OWN_VIDEO = """
[[operations]]
include-operation-id = ["getVideo", "getResult", "getDetections", "getPreview", "getVideoHead", "getResultHead"]
parameters = {{ job_id = "{job_id}" }}
headers = {{ Authorization = "Bearer {token}" }}
"""


@dataclass(frozen=True)
class Server:
    """A running server, and the configuration for requests that a finished video's owner sends."""

    mirror: MirrorProcess
    own_video: str


@pytest.fixture(scope="module", params=ASYNC_MODES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose limits do not end the test early."""
    folder = tmp_path_factory.mktemp("fuzz")
    with mirror_process(folder / "data", request.param, **VARIABLES) as running:
        client = VideoClient(running)
        job = client.annotate(make_video(folder / "in.mp4", 3))  # before thousands of others are queued
        assert job["state"] == "succeeded"
        yield Server(running, OWN_VIDEO.format(job_id=job["id"], token=client.token))
        assert "Traceback" not in running.log.read_text()


def fuzz(mirror: MirrorProcess, folder: Path, examples: int, phases: str, config: str = "") -> None:
    (folder / "schemathesis.toml").write_text(CHECKS + config)
    command = [str(Path(sys.executable).parent / "schemathesis"), "--no-color"]
    command += ["--config-file", str(folder / "schemathesis.toml"), "run", mirror.url + "/api/v1/openapi.json"]
    command += ["--checks", "all", "--phases", phases, "--max-examples", str(examples), "--seed", "1"]
    command += ["--generation-deterministic", "--request-timeout", "300"]
    if config:
        command += ["--exclude-checks", "ignored_auth"]  # the fixed token cannot be left out
    command += ["--suppress-health-check", "all", "--warnings", "off"]
    environ = os.environ | {"SCHEMATHESIS_HOOKS": "tests.webapp.api_examples", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    found = re.search(r"Operations: +(\d+) selected / (\d+) total", ran.stdout)
    assert found, ran.stdout[-3000:]
    assert found[1] == found[2]
    assert f"Tested: {found[1]}\n" in ran.stdout, ran.stdout[-3000:]
    assert mirror.healthy()


def test_a_sample_of_requests(server: Server, tmp_path: Path) -> None:
    fuzz(server.mirror, tmp_path, 10, "coverage,fuzzing")


def test_a_sample_of_requests_for_a_video_of_ones_own(server: Server, tmp_path: Path) -> None:
    fuzz(server.mirror, tmp_path, 10, "coverage,fuzzing", server.own_video)


@pytest.mark.long
def test_many_requests(server: Server, tmp_path: Path) -> None:
    fuzz(server.mirror, tmp_path, MANY, "examples,coverage,fuzzing,stateful")
    fuzz(server.mirror, tmp_path, MANY, "examples,coverage,fuzzing,stateful", server.own_video)
