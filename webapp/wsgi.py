"""WSGI wrappers around the app."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WithoutDeflate:
    """Refuses per-message compression on websockets by never showing the offer to the server.

    A JPEG does not get smaller; deflating it anyway cost 1.5 ms of a 5 ms round trip.

    Args:
        app: the WSGI app behind.
    """

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return self._app(environ, start_response)
