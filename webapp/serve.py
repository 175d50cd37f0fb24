"""Run the server until it is stopped."""

from __future__ import annotations

import faulthandler
import gc
import logging
import os
import signal
import socket
import sys
from pathlib import Path

from flask import Flask

from webapp.app import MaskMirror, create_app
from webapp.config import Settings
from webapp.logs.configuration import configure_logging
from webapp.logs.log_limit import LogLimit
from webapp.protocol import EVENT_GOODBYE
from webapp.serving.listener import open_listener
from webapp.serving.server import run_server
from webapp.supervision.heartbeat import beat
from webapp.supervision.restarts import HUNG
from webapp.supervision.watchdog import watch
from webapp.vision.errors import ModelError

log = logging.getLogger("webapp")
GOODBYE_S = 0.5
POLL_S = 0.2
LOOPBACK, EVERYWHERE = ("127.0.0.1", "::1", "localhost"), ("0.0.0.0", "::")
WORKER_STOP_S = 15.0
SWITCH_INTERVAL_S = 0.0005
"""Longest time that one thread keeps the interpreter while others want it. An inference takes it a dozen times, and
with Python's 5 ms it waits each time for the thread that reads from hundreds of clients."""


def serve(settings: Settings, heart: socket.socket | None = None) -> int:
    """Serve until SIGTERM, Ctrl-C or a hang; return the exit status.

    Args:
        settings: of the server.
        heart: gets heartbeats, where another process watches over this one.
    """
    configure_logging(settings, "web")
    faulthandler.enable()
    # What the server writes is for its own account: uploads, results, the job table, keys.
    os.umask(0o077)
    for handler in logging.getLogger().handlers:
        handler.addFilter(LogLimit())
    # Werkzeug, the server of threading mode, logs a line for every request and for every client that hangs up.
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    try:
        _check_secret_key(settings)
        listener = _listen(settings)
        app = create_app(settings)
    except (ModelError, ValueError) as error:
        print(f"Mask Mirror cannot start: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Mask Mirror cannot start: {error.strerror} ({error.filename or settings.port}).", file=sys.stderr)
        return 1
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.freeze()  # what is loaded now stays: no collection examines it again
    mirror: MaskMirror = app.extensions["mask_mirror"]
    if not (Path(app.static_folder or "") / "vendor").is_dir():
        log.warning("static/vendor is empty: the live page needs `make setup`, or `npm ci && npm run build`")
    if settings.embedded_worker:
        mirror.supervisor.start()
    if mirror.studio is not None:
        mirror.studio.start()
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: signals.append(number))
    mirror.socketio.start_background_task(_stop_after_signal, mirror, signals)
    mirror.socketio.start_background_task(_end_after_hang, mirror, signals, heart)
    try:
        _run(mirror, app, listener)
        log.critical("the listener ended without being asked to")
    finally:
        _stop_workers(mirror)
    return HUNG


def _check_secret_key(settings: Settings) -> None:
    if settings.database_url and not settings.secret_key:
        raise ValueError(
            "SECRET_KEY is missing: with DATABASE_URL every web process needs the same one, which signs the cookies by "
            "which visitors own their videos."
        )


def _listen(settings: Settings) -> socket.socket:
    if settings.https and settings.async_mode != "eventlet":
        # Werkzeug shakes hands with one client at a time: a single silent one would block all others.
        raise ValueError("https is served in eventlet mode alone; leave out --async-mode threading.")
    # Before anything is loaded: of two servers that start at once on one port, one ends here.
    return open_listener(settings.host, settings.port)


def _run(mirror: MaskMirror, app: Flask, listener: socket.socket) -> None:
    settings = mirror.settings
    certificate = None
    if settings.https:
        from webapp.serving.certificate import announce, self_signed_certificate

        certificate = self_signed_certificate(settings.data_folder)
        if settings.host not in LOOPBACK:
            announce(settings.port)
    host = "localhost" if settings.host in (*LOOPBACK, *EVERYWHERE) else settings.host
    scheme = "http" if certificate is None else "https"
    log.info("Mask Mirror listens on %s; open %s://%s:%d", settings.host, scheme, host, settings.port)
    run_server(app, listener, settings, certificate)


def _end_after_hang(mirror: MaskMirror, signals: list[int], heart: socket.socket | None) -> None:
    def tell() -> None:
        if heart is not None and not beat(heart):
            signals.append(signal.SIGTERM)  # whoever started this server is gone

    watch(mirror.inference.calls, mirror.settings.inference_deadline_s, tell, mirror.socketio.sleep)
    log.critical("live inference has hung for %.0f s; the server ends", mirror.inference.calls.oldest_s())
    faulthandler.dump_traceback()
    logging.shutdown()
    # At once: a native thread that hangs cannot be stopped. The worker notices and puts its job back.
    os._exit(HUNG)


def _stop_workers(mirror: MaskMirror) -> None:
    if mirror.studio is not None:
        mirror.studio.stop(WORKER_STOP_S)
    mirror.supervisor.stop(WORKER_STOP_S)


def _stop_after_signal(mirror: MaskMirror, signals: list[int]) -> None:
    # A signal handler may interrupt anything, even eventlet's hub, where nothing may wait: it only leaves
    # its number in a list, and this (green) thread reads it.
    while not signals:
        mirror.socketio.sleep(POLL_S)
    mirror.socketio.emit(EVENT_GOODBYE, {})
    _stop_workers(mirror)
    mirror.socketio.sleep(GOODBYE_S)
    logging.shutdown()
    # Neither server can be stopped from another (green) thread: an exception raised here would end this
    # thread alone. Nothing is lost: the jobs are back in their table and the worker is gone.
    os._exit(0)
