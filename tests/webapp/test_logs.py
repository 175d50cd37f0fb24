"""The log: one JSON object a line where that is asked for, and nothing of visitors in it, whatever they send."""

from __future__ import annotations

import base64
import http.client
import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from bench.client import LiveClient
from tests.faults.video_client import URL, VideoClient
from tests.mirror_process import MirrorProcess, mirror_process
from tests.pictures import astronaut_bgr, jpeg
from tests.video_maker import make_video
from webapp.logs.configuration import JsonFormatter

JPEG = jpeg(astronaut_bgr())
NAME = "portrait-of-somebody"
AGENT = "agent-of-somebody"
ADDRESS = "127.0.0.3"
"""Loopback too, so that the server's own address in the log is not taken for the visitor's."""


def formatted(record: logging.LogRecord) -> Any:
    line = JsonFormatter("web").format(record)
    assert "\n" not in line
    return json.loads(line)


def test_a_record_is_one_line_and_an_exception_has_its_type_and_places_but_not_its_message() -> None:
    try:
        raise KeyError(NAME)
    except KeyError:
        record = logging.LogRecord("webapp.x", logging.ERROR, __file__, 1, "two\nlines: %d", (7,), sys.exc_info())
    line = formatted(record)
    assert {name: line[name] for name in ("level", "process", "logger", "message", "error")} == {
        "level": "ERROR",
        "process": "web",
        "logger": "webapp.x",
        "message": "two\nlines: 7",
        "error": "KeyError",
    }
    assert line["trace"][-1].startswith(f"{__file__}:")
    assert NAME not in json.dumps(line)
    assert abs(time.mktime(time.strptime(line["time"][:19], "%Y-%m-%dT%H:%M:%S")) - time.mktime(time.gmtime())) < 60


class Visitor:
    """Sends requests from an address, with names and an agent, of which none may be logged."""

    def __init__(self, mirror: MirrorProcess) -> None:
        self._mirror = mirror

    def post(self, path: str, body: bytes, content_type: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._mirror.port, 60, source_address=(ADDRESS, 0))
        connection.request("POST", path, body, {"Content-Type": content_type, "User-Agent": AGENT, "Referer": NAME})
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, answer

    def post_form(self, path: str, field: str, data: bytes) -> tuple[int, Any]:
        head = f'--x\r\nContent-Disposition: form-data; name="{field}"; filename="{NAME}.mp4"\r\n\r\n'
        return self.post(path, head.encode() + data + b"\r\n--x--\r\n", "multipart/form-data; boundary=x")


def send_frames(mirror: MirrorProcess, _: Path) -> list[str]:
    client = mirror.connect(headers={"User-Agent": AGENT, "Cookie": f"mask_mirror={NAME}"})
    head = {"seq": 1, "captured_ms": 0}
    faces = client.call("frame", (head, JPEG), timeout=60)["faces"]
    for bad in ((head, JPEG[:3000] + b"\xff\xd9"), (head, JPEG[:200]), (head, b"GIF89a"), (NAME, JPEG), ([NAME], {})):
        client.call("frame", bad, timeout=60)
    client.emit("unheard", {"name": NAME})
    client.disconnect()
    for packet in (b'42["frame"', b"9" + NAME.encode(), b"451-", NAME.encode()):
        garbage = LiveClient(mirror.port, JPEG)
        garbage._send(packet, 1)
        time.sleep(0.2)
        garbage.close()
    return [str(side) for side in faces[0]["box"]]


def send_photos(mirror: MirrorProcess, _: Path) -> list[str]:
    visitor = Visitor(mirror)
    status, answer = visitor.post_form("/api/v1/detect", "image", JPEG)
    assert status == 200
    for body in (JPEG[: len(JPEG) // 2], JPEG[:300], b"", NAME.encode(), b"\x89PNG\r\n\x1a\n" + bytes(100)):
        visitor.post("/api/v1/detect", body, "image/jpeg")
    visitor.post_form("/api/v1/detect", NAME, JPEG)
    visitor.post(f"/api/v1/{NAME}", JPEG, NAME)
    # The next photo meets a process that is gone: that is worth a line.
    [helper] = [
        p for p in psutil.Process(mirror.process.pid).children(recursive=True) if "webapp.photos.process" in p.cmdline()
    ]
    helper.kill()
    assert visitor.post("/api/v1/detect", JPEG, "image/jpeg")[0] == 200
    return [str(side) for side in answer["faces"][0]["box"]]


def send_videos(mirror: MirrorProcess, folder: Path) -> list[str]:
    visitor, secrets = Visitor(mirror), []
    good = make_video(folder / "in.mp4", [astronaut_bgr()] * 3).read_bytes()
    noise = np.random.default_rng(0).integers(0, 255, len(good) // 3, np.uint8).tobytes()
    for data in (good, good[:400] + noise, good[: len(good) // 2], b"\0\0\0\x18ftypmp42" + noise, NAME.encode()):
        status, answer = visitor.post_form(URL, "video", data)
        if status == 202:
            client = VideoClient(mirror)
            client.token = answer["token"]
            job = client.wait(answer["id"], 120)
            secrets.append(answer["token"])
            if job["state"] == "succeeded":
                secrets += [str(side) for side in client.detections(job)[0]["faces"][0]["box"]]
    assert len(secrets) > 4
    return secrets


@pytest.mark.parametrize("async_mode", ["eventlet", "threading"])
@pytest.mark.parametrize("send", [send_frames, send_photos, send_videos])
def test_json_lines_without_anything_of_a_visitor(
    tmp_path: Path, async_mode: str, send: Callable[[MirrorProcess, Path], list[str]]
) -> None:
    variables = {"MASK_MIRROR_LOG_FORMAT": "json", "MASK_MIRROR_RESTARTS": "1"}
    with mirror_process(tmp_path / "data", async_mode, **variables) as mirror:
        secrets = send(mirror, tmp_path)
    text = mirror.log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        assert set(line) - {"error", "trace"} == {"time", "level", "process", "logger", "message"}
    assert {"web"} <= {line["process"] for line in lines} <= {"parent", "web", "worker", "photos", "video"}
    assert any("listens" in line["message"] for line in lines)
    assert not any("trace" in line for line in lines), "nothing of this is an error of the server"
    for secret in (NAME, AGENT, ADDRESS, "JFIF", base64.b64encode(JPEG[:30]).decode()[:36], "\\xff\\xd8", *secrets):
        assert secret not in text, secret
    if send is send_photos:
        assert any("helper for photos ended" in line["message"] for line in lines)
    if send is send_videos:
        assert {"worker"} <= {line["process"] for line in lines}
