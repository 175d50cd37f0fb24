"""Run the server until it is stopped."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from pathlib import Path

from flask import Flask

from webapp.app import MaskMirror, create_app
from webapp.config import Settings
from webapp.protocol import EVENT_GOODBYE
from webapp.vision.errors import ModelError

log = logging.getLogger("webapp")
GOODBYE_S = 0.5
POLL_S = 0.2
LOOPBACK, EVERYWHERE = ("127.0.0.1", "::1", "localhost"), ("0.0.0.0", "::")
WORKER_STOP_S = 15.0


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or Ctrl-C; return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    # Werkzeug, the server of threading mode, logs a line for every request and for every client that hangs up.
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    try:
        _check_startable(settings)
        app = create_app(settings)
    except (ModelError, ValueError) as error:
        print(f"Mask Mirror cannot start: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Mask Mirror cannot start: {error.strerror} ({error.filename or settings.port}).", file=sys.stderr)
        return 1
    mirror: MaskMirror = app.extensions["mask_mirror"]
    if not (Path(app.static_folder or "") / "vendor").is_dir():
        log.warning("static/vendor is empty: the live page needs `make setup`, or `npm ci && npm run build`")
    mirror.supervisor.start()
    signals: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: signals.append(number))
    mirror.socketio.start_background_task(_stop_after_signal, mirror, signals)
    try:
        _run(mirror, app)
    except KeyboardInterrupt:
        pass
    finally:
        mirror.supervisor.stop(WORKER_STOP_S)
    return 0


def _check_startable(settings: Settings) -> None:
    if settings.https and settings.async_mode != "eventlet":
        # Werkzeug shakes hands with one client at a time: a single silent one would block all others.
        raise ValueError("https is served in eventlet mode alone; leave out --async-mode threading.")
    family, kind, protocol, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _run(mirror: MaskMirror, app: Flask) -> None:
    settings = mirror.settings
    options: dict[str, object] = {"host": settings.host, "port": settings.port}
    if settings.async_mode == "eventlet":
        options |= {"log_output": False}
    else:
        options |= {"allow_unsafe_werkzeug": True}
    scheme = "http"
    if settings.https:
        from webapp.certificate import announce, self_signed_certificate

        scheme = "https"
        options |= self_signed_certificate(settings.data_folder)
        if settings.host not in LOOPBACK:
            announce(settings.port)
    host = "localhost" if settings.host in (*LOOPBACK, *EVERYWHERE) else settings.host
    log.info("Mask Mirror listens on %s; open %s://%s:%d", settings.host, scheme, host, settings.port)
    mirror.socketio.run(app, **options)


def _stop_after_signal(mirror: MaskMirror, signals: list[int]) -> None:
    # A signal handler may interrupt anything, even eventlet's hub, where nothing may wait: it only leaves
    # its number in a list, and this (green) thread reads it.
    while not signals:
        mirror.socketio.sleep(POLL_S)
    mirror.socketio.emit(EVENT_GOODBYE, {})
    mirror.supervisor.stop(WORKER_STOP_S)
    mirror.socketio.sleep(GOODBYE_S)
    logging.shutdown()
    # Neither server can be stopped from another (green) thread: an exception raised here would end this
    # thread alone. Nothing is lost: the jobs are back in their table and the worker is gone.
    os._exit(0)
