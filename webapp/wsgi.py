"""WSGI wrappers around the app."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wsgi import ClosingIterator

from webapp.config import Settings
from webapp.protocol import error_json
from webapp.serving.addresses import PlacesPerAddress
from webapp.serving.handshake import StrictHandshakes

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def wrap(app: Flask, settings: Settings) -> None:
    """Put the wrappers around an app.

    Args:
        app: the app.
        settings: `trusted_proxies`, `allowed_hosts` and `connections_per_address` count.
    """
    app.wsgi_app = StrictHandshakes(WithoutDeflate(app.wsgi_app))  # type: ignore[method-assign]
    hosts = [host.strip() for host in settings.allowed_hosts.split(",") if host.strip()]
    if hosts:
        app.wsgi_app = KnownHosts(app.wsgi_app, hosts)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = RequestsPerAddress(app.wsgi_app, settings.connections_per_address)  # type: ignore[method-assign]
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


class RequestsPerAddress:
    """Serves so many requests of one address at once, websockets included; to be wrapped in `ProxyFix`.

    Behind a proxy all connections are the proxy's, so that the listener cannot tell visitors apart.

    Args:
        app: the wrapped WSGI app.
        most: requests; 0 for no limit.
    """

    def __init__(self, app: WsgiApp, most: int) -> None:
        self._app = app
        self._places = PlacesPerAddress(most)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        address = environ.get("REMOTE_ADDR", "")
        if not self._places.take(address):
            start_response("429 Too Many Requests", [("Content-Length", "0"), ("Retry-After", "10")])
            return []
        give_back = partial(self._places.give_back, address)
        try:
            return ClosingIterator(self._app(environ, start_response), give_back)
        except BaseException:
            give_back()
            raise


class KnownHosts:
    """Answers requests for unknown hosts with 421: pages of another name must not pass for this server's own.

    Args:
        app: the wrapped WSGI app.
        hosts: allowed values of `Host`, without a port; one that begins with a dot allows all names below it.
    """

    def __init__(self, app: WsgiApp, hosts: list[str]) -> None:
        self._app = app
        self._hosts = [host.lower() for host in hosts]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        # Platforms ask for these by address.
        is_check = environ.get("PATH_INFO") in ("/healthz", "/readyz")
        if is_check or host_is_trusted(environ.get("HTTP_HOST", "").lower(), self._hosts):
            return self._app(environ, start_response)
        body = json.dumps(error_json("unknown_host", "This server is not known under this name.")).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Connection", "close")]
        start_response("421 Misdirected Request", headers)
        return [body]
