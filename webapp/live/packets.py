"""Socket.IO packets: one attachment at most, a bad packet closes the connection, frames need no thread each."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

import socketio
from engineio.exceptions import SocketIsClosedError
from socketio.packet import ACK, Packet

log = logging.getLogger(__name__)

Acknowledge = Callable[[str], None]
"""Sends the acknowledgement of an event, one JSON value as text. Nothing happens where the connection has ended."""


class OneAttachmentPacket(Packet):  # type: ignore[misc]
    """Refuses a packet that announces more than one binary attachment, or that is for a namespace.

    The library keeps attachments in memory until the last one has come, so a client that announces a
    thousand and never ends fills the server. A frame has one. And it refuses a namespace by repeating its name, of any
    length.
    """

    def decode(self, encoded_packet: str) -> int:
        """Decode a packet's text part.

        Raises:
            ValueError: more than one attachment, or a namespace.
        """
        count: int = super().decode(encoded_packet)
        if count > 1:
            raise ValueError("a packet may carry one attachment")
        if self.namespace not in (None, "/"):
            raise ValueError("there are no namespaces")
        return count


def handle_packets_strictly(server: socketio.Server) -> None:
    """Close a connection after a bad packet, and yield to other threads after every attachment.

    The library logs a traceback for each bad packet and goes on listening, so a client could fill the
    disk. And a reader that finds more in its socket never yields: the handlers that it started could
    not begin, and their frames would accumulate.

    Args:
        server: gets a stricter handler of Engine.IO messages.
    """
    handle = server._handle_eio_message

    def on_message(eio_sid: str, data: str | bytes) -> None:
        connection = server.eio.sockets.get(eio_sid)
        if connection is None or connection.closed:
            return  # what came with a bad packet: a connection that has ended must not join again
        try:
            handle(eio_sid, data)
        except Exception as error:
            log.warning("closed a connection that sent a bad packet: %s", type(error).__name__)
            # `server.eio.disconnect` waits until all is sent: here, in the reading thread, for ever if that fails.
            connection.close(wait=False, reason=server.eio.reason.SERVER_DISCONNECT)
        if isinstance(data, bytes):
            server.sleep(0)  # after text the websocket of eventlet yields by itself

    server.eio.on("message", on_message)


def handle_directly(
    server: socketio.Server, event: str, handle: Callable[[str, tuple[object, ...], Acknowledge], None]
) -> None:
    """Handle an event where its packet is read; the handler must not wait, and may acknowledge at any later time.

    The library begins a (green) thread with Flask's request context for each event and acknowledges when it returns:
    a frame that waits would keep one, and one that is dropped would cost as much as its answer.

    Args:
        server: its other events are handled as before.
        event: its name.
        handle: gets the connection's id, the arguments, and the way to acknowledge.
    """
    handle_others = server._handle_event

    def on_event(eio_sid: str, namespace: str | None, packet_id: int | None, data: list[object]) -> None:
        if namespace or not isinstance(data, list) or data[0] != event:
            handle_others(eio_sid, namespace, packet_id, data)
            return

        def acknowledge(json_text: str) -> None:
            if packet_id is not None:
                with suppress(SocketIsClosedError):
                    server.eio.send(eio_sid, f"{ACK}{packet_id}[{json_text}]")

        handle(server.manager.sid_from_eio_sid(eio_sid, "/"), tuple(data[1:]), acknowledge)

    server._handle_event = on_event
