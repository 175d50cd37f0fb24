"""Forwards messages one at a time, each in a process of its own; bounded in number, rate and time."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque

from webapp.config import Settings
from webapp.door.delivery import Message, request_json
from webapp.door.receiver import Receiver
from webapp.errors import Busy, NotForwarded, TooManyRequests
from webapp.processes.helpers import process_environ

log = logging.getLogger(__name__)

WAITING_MAX = 8
PER_MINUTE = 120
"""One door sends one message a minute; after an outage it catches up faster, but this server floods nobody."""

DEADLINE_S = 45.0
"""Three attempts of two time-outs each, and the waits between them."""

_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables by which an operator names certificates of their own."""


class Forwarder:
    """Hands messages to the receiver and waits until it has taken them.

    Nothing is kept here: a page keeps its counts until they are taken.

    Args:
        settings: what the processes need to start.
        receiver: of all messages.
    """

    def __init__(self, settings: Settings, receiver: Receiver) -> None:
        self._settings = settings
        self._receiver = receiver
        self._turn = threading.Lock()
        self._waiting = 0
        self._sent_s: deque[float] = deque(maxlen=PER_MINUTE)

    def forward(self, message: Message) -> None:
        """Deliver a message.

        Raises:
            MirrorError: `Busy` or `TooManyRequests`, where there are too many; `NotForwarded`, with the reason.
        """
        now = time.monotonic()
        if self._waiting >= WAITING_MAX:
            raise Busy("Too many counts are waiting to be forwarded. Please try again in a moment.", 30)
        if len(self._sent_s) == PER_MINUTE and now - self._sent_s[0] < 60:
            raise TooManyRequests("Too many counts were forwarded in this minute. Please try again later.", 60)
        self._waiting += 1
        self._sent_s.append(now)
        try:
            with self._turn:
                problem = self._deliver(message)
        finally:
            self._waiting -= 1
        if problem is not None:
            log.warning("counts could not be forwarded: %s", problem)
            raise NotForwarded(problem)

    def _deliver(self, message: Message) -> str | None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "webapp.door.delivery", str(theirs.fileno()), str(os.getpid())]
        environ = process_environ(self._settings) | {n: os.environ[n] for n in _CERTIFICATES if n in os.environ}
        with ours:
            with theirs:
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stderr=sys.stderr, pass_fds=[theirs.fileno()], env=environ
                )
            try:
                ours.settimeout(DEADLINE_S)
                ours.sendall(request_json(message, self._receiver))
                ours.shutdown(socket.SHUT_WR)
                problem: str | None = json.loads(ours.recv(4096))["problem"]
            except (OSError, ValueError):
                return "The receiver did not answer in time."
            else:
                return problem
            finally:
                process.kill()
                process.wait()
