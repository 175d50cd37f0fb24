from __future__ import annotations

from typing import Any

import pytest

from tests.mirror_process import MirrorProcess
from webapp.live.packets import OneAttachmentPacket
from webapp.wsgi import WithoutDeflate


def test_the_offer_of_compression_is_hidden_from_the_server() -> None:
    seen: dict[str, Any] = {}
    wrapped = WithoutDeflate(lambda environ, start_response: seen.update(environ) or [])
    wrapped({"HTTP_SEC_WEBSOCKET_EXTENSIONS": "permessage-deflate", "PATH_INFO": "/"}, lambda *_: None)
    assert seen == {"PATH_INFO": "/"}


def test_a_real_handshake_grants_no_compression(mirror: MirrorProcess) -> None:
    from bench.client import LiveClient
    from tests.pictures import astronaut_bgr, jpeg

    client = LiveClient(mirror.port, jpeg(astronaut_bgr()), offer_deflate=True)
    assert not client.deflated
    answer, _ = client.call(1)
    assert len(answer["faces"]) == 1
    client.close()


def test_one_attachment_passes_two_do_not() -> None:
    assert OneAttachmentPacket(encoded_packet='51-["frame",{"_placeholder":true,"num":0}]').attachment_count == 1
    for count in (2, 1000):
        with pytest.raises(ValueError, match="one attachment"):
            OneAttachmentPacket(encoded_packet=f'5{count}-["frame"]')
