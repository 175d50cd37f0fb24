"""A client of tus 1.0 without a browser."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import time
from typing import Any

from tests.faults.visitor import FullAnswer
from tests.mirror_process import MirrorProcess

URL = "/api/v1/uploads"


class TusClient:
    """Uploads one video in as many requests as one likes; no cookies, the token instead.

    Args:
        mirror: a running server; another may be given to each request.
    """

    def __init__(self, mirror: MirrorProcess) -> None:
        self.mirror = mirror
        self.token = ""
        self.location = ""
        self.id = ""

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> FullAnswer:
        """Return the answer to one request; `Upload_Offset="3"` is the header `Upload-Offset`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.mirror.port, timeout=60)
        try:
            connection.request(method, path, body, self.headers(**headers))
            response = connection.getresponse()
            return FullAnswer(response.status, response.read(), response.headers)
        finally:
            connection.close()

    def headers(self, **headers: str) -> dict[str, str]:
        """Return the headers of a request."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        own = {"Tus-Resumable": "1.0.0"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        return {name: value for name, value in (own | named).items() if value}

    def create(self, length: int, name: str = "in.mp4", **headers: str) -> FullAnswer:
        """Begin an upload."""
        metadata = f"filename {base64.b64encode(name.encode()).decode()},filetype dmlkZW8vbXA0"
        answer = self.call("POST", URL, **({"Upload_Length": str(length), "Upload_Metadata": metadata} | headers))
        if answer.status == 201:
            self.token, self.id = answer.json["token"], answer.json["id"]
            self.location = answer.headers["Location"]
        return answer

    def offset(self) -> int:
        """Return how many bytes the server has."""
        answer = self.call("HEAD", self.location)
        assert answer.status == 200, answer
        return int(answer.headers["Upload-Offset"])

    def patch(self, data: bytes, offset: int, **headers: str) -> FullAnswer:
        """Send bytes."""
        own = {"Content_Type": "application/offset+octet-stream", "Upload_Offset": str(offset)}
        return self.call("PATCH", self.location, data, **(own | headers))

    def begin_patch(self, data: bytes, offset: int, length: int) -> socket.socket:
        """Send the head of a PATCH and some of its body; the caller has the rest."""
        client = socket.create_connection(("127.0.0.1", self.mirror.port), 30)
        lines = self.headers(
            Content_Type="application/offset+octet-stream",
            Upload_Offset=str(offset),
            Content_Length=str(length),
            Host=f"127.0.0.1:{self.mirror.port}",
        )
        head = "\r\n".join([f"PATCH {self.location} HTTP/1.1", *(f"{n}: {v}" for n, v in lines.items()), "", ""])
        client.sendall(head.encode() + data)
        return client

    def delete(self) -> FullAnswer:
        """End the upload."""
        return self.call("DELETE", self.location)

    def job(self) -> Any:
        """Return the job that the upload is, or has become."""
        return json.loads(self.call("GET", f"/api/v1/videos/{self.id}").body)

    def wait(self, deadline_s: float = 60.0) -> Any:
        """Return the job once it has ended."""
        give_up_at = time.monotonic() + deadline_s
        while (job := self.job())["state"] in ("uploading", "queued", "running"):
            assert time.monotonic() < give_up_at, job
            time.sleep(0.05)
        return job
