"""Run the HTTP server of the async mode."""

from __future__ import annotations

from socket import socket

from flask import Flask

from webapp.config import Settings
from webapp.serving.addresses import PlacesPerAddress
from webapp.serving.descriptors import connections_that_fit
from webapp.serving.request_reader import read_limits


def run_server(app: Flask, listener: socket, settings: Settings, certificate: dict[str, str] | None) -> None:
    """Serve until the process ends.

    Args:
        app: to serve.
        listener: of `open_listener`.
        settings: `async_mode` and the limits of connections and uploads count.
        certificate: `certfile` and `keyfile` for https, in eventlet mode alone; None for http.
    """
    connections = connections_that_fit(settings.connections_max)
    # Behind a proxy all connections come from one address; see `wsgi.wrap`.
    places = PlacesPerAddress(0 if settings.trusted_proxies else settings.connections_per_address)
    limits = read_limits(settings)
    if settings.async_mode == "eventlet":
        from webapp.serving.eventlet_server import serve_eventlet

        serve_eventlet(app, listener, places, limits, connections, certificate)
    else:
        from webapp.serving.threaded_server import ThreadedServer

        ThreadedServer(app, listener, places, limits, connections).serve_forever()
