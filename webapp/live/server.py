"""The Socket.IO server of the live page, bounded in every direction."""

from __future__ import annotations

from flask import Flask
from flask_socketio import SocketIO

from webapp.config import Settings
from webapp.live.packets import OneAttachmentPacket, handle_packets_strictly
from webapp.security import websocket_origins
from webapp.serving.live_connections import bound_connections


def create_socketio(app: Flask, settings: Settings) -> SocketIO:
    """Return the Socket.IO server of an app.

    Args:
        app: gets the server's route.
        settings: `async_mode`, `allow_polling`, `allowed_origins`, `live_max_bytes` and `live_messages_per_s` count.
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
        # So that the handler of `connect` may send an event.
        always_connect=True,
        serializer=OneAttachmentPacket,
    )
    handle_packets_strictly(socketio.server)
    bound_connections(socketio.server, max_message_bytes, settings.live_messages_per_s)
    return socketio
