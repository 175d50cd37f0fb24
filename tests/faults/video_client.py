"""A client without a browser that uploads videos, as curl would."""

from __future__ import annotations

import http.client
import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mirror_process import MirrorProcess

URL = "/api/v1/videos"


@dataclass(frozen=True)
class Answer:
    """Status and body of one answer."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class VideoClient:
    """Speaks HTTP to a running server; no cookies, the token instead."""

    def __init__(self, mirror: MirrorProcess) -> None:
        self._port = mirror.port
        self.token = ""

    def call(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Content-Type": content_type} if content_type else {})
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()

    def upload(self, data: bytes, name: str = "in.mp4") -> Answer:
        boundary = secrets.token_hex(8)
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="video"; filename="{quoted}"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
        answer = self.call("POST", URL, body, f"multipart/form-data; boundary={boundary}")
        if answer.status == 202:
            self.token = answer.json["token"]
        return answer

    def wait(self, job_id: str, deadline_s: float = 60.0) -> Any:
        """Return the job once it has ended."""
        give_up_at = time.monotonic() + deadline_s
        while True:
            job = self.call("GET", f"{URL}/{job_id}").json
            if job["state"] not in ("queued", "running"):
                return job
            assert time.monotonic() < give_up_at, "waited too long"
            time.sleep(0.05)

    def annotate(self, video: Path) -> Any:
        """Upload a video and return its job once it has ended."""
        posted = self.upload(video.read_bytes(), video.name)
        assert posted.status == 202, posted.body
        return self.wait(posted.json["id"])

    def result(self, job: Any, path: Path) -> Path:
        """Save the result of a job."""
        answer = self.call("GET", job["links"]["result"])
        assert answer.status == 200
        path.write_bytes(answer.body)
        return path

    def detections(self, job: Any) -> list[Any]:
        """Return the lines of what was seen."""
        return [json.loads(line) for line in self.call("GET", job["links"]["detections"]).body.splitlines()]
