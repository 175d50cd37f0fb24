"""WSGI wrappers around the app."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.config import Settings

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def wrap(app: Flask, settings: Settings) -> None:
    """Put the wrappers around an app.

    Args:
        app: the app.
        settings: `trusted_proxies` counts.
    """
    app.wsgi_app = WithoutDeflate(app.wsgi_app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        # Not X-Forwarded-Host: the own-origin rule rests on the host, and not every router overwrites that header.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]


class WithoutDeflate:
    """Refuses per-message compression on websockets: the server never receives the offer.

    A JPEG does not get smaller; deflating it anyway cost 1.5 ms of a 5 ms round trip.

    Args:
        app: the wrapped WSGI app.
    """

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return self._app(environ, start_response)
