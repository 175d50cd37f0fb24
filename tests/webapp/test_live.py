"""Live frames through real packets: Socket.IO over a real websocket, against a real server in both async modes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.mirror_process import MirrorProcess
from tests.pictures import FACE_XYXY, astronaut_bgr, jpeg
from webapp.live import Turnstile
from webapp.vision.boxes import box_iou


def test_a_frame_is_answered_by_its_acknowledgement(mirror: MirrorProcess) -> None:
    client = mirror.connect()
    answer = client.call("frame", ({"seq": 7, "captured_ms": 1234.5}, jpeg(astronaut_bgr())))
    client.disconnect()
    assert answer["seq"] == 7
    assert (answer["width"], answer["height"]) == (512, 512)
    assert set(answer["timings"]) == {"queue_ms", "decode_ms", "detect_ms", "classify_ms"}
    (face,) = answer["faces"]
    assert set(face) == {"box", "detection_score", "label", "label_score", "track_id"}
    assert face["track_id"] is None
    assert face["label"] == "without_mask"
    assert box_iou(np.array([face["box"]], np.float32), np.array([FACE_XYXY], np.float32))[0, 0] > 0.7


def test_two_connections_get_their_own_answers(mirror: MirrorProcess) -> None:
    somebody, nobody = mirror.connect(), mirror.connect()
    empty = jpeg(np.full((240, 320, 3), 100, np.uint8))
    for seq in range(5):
        seen = somebody.call("frame", ({"seq": seq, "captured_ms": 0}, jpeg(astronaut_bgr())))
        unseen = nobody.call("frame", ({"seq": seq + 100, "captured_ms": 0}, empty))
        assert (seen["seq"], seen["width"], len(seen["faces"])) == (seq, 512, 1)
        assert (unseen["seq"], unseen["width"], unseen["faces"]) == (seq + 100, 320, [])
    somebody.disconnect()
    nobody.disconnect()


def test_an_error_is_an_acknowledgement_too_and_the_connection_lives_on(mirror: MirrorProcess) -> None:
    client = mirror.connect()
    refused = client.call("frame", ({"seq": 1, "captured_ms": 0}, b"no picture"))
    assert refused["seq"] == 1
    assert refused["error"]["code"] == "bad_image"
    assert client.call("frame", ({"seq": 2, "captured_ms": 0}, jpeg(astronaut_bgr())))["faces"]
    client.disconnect()


def test_the_turnstile_keeps_the_newest() -> None:
    from concurrent.futures import ThreadPoolExecutor
    from time import sleep

    gate = Turnstile()
    assert gate.enter()
    with ThreadPoolExecutor(3) as threads:
        waiting = []
        for _ in range(3):
            waiting.append(threads.submit(gate.enter))
            sleep(0.05)
        assert [w.result(5) for w in waiting[:2]] == [False, False]
        assert not waiting[2].done()
        gate.leave()
        assert waiting[2].result(5) is True
    gate.leave()
    assert gate.enter()


def test_a_closed_turnstile_lets_nothing_in() -> None:
    gate = Turnstile()
    gate.close()
    assert gate.closed
    assert not gate.enter()


@pytest.mark.parametrize("polling", ["polling"])
def test_long_polling_is_refused_by_default(mirror: MirrorProcess, polling: str) -> None:
    import requests

    response = requests.get(f"{mirror.url}/socket.io/", params={"EIO": "4", "transport": polling}, timeout=5)
    assert response.status_code == 400
