"""Socket.IO packets as this server accepts them."""

from __future__ import annotations

from socketio.packet import Packet


class OneAttachmentPacket(Packet):  # type: ignore[misc]
    """Refuses a packet that announces more than one binary attachment.

    The library keeps attachments in memory until the last one has come, so a client that announces a
    thousand and never ends fills the server. A frame has one.
    """

    def decode(self, encoded_packet: str) -> int:
        """Decode a packet's text part.

        Raises:
            ValueError: more than one attachment; the connection is closed.
        """
        count: int = super().decode(encoded_packet)
        if count > 1:
            raise ValueError("a packet may carry one attachment")
        return count
