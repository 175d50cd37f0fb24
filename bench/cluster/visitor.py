"""A visitor who uploads videos over HTTP, in one request or in pieces (tus), and gets their results."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import av

VIDEOS, UPLOADS = "/api/v1/videos", "/api/v1/uploads"

_TIMEOUT_S = 100.0
_RETRY_S = 0.5
_TUS = {"Tus-Resumable": "1.0.0"}
_TROUBLE = (OSError, http.client.HTTPException, ValueError)
"""Of a deployment of which something is away; visitors try again."""


@dataclass(frozen=True)
class Uploaded:
    """A video that the deployment has accepted.

    Args:
        id: of its job.
        token: of its owner.
        frames: that it has.
        resumed: how often the upload went on after it had broken off.
    """

    id: str
    token: str
    frames: int
    resumed: int = 0


class Lost(LookupError):
    """The deployment has accepted a video and says that there is none, or has no result of it."""


class Visitor:
    """Uses tokens instead of cookies, and tries again where the deployment refuses for now, as the pages do.

    Args:
        port: of nginx.
        goes_on: False ends the attempts to upload.
    """

    def __init__(self, port: int, goes_on: Callable[[], bool] = lambda: True) -> None:
        self._port = port
        self._goes_on = goes_on

    def upload(self, video: bytes, frames: int) -> Uploaded | None:
        """Upload a video in one request; None where `goes_on` ended it."""
        boundary = secrets.token_hex(8)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="video"; filename="in.mp4"\r\n\r\n'
        body = head.encode() + video + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        while self._goes_on():
            with suppress(*_TROUBLE):
                status, _, answer = self.call("POST", VIDEOS, body, headers)
                if status == 202:
                    job = json.loads(answer)
                    return Uploaded(job["id"], job["token"], frames)
            time.sleep(_RETRY_S)
        return None

    def upload_in_pieces(
        self, video: bytes, frames: int, half_way: Callable[[], object] | None = None
    ) -> Uploaded | None:
        """Upload a video by tus, in as many requests as it takes; None where `goes_on` ended it.

        Args:
            video: a file.
            frames: that it has.
            half_way: called in the middle of the first request; None breaks it off there.
        """
        created = self._create(len(video))
        if created is None:
            return None
        job, location = created
        headers = _TUS | {"Authorization": f"Bearer {job['token']}"}
        with suppress(*_TROUBLE):
            self._send_first(location, video, headers, half_way)
        resumed = 0
        while self._goes_on():
            with suppress(*_TROUBLE):
                status, answered, _ = self.call("HEAD", location, None, headers)
                if status == 404:
                    raise Lost(f"the upload {job['id']} is lost")
                offset = int(answered["Upload-Offset"] or "")
                if offset == len(video):
                    return Uploaded(job["id"], job["token"], frames, resumed)
                resumed += 1
                self.call("PATCH", location, video[offset:], headers | _piece(offset))
                continue
            time.sleep(_RETRY_S)
        return None

    def job(self, video: Uploaded) -> dict[str, Any] | None:
        """Return a video's job, None while the deployment cannot say.

        Raises:
            Lost: it says that there is none.
        """
        with suppress(*_TROUBLE):
            status, _, answer = self.call("GET", f"{VIDEOS}/{video.id}", None, _owner(video))
            if status == 404:
                raise Lost(f"the video {video.id} is lost")
            if status == 200:
                job: dict[str, Any] = json.loads(answer)
                return job
        return None

    def result_frames(self, video: Uploaded) -> tuple[int, int]:
        """Return how many frames the result has, and how many lines of detections there are.

        Raises:
            Lost: there is no result.
        """
        with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
            file.write(self._get(video, "result"))
            file.flush()
            with av.open(file.name) as container:
                frames = sum(1 for _ in container.decode(video=0))
        return frames, len(self._get(video, "detections").splitlines())

    def call(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Return status, headers and body of the answer to one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def _create(self, length: int) -> tuple[dict[str, Any], str] | None:
        name = base64.b64encode(b"in.mp4").decode()
        headers = _TUS | {"Upload-Length": str(length), "Upload-Metadata": f"filename {name}"}
        while self._goes_on():
            with suppress(*_TROUBLE):
                status, answered, answer = self.call("POST", UPLOADS, b"", headers)
                if status == 201:
                    return json.loads(answer), str(answered["Location"])
            time.sleep(_RETRY_S)
        return None

    def _send_first(
        self, location: str, video: bytes, headers: dict[str, str], half_way: Callable[[], object] | None
    ) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        connection.putrequest("PATCH", location)
        for name, value in (headers | _piece(0) | {"Content-Length": str(len(video))}).items():
            connection.putheader(name, value)
        connection.endheaders()
        try:
            connection.send(video[: len(video) // 2])
            if half_way is not None:
                half_way()
                connection.send(video[len(video) // 2 :])
                connection.getresponse().read()
        finally:
            connection.close()

    def _get(self, video: Uploaded, name: str) -> bytes:
        status, _, answer = self.call("GET", f"{VIDEOS}/{video.id}/{name}", None, _owner(video))
        if status != 200:
            raise Lost(f"{name} of {video.id} is {status}")
        return answer


def _owner(video: Uploaded) -> dict[str, str]:
    return {"Authorization": f"Bearer {video.token}"}


def _piece(offset: int) -> dict[str, str]:
    return {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
