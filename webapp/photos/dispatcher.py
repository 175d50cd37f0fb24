"""Photos in the web process: they are dispatched to one helper process, which decodes them one after the other."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from webapp.config import Settings
from webapp.errors import BadImage, Busy, error_from_json
from webapp.photos.process import DECODING, MODEL_ERROR, REQUEST, RESPONSE, receive_exactly
from webapp.photos.turns import Turns
from webapp.processes.helpers import process_environ
from webapp.security import Client

HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
"""The large networks are made for each photo; in pages of 2 MB, where the kernel has them, that takes less time."""

log = logging.getLogger(__name__)

WALL_FACTOR = 3
"""Wall time that a photo may take, by the processor time that it may take: live frames go before photos."""


EXIT_S = 10.0
"""Longest wait for the exit of a helper that has hung up."""


class PhotoDispatcher:
    """Sends photos to the helper process and starts it when it is needed.

    It starts with the first photo, ends itself when it is idle for a while, and is killed when a photo
    takes too long. Live frames never wait for photos: they have threads of their own. `restarts` counts the helpers
    that crashed or were killed.

    Args:
        settings: limits, and how the helper builds its pipeline.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turns = Turns(settings)
        self._helper: _Helper | None = None
        self.restarts = 0

    @property
    def waiting(self) -> int:
        """How many photos wait or are processed."""
        return self._turns.count

    def detect(self, data: bytes, client: Client) -> dict[str, Any]:
        """Return the result of `webapp.photos.photo.detect_in_photo`.

        Args:
            data: an encoded picture.
            client: the sender.

        Raises:
            MirrorError: the picture is refused, or too many wait.
        """
        with self._turns.turn(client):
            return self._dispatch(data, drawn=False).result

    def annotate(self, data: bytes, client: Client) -> bytes:
        """Return the picture with its faces, a PNG; see `detect`."""
        with self._turns.turn(client):
            return self._dispatch(data, drawn=True).picture

    def _dispatch(self, data: bytes, drawn: bool) -> _Reply:
        for _ in range(2):
            helper = self._helper = self._helper or _Helper(self._settings)
            try:
                reply = helper.request(data, drawn, WALL_FACTOR * self._settings.photo_deadline_s)
            except (OSError, ValueError) as error:
                self._helper = None
                # Whoever has hung up is about to exit, which takes its time on a busy machine.
                status = helper.end(0.0 if isinstance(error, TimeoutError) else EXIT_S)
                if status:
                    self.restarts += 1
                    log.warning("the helper for photos ended, %s: %s", helper.stage or "idle", type(error).__name__)
                if helper.stage == DECODING:
                    sentence = "This picture takes too long to open, or is damaged. Please try another one."
                    raise BadImage(sentence) from None
                if helper.stage or status == MODEL_ERROR or isinstance(error, TimeoutError):
                    break
                continue  # it ended before it had the picture: it was idle for long, or was killed
            if reply.error is not None:
                raise error_from_json(reply.error)
            return reply
        raise Busy("Photos cannot be processed right now. Please try again in a moment.")


@dataclass(frozen=True)
class _Reply:
    result: dict[str, Any]
    picture: bytes = b""
    error: dict[str, str] | None = None


class _Helper:
    def __init__(self, settings: Settings) -> None:
        self.stage = ""
        self._connection, theirs = socket.socketpair()
        command = [sys.executable, "-m", "webapp.photos.process", str(theirs.fileno()), str(os.getpid())]
        with theirs:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stderr=sys.stderr,
                pass_fds=[theirs.fileno()],
                env=process_environ(settings) | HUGE_PAGES,
            )

    def request(self, data: bytes, drawn: bool, deadline_s: float) -> _Reply:
        """Send a photo and return the response; `stage` is the latest one that was reported."""
        self.stage = ""
        give_up_at = time.monotonic() + deadline_s
        self._connection.settimeout(deadline_s)
        self._connection.sendall(REQUEST.pack(len(data), drawn) + data)
        while True:
            self._connection.settimeout(max(give_up_at - time.monotonic(), 0.001))
            (length,) = RESPONSE.unpack(receive_exactly(self._connection, RESPONSE.size))
            reply: dict[str, Any] = json.loads(receive_exactly(self._connection, length))
            if "error" in reply:
                return _Reply({}, error=reply["error"])
            if "result" in reply:
                return _Reply(reply["result"], receive_exactly(self._connection, reply["picture_bytes"]))
            self.stage = reply["stage"]

    def end(self, patience_s: float = 0.0) -> int:
        """End the process for certain, after some patience, and return its exit status: 0 if it had ended by itself."""
        self._connection.close()
        try:
            return self._process.wait(timeout=patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
