"""A visitor of a running server: a cookie, an address, and the requests of the pages."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

from tests.faults.video_client import Answer

BOUNDARY = "visitor"


@dataclass(frozen=True)
class FullAnswer(Answer):
    """An answer with its headers."""

    headers: http.client.HTTPMessage


class Visitor:
    """Sends requests over connections of their own.

    Args:
        port: of the server.
        address: reported as a proxy in front of the server would; empty for none.
        cookie: take the cookie that the video page offers.
    """

    def __init__(self, port: int, address: str = "", cookie: bool = True) -> None:
        self._port = port
        self._headers = {"X-Forwarded-For": address} if address else {}
        if cookie:
            self._headers["Cookie"] = self.call("GET", "/video").headers["Set-Cookie"].split(";")[0]
            self._headers["Origin"] = f"http://127.0.0.1:{port}"

    def call(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> FullAnswer:
        """Return the answer to one request."""
        headers = self._headers | ({"Content-Type": content_type} if content_type else {})
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=300)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return FullAnswer(response.status, response.read(), response.headers)
        finally:
            connection.close()

    def detect(self, photo: bytes) -> FullAnswer:
        """Send a JPEG."""
        return self.call("POST", "/api/v1/detect", photo, "image/jpeg")

    def upload(self, video: bytes) -> FullAnswer:
        """Send a video."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="video"; filename="in.mp4"\r\n\r\n'
        body = head.encode() + video + f"\r\n--{BOUNDARY}--\r\n".encode()
        return self.call("POST", "/api/v1/videos", body, f"multipart/form-data; boundary={BOUNDARY}")

    def videos(self) -> list[Any]:
        """Return the visitor's own videos, newest first."""
        found: list[Any] = json.loads(self.call("GET", "/api/v1/videos").body)["videos"]
        return found
