"""Websocket handshakes: those of RFC 6455 pass, all others are answered before a websocket library sees them.

Needed for eventlet 0.41 (without a version it parses the drafts hixie-75 and 76: no limit of size, quadratic time) and
for wsproto 1.3, whose errors become status 500.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any

VERSION = "13"
_KEY_BYTES = 16


def handshake_fault(environ: dict[str, Any]) -> str | None:
    """Return the status with which a request is refused; None for a proper handshake and for anything else.

    Args:
        environ: WSGI environment.
    """
    if "websocket" not in _tokens(environ, "HTTP_UPGRADE"):
        return None
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != VERSION:
        return "426 Upgrade Required"
    proper = (
        environ["REQUEST_METHOD"] == "GET"
        and _tokens(environ, "HTTP_UPGRADE") == ["websocket"]
        and "upgrade" in _tokens(environ, "HTTP_CONNECTION")
        and environ.get("CONTENT_LENGTH") in (None, "", "0")
        and "HTTP_TRANSFER_ENCODING" not in environ
        and _is_key(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""))
    )
    return None if proper else "400 Bad Request"


class StrictHandshakes:
    """Answers websocket handshakes that are not those of the standard, and closes their connection.

    Args:
        app: the wrapped WSGI app.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        status = handshake_fault(environ)
        if status is None:
            return self._app(environ, start_response)
        start_response(status, [("Connection", "close"), ("Content-Length", "0"), ("Sec-WebSocket-Version", VERSION)])
        return []


def _tokens(environ: dict[str, Any], name: str) -> list[str]:
    return [token.strip().lower() for token in environ.get(name, "").split(",")]


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except (ValueError, binascii.Error):
        return False
