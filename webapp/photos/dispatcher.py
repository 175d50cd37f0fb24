"""Photos in the web process: they are dispatched to one helper process, which decodes them one after the other."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from webapp.config import Settings
from webapp.errors import BadImage, Busy, TooManyRequests, error_from_json
from webapp.photos.process import MODEL_ERROR, REQUEST, RESPONSE, receive_exactly
from webapp.processes import process_environ

log = logging.getLogger(__name__)


class PhotoDispatcher:
    """Sends photos to the helper process and starts it when it is needed.

    It starts with the first photo, ends itself when it is idle for a while, and is killed when a photo
    takes too long. Live frames never wait for photos: they have threads of their own.

    Args:
        settings: limits, and how the helper builds its pipeline.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._waiting: Counter[str] = Counter()
        self._helper: _Helper | None = None

    def detect(self, data: bytes, visitor: str) -> dict[str, Any]:
        """Return the result of `webapp.photos.photo.detect_in_photo`.

        Args:
            data: an encoded picture.
            visitor: the sender; `photos_per_visitor` photos of one may wait.

        Raises:
            MirrorError: the picture is refused, or too many wait.
        """
        with self._in_line(visitor), self._turn:
            return self._dispatch(data)

    @contextmanager
    def _in_line(self, visitor: str) -> Iterator[None]:
        with self._count:
            if self._waiting.total() >= self._settings.waiting_max:
                raise Busy("Too many pictures are waiting right now. Please try again in a moment.")
            if self._waiting[visitor] >= self._settings.photos_per_visitor:
                raise TooManyRequests("You have enough pictures waiting. Please send the next one after a result.")
            self._waiting[visitor] += 1
        try:
            yield
        finally:
            with self._count:
                self._waiting[visitor] -= 1
                self._waiting += Counter()  # forgets visitors without a photo

    def _dispatch(self, data: bytes) -> dict[str, Any]:
        for _ in range(2):
            helper = self._helper = self._helper or _Helper(self._settings)
            try:
                reply = helper.request(data, self._settings.photo_deadline_s)
            except (OSError, ValueError) as error:
                self._helper = None
                status = helper.end()
                if status == 0:
                    continue  # it had just ended itself because it was idle; the picture is not the cause
                if status == MODEL_ERROR:
                    break
                log.warning("a photo stopped the helper process: %s", type(error).__name__)
                raise BadImage("This picture takes too long to open, or is damaged. Please try another one.") from None
            if "error" in reply:
                raise error_from_json(reply["error"])
            result: dict[str, Any] = reply["result"]
            return result
        raise Busy("Photos cannot be processed right now. Please try again in a moment.")


class _Helper:
    def __init__(self, settings: Settings) -> None:
        self._connection, theirs = socket.socketpair()
        command = [sys.executable, "-m", "webapp.photos.process", str(theirs.fileno()), str(os.getpid())]
        with theirs:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=process_environ(settings)
            )

    def request(self, data: bytes, deadline_s: float) -> dict[str, Any]:
        self._connection.settimeout(deadline_s)
        self._connection.sendall(REQUEST.pack(len(data)) + data)
        (length,) = RESPONSE.unpack(receive_exactly(self._connection, RESPONSE.size))
        reply: dict[str, Any] = json.loads(receive_exactly(self._connection, length))
        return reply

    def end(self) -> int:
        """End the process for certain and return its exit status: 0 if it had ended by itself."""
        self._connection.close()
        try:
            return self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
