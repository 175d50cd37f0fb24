"""Live frames through real packets: Socket.IO over a real websocket, against a real server in both async modes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.mirror_process import MirrorProcess, mirror_process
from tests.pictures import FACE_XYXY, astronaut_bgr, encoded, jpeg, masked_astronaut_bgr
from tests.uncertain import uncertain_astronaut
from webapp.config import Settings
from webapp.pipelines import build_stream_pipeline
from webapp.vision.boxes import box_iou
from webapp.vision.frames import Frame


def test_a_frame_is_answered_by_its_acknowledgement(mirror: MirrorProcess) -> None:
    client = mirror.connect()
    answer = client.call("frame", ({"seq": 7, "captured_ms": 1234.5}, jpeg(astronaut_bgr())))
    client.disconnect()
    assert answer["seq"] == 7
    assert (answer["width"], answer["height"]) == (512, 512)
    assert set(answer["timings"]) == {"queue_ms", "decode_ms", "detect_ms", "classify_ms"}
    (face,) = answer["faces"]
    assert set(face) == {"box", "detection_score", "label", "label_score", "label_probs", "track_id"}
    assert face["label_probs"][face["label"]] == face["label_score"]
    assert sum(face["label_probs"].values()) == pytest.approx(1, abs=3e-4)
    assert face["track_id"] == 1
    assert face["label"] == "without_mask"
    assert box_iou(np.array([face["box"]], np.float32), np.array([FACE_XYXY], np.float32))[0, 0] > 0.6


def test_a_client_is_told_which_size_the_server_works_with(mirror: MirrorProcess) -> None:
    client = mirror.connect()
    assert client.receive(timeout=10) == ["frame_size", {"longer_side_px": 416}]
    client.disconnect()


def test_two_connections_get_their_own_detections(mirror: MirrorProcess) -> None:
    somebody, nobody = mirror.connect(), mirror.connect()
    empty = jpeg(np.full((240, 320, 3), 100, np.uint8))
    for seq in range(5):
        seen = somebody.call("frame", ({"seq": seq, "captured_ms": 0}, jpeg(astronaut_bgr())))
        unseen = nobody.call("frame", ({"seq": seq + 100, "captured_ms": 0}, empty))
        assert (seen["seq"], seen["width"], len(seen["faces"])) == (seq, 512, 1)
        assert (unseen["seq"], unseen["width"], unseen["faces"]) == (seq + 100, 320, [])
    somebody.disconnect()
    nobody.disconnect()


def wandering_faces(client: Any, seq: int, picture: Frame) -> list[dict[str, Any]]:
    """Send a picture a little farther to the right with each number, and return its faces."""
    frame = np.roll(picture, 4 * seq, axis=1)
    answer = client.call("frame", ({"seq": seq, "captured_ms": 5000 + 40 * seq}, jpeg(frame)))
    faces: list[dict[str, Any]] = answer["faces"]
    return faces


def test_each_connection_is_tracked_by_itself(mirror: MirrorProcess) -> None:
    alone = mirror.connect()
    expected = [wandering_faces(alone, seq, astronaut_bgr()) for seq in range(8)]
    alone.disconnect()
    assert [[face["track_id"] for face in faces] for faces in expected] == [[1]] * 8
    somebody, somebody_else = mirror.connect(), mirror.connect()
    # Two faces with masks in the place where the other's face is without: nothing of them may show there.
    couple = np.concatenate([masked_astronaut_bgr(), np.roll(astronaut_bgr(), 20, axis=0)], axis=1)
    for seq in range(8):
        theirs = wandering_faces(somebody_else, seq, couple)
        assert wandering_faces(somebody, seq, astronaut_bgr()) == expected[seq]
        assert {face["track_id"] for face in theirs} <= {1, 2}
    somebody.disconnect()
    somebody_else.disconnect()
    again = mirror.connect()
    assert wandering_faces(again, 0, astronaut_bgr()) == expected[0]
    again.disconnect()


def test_tracking_can_be_switched_off(tmp_path: Path) -> None:
    with mirror_process(tmp_path, "threading", MASK_MIRROR_TRACK="no") as mirror:
        client = mirror.connect()
        assert [face["track_id"] for seq in (0, 1) for face in wandering_faces(client, seq, astronaut_bgr())] == [
            None
        ] * 2
        client.disconnect()


def test_a_frame_may_have_a_threshold_of_its_own(mirror: MirrorProcess) -> None:
    client = mirror.connect()

    def faces(**more: float) -> list[dict[str, Any]]:
        answer = client.call("frame", ({"seq": 1, "captured_ms": 0, **more}, jpeg(astronaut_bgr())))
        found: list[dict[str, Any]] = answer["faces"]
        return found

    (face,) = faces()
    assert 0.3 < face["detection_score"] < 1
    assert faces(score_threshold=1) == []
    assert len(faces(score_threshold=face["detection_score"] - 0.01)) == 1
    assert len(faces(score_threshold=0.3)) >= 1
    assert len(faces()) == 1
    client.disconnect()


def test_a_frame_may_have_a_threshold_below_that_of_the_server(tmp_path: Path) -> None:
    with mirror_process(tmp_path, "threading", MASK_MIRROR_SCORE_THRESHOLD="1") as mirror:
        client = mirror.connect()
        picture = jpeg(astronaut_bgr())
        assert client.call("frame", ({"seq": 1, "captured_ms": 0}, picture))["faces"] == []
        head = {"seq": 2, "captured_ms": 40, "score_threshold": 0.3}
        assert len(client.call("frame", (head, picture))["faces"]) >= 1
        client.disconnect()


def test_second_opinions_count_live(tmp_path: Path) -> None:
    pipeline = build_stream_pipeline(Settings())
    frame, _ = uncertain_astronaut(pipeline)
    data = encoded(frame, "JPEG")
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    alone, verified = pipeline.detect(decoded), pipeline.run(decoded)
    assert alone.label_probs is not None
    assert verified.label_probs is not None
    assert np.abs(alone.label_probs - verified.label_probs).max() > 0.01
    for labels, expected in (("verified", verified), ("detector", alone)):
        with mirror_process(tmp_path / labels, "threading", MASK_MIRROR_STREAM_LABELS=labels) as mirror:
            client = mirror.connect()
            (face,) = client.call("frame", ({"seq": 1, "captured_ms": 0}, data))["faces"]
            client.disconnect()
        assert expected.label_probs is not None
        assert list(face["label_probs"].values()) == pytest.approx(expected.label_probs[0].tolist(), abs=1e-3)


def test_an_error_is_an_acknowledgement_too_and_the_connection_lives_on(mirror: MirrorProcess) -> None:
    client = mirror.connect()
    refused = client.call("frame", ({"seq": 1, "captured_ms": 0}, b"no picture"))
    assert refused["seq"] == 1
    assert refused["error"]["code"] == "bad_image"
    assert client.call("frame", ({"seq": 2, "captured_ms": 0}, jpeg(astronaut_bgr())))["faces"]
    client.disconnect()


@pytest.mark.parametrize("polling", ["polling"])
def test_long_polling_is_refused_by_default(mirror: MirrorProcess, polling: str) -> None:
    import requests

    response = requests.get(f"{mirror.url}/socket.io/", params={"EIO": "4", "transport": polling}, timeout=5)
    assert response.status_code == 400
