"""`python -m webapp.door.delivery SOCKET PARENT`: deliver one message to the receiver, in a process of its own.

Resolving a name blocks every green thread of a server, and here nothing else waits. The parent sends the message as
JSON and shuts its end; the response is `{"problem": sentence or null}`. Headers and signature follow the Standard
Webhooks specification (https://www.standardwebhooks.com).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from webapp.door.receiver import Receiver
from webapp.processes.helpers import end_with_parent

WAITS_S = (0.0, 1.0, 3.0)
"""Before each attempt."""

_TIMEOUT_S = 5.0
_RESPONSE_BYTES_MAX = 4096
_TRIED_AGAIN = (408, 429)
"""Of the statuses below 500; others would be the same the next time."""


@dataclass(frozen=True)
class Message:
    """What a receiver gets.

    Args:
        id: the same for the same minute of the same door, so that a receiver can drop what it has.
        body: JSON.
    """

    id: str
    body: str


class _Failed(Exception):
    def __init__(self, sentence: str, for_good: bool = False) -> None:
        super().__init__(sentence)
        self.for_good = for_good


def deliver(message: Message, receiver: Receiver, sleep: Callable[[float], None] = time.sleep) -> str | None:
    """Post a message, up to three times; return None, or a sentence on why it was not taken.

    Args:
        message: to send.
        receiver: the only host that is asked: redirects are not followed, and no proxy is used.
        sleep: waits for so many seconds.
    """
    problem = ""
    for wait_s in WAITS_S:
        sleep(wait_s)
        try:
            _post(message, receiver)
        except _Failed as error:
            problem = str(error)
            if error.for_good:
                break
        except (OSError, http.client.HTTPException):
            problem = "The receiver cannot be reached."
        else:
            return None
    return problem


def signature(message: Message, timestamp: str, key: str) -> str:
    """Return the value of the header `webhook-signature`.

    Args:
        message: to sign.
        timestamp: value of the header `webhook-timestamp`.
        key: shared with the receiver; its UTF-8 bytes count.
    """
    signed = f"{message.id}.{timestamp}.{message.body}".encode()
    digest = hmac.new(key.encode(), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _post(message: Message, receiver: Receiver) -> None:
    connection = _connection(receiver)
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "mask-mirror",
        "webhook-id": message.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(message, timestamp, receiver.key),
    }
    try:
        connection.request("POST", receiver.target, message.body.encode(), headers)
        response = connection.getresponse()
        response.read(_RESPONSE_BYTES_MAX)
    finally:
        connection.close()
    if 200 <= response.status < 300:
        return
    if 300 <= response.status < 400:
        raise _Failed("The receiver redirects, which is not followed.", for_good=True)
    for_good = response.status < 500 and response.status not in _TRIED_AGAIN
    raise _Failed(f"The receiver answered with the status {response.status}.", for_good)


def _connection(receiver: Receiver) -> http.client.HTTPConnection:
    if not receiver.https:
        return http.client.HTTPConnection(receiver.host, receiver.port, timeout=_TIMEOUT_S)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(receiver.host, receiver.port, timeout=_TIMEOUT_S, context=context)


def request_json(message: Message, receiver: Receiver) -> bytes:
    """Return what the parent sends."""
    return json.dumps({"message": asdict(message), "receiver": asdict(receiver)}).encode()


def main(argv: list[str]) -> int:
    """Read a request, deliver it, and write the response."""
    connection = socket.socket(fileno=int(argv[0]))
    end_with_parent(int(argv[1]))
    with connection, connection.makefile("rb") as stream:
        request = json.load(stream)
        problem = deliver(Message(**request["message"]), Receiver(**request["receiver"]))
        connection.sendall(json.dumps({"problem": problem}).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
