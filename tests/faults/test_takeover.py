"""Row 50: the process that decodes a photo or a video is taken over: what it finds and may do."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.cluster.servers import Server
from tests.conftest import ASYNC_MODES
from tests.faults.meddling import after_import
from tests.faults.visitor import Visitor
from tests.mirror_process import ROOT, MirrorProcess, mirror_process
from tests.pictures import astronaut_bgr, jpeg
from tests.queues import new_database
from tests.s3_server import s3_server
from tests.video_maker import make_video
from tests.webapp.videos.running_jobs import children_of, wait_for

CODE_OF_AN_ATTACKER = """
import json, os, pathlib, socket, subprocess, sys

def attempt(action):
    try:
        action()
        return "done"
    except OSError as error:
        return type(error).__name__

def meddle(module):
    roles = {{"webapp.videos.child": "video", "webapp.photos.process": "photo"}}
    role = next((roles[name] for name in roles if name in sys.orig_argv), None)
    if role is None:
        return
    found = {{
        "environ": dict(os.environ),
        "network": attempt(lambda: socket.create_connection(("127.0.0.1", {port}), 5)),
        "program": attempt(lambda: subprocess.run([sys.executable, "-c", ""])),
        "status": pathlib.Path("/proc/self/status").read_text(),
    }}
    path = pathlib.Path({folder!r}, role)
    path.with_suffix(".draft").write_text(json.dumps(found))
    path.with_suffix(".draft").replace(path.with_suffix(".json"))
"""
SECRETS = {
    "SECRET_KEY": "the key of the cookies",
    "MASK_MIRROR_METRICS_TOKEN": "the token of the metrics",
    "AWS_SECRET_ACCESS_KEY": "the key of a bucket of others",
    "PGPASSWORD": "the password of a database of others",
}


def found_by_attacker(mirror: MirrorProcess, folder: Path, video: bytes, photo: bytes) -> dict[str, Any]:
    """Return what code in both processes found, once a photo and a video were served all the same."""
    visitor = Visitor(mirror.port)
    assert visitor.upload(video).status == 202
    answer = visitor.detect(photo)
    assert (answer.status, len(answer.json["faces"])) == (200, 1)
    wait_for(lambda: visitor.videos()[0]["state"] == "succeeded", 120)
    return {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}


def taken_over(tmp_path: Path, async_mode: str, secrets: dict[str, str], of_children: bool, **others: str) -> None:
    """Take both decoders over in a server with these secrets; they find none of them, and may do nothing.

    Args:
        tmp_path: for files.
        async_mode: of the server.
        secrets: variables of the server.
        of_children: whether the server's own children, the worker among them, must not have them either.
        others: further variables, which are no secrets.
    """
    video = make_video(tmp_path / "in.mp4", 10).read_bytes()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code = CODE_OF_AN_ATTACKER.format(port=listener.getsockname()[1], folder=str(tmp_path))
        path = after_import(tmp_path / "meddling", "webapp.vision.pipeline", code)
        variables = secrets | others | {"PYTHONPATH": path, "MASK_MIRROR_PHOTO_DEADLINE_S": "120"}
        with mirror_process(tmp_path / "data", async_mode, **variables) as mirror:
            found = found_by_attacker(mirror, tmp_path, video, jpeg(astronaut_bgr()))
            for pid in children_of(mirror.process.pid) if of_children else ():
                environ = Path(f"/proc/{pid}/environ").read_text()
                assert not [value for value in secrets.values() if value in environ]
    assert set(found) == {"video", "photo"}
    for seen in found.values():
        assert not set(secrets) & set(seen["environ"])
        assert not set(secrets.values()) & set(seen["environ"].values())
        assert seen["network"] == "PermissionError"
        assert seen["program"] == "PermissionError"
        assert "NoNewPrivs:\t1" in seen["status"]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's filters of system calls")
@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_50_decoders_find_no_secret_no_network_and_no_program(tmp_path: Path, async_mode: str) -> None:
    # The worker has no secrets that a child could read from it.
    taken_over(tmp_path, async_mode, SECRETS, of_children=True)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's filters of system calls")
def test_row_50_decoders_find_neither_the_database_nor_the_bucket(tmp_path: Path, postgres_server: Server) -> None:
    with s3_server() as bucket:
        keys = {name: value for name, value in bucket.variables.items() if name.startswith("AWS_")}
        secrets = keys | {"SECRET_KEY": SECRETS["SECRET_KEY"], "DATABASE_URL": new_database(postgres_server)}
        # The name of the bucket is none: it is of no use without the keys.
        taken_over(tmp_path, "eventlet", secrets, of_children=False, S3_BUCKET=bucket.bucket)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's filters of system calls")
def test_row_50_a_confined_process_keeps_its_sockets_threads_and_files(tmp_path: Path) -> None:
    code = f"""
import pathlib, socket, threading
ours, theirs = socket.socketpair()
from webapp.processes.sandbox import confine
assert confine()
ours.sendall(b"still open")
assert theirs.recv(100) == b"still open"
thread = threading.Thread(target=pathlib.Path({str(tmp_path / "made")!r}).touch)
thread.start()
thread.join()
assert pathlib.Path({str(tmp_path / "made")!r}).exists()
print("goes on")
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "goes on", ran.stderr
