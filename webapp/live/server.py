"""The Socket.IO server of the live page, bounded in every direction."""

from __future__ import annotations

from flask import Flask
from flask_socketio import SocketIO

from webapp.config import Settings
from webapp.live.packets import OneAttachmentPacket, handle_packets_strictly
from webapp.live.threaded_websocket import bound_messages
from webapp.security import websocket_origins


def create_socketio(app: Flask, settings: Settings) -> SocketIO:
    """Return the Socket.IO server of an app.

    Args:
        app: gets the server's route.
        settings: `async_mode`, `allow_polling`, `allowed_origins` and `live_max_bytes` count.
    """
    # A frame a little over the limit still gets its error as the acknowledgement; a larger one closes the connection.
    max_message_bytes = settings.live_max_bytes * 2
    socketio = SocketIO(
        app,
        async_mode=settings.async_mode,
        transports=["websocket", "polling"] if settings.allow_polling else ["websocket"],
        cors_allowed_origins=websocket_origins(settings),
        max_http_buffer_size=max_message_bytes,
        manage_session=False,
        serializer=OneAttachmentPacket,
    )
    handle_packets_strictly(socketio.server)
    if settings.async_mode == "threading":
        bound_messages(socketio.server, max_message_bytes)
    return socketio
