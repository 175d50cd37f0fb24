"""Bounds of one live connection, in both async modes: its messages, their rate, and what waits to be sent to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from socketio import Server

from webapp.serving.message_rate import Rate, paced
from webapp.serving.outbox import bounded, cut_when_full, drained
from webapp.serving.threaded_websocket import PatientWebSocket

DRAIN_POLL_S = 0.005


def bound_connections(server: Server, max_message_bytes: int, messages_per_s: int) -> None:
    """Bound every connection of a Socket.IO server; call it once, before it serves.

    Args:
        server: in either async mode.
        max_message_bytes: largest message, however many pieces it comes in; a larger one closes the connection.
        messages_per_s: of one connection; what comes faster waits in the network. 0 for no limit.
    """
    parts = server.eio._async
    if server.eio.async_mode == "threading":
        websocket: Callable[..., Any] = partial(PatientWebSocket, max_message_size=max_message_bytes)
    else:
        websocket = parts["websocket"]  # takes the server's `max_http_buffer_size`

    def bounded_websocket(handler: Callable[[Any], Any], eio: Any) -> Callable[..., Any]:
        def paced_handler(connection: Any) -> Any:
            if messages_per_s:
                pause = partial(server.sleep, 1 / messages_per_s)
                connection.wait = paced(connection.wait, Rate(messages_per_s), pause)
            connection.wait = drained(connection.wait, handler, partial(server.sleep, DRAIN_POLL_S))
            return handler(connection)

        def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            cut_when_full(handler, _socket(environ))
            return websocket(paced_handler, eio)(environ, start_response)

        return serve

    server.eio._async = parts | {"queue": bounded(parts["queue"]), "websocket": bounded_websocket}


def _socket(environ: dict[str, Any]) -> Any:
    return environ["eventlet.input"].get_socket() if "eventlet.input" in environ else environ["werkzeug.socket"]
