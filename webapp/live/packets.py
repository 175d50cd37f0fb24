"""Socket.IO packets: one attachment at most, and a bad packet closes the connection."""

from __future__ import annotations

import logging

import socketio
from socketio.packet import Packet

log = logging.getLogger(__name__)


class OneAttachmentPacket(Packet):  # type: ignore[misc]
    """Refuses a packet that announces more than one binary attachment.

    The library keeps attachments in memory until the last one has come, so a client that announces a
    thousand and never ends fills the server. A frame has one.
    """

    def decode(self, encoded_packet: str) -> int:
        """Decode a packet's text part.

        Raises:
            ValueError: more than one attachment.
        """
        count: int = super().decode(encoded_packet)
        if count > 1:
            raise ValueError("a packet may carry one attachment")
        return count


def handle_packets_strictly(server: socketio.Server) -> None:
    """Close a connection after a bad packet, and yield to other threads after every packet.

    The library logs a traceback for each bad packet and goes on listening, so a client could fill the
    disk. And a reader that finds more in its socket never yields: the handlers that it started could
    not begin, and their frames would accumulate.

    Args:
        server: gets a stricter handler of Engine.IO messages.
    """
    handle = server._handle_eio_message

    def on_message(eio_sid: str, data: str | bytes) -> None:
        try:
            handle(eio_sid, data)
        except Exception as error:
            log.warning("closed a connection that sent a bad packet: %s", type(error).__name__)
            server.eio.disconnect(eio_sid)
        server.sleep(0)

    server.eio.on("message", on_message)
