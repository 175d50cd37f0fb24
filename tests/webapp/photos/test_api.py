from __future__ import annotations

import io

import numpy as np
import pytest
from flask.testing import FlaskClient

from tests.pictures import FACE_XYXY, astronaut_bgr, encoded, jpeg
from webapp.vision.boxes import box_iou

FACE = np.array([FACE_XYXY], np.float32)


@pytest.mark.parametrize(("format", "mimetype"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_a_raw_picture_gives_its_faces(client: FlaskClient, format: str, mimetype: str) -> None:
    response = client.post("/api/v1/detect", data=encoded(astronaut_bgr(), format), content_type=mimetype)
    answer = response.get_json()
    assert response.status_code == 200
    assert list(answer) == ["width", "height", "faces", "model", "elapsed_ms"]
    assert (answer["width"], answer["height"]) == (512, 512)
    assert set(answer["model"]) == {"detector", "classifier", "score_threshold"}
    (face,) = answer["faces"]
    assert list(face) == ["box", "detection_score", "label", "label_score", "label_probs"]
    assert list(face["label_probs"]) == ["with_mask", "without_mask", "mask_worn_incorrectly"]
    assert face["label_probs"][face["label"]] == face["label_score"] == max(face["label_probs"].values())
    assert sum(face["label_probs"].values()) == pytest.approx(1, abs=3e-4)
    assert face["label"] == "without_mask"
    assert box_iou(np.array([face["box"]], np.float32), FACE)[0, 0] > 0.7


def test_a_form_field_works_too(client: FlaskClient) -> None:
    form = {"image": (io.BytesIO(jpeg(astronaut_bgr())), "../../etc/passwd")}
    assert len(client.post("/api/v1/detect", data=form).get_json()["faces"]) == 1


def test_boxes_are_in_pixels_of_the_upright_picture(client: FlaskClient) -> None:
    lying = np.rot90(astronaut_bgr()[:384], 1)  # stored lying on its side; orientation 6 turns it upright
    data = encoded(lying, "JPEG", orientation=6)
    answer = client.post("/api/v1/detect", data=data, content_type="image/jpeg").get_json()
    assert (answer["width"], answer["height"]) == (512, 384)
    assert box_iou(np.array([answer["faces"][0]["box"]], np.float32), FACE)[0, 0] > 0.7


def test_a_48_megapixel_phone_photo_is_taken(client: FlaskClient) -> None:
    big = np.repeat(np.repeat(astronaut_bgr()[:384], 15, axis=0), 15, axis=1)[:5760, :7680]
    data = jpeg(big, quality=60)
    answer = client.post("/api/v1/detect", data=data, content_type="image/jpeg").get_json()
    assert (answer["width"], answer["height"]) == (7680, 5760)
    boxes = np.array([face["box"] for face in answer["faces"]], np.float32).reshape(-1, 4)
    assert box_iou(boxes, FACE * 15).max() > 0.7


@pytest.mark.parametrize(
    ("data", "mimetype", "status", "code", "sentence"),
    [
        (b"", "image/jpeg", 400, "bad_image", "not a picture"),
        (b"hello", "image/jpeg", 400, "bad_image", "not a picture"),
        (jpeg(astronaut_bgr())[:200], "image/jpeg", 400, "bad_image", "damaged"),
        (encoded(astronaut_bgr(), "GIF", "P"), "image/png", 415, "unsupported_media", "GIF"),
        (b"\0\0\0\x18ftypheic" + bytes(20), "image/jpeg", 415, "unsupported_media", "HEIC"),
        (jpeg(astronaut_bgr()), "text/plain", 415, "unsupported_media", "JPEG, PNG or WebP"),
        (jpeg(astronaut_bgr()), "", 415, "unsupported_media", "JPEG, PNG or WebP"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 400, "bad_request", "`image`"),
        (bytes(31_000_000), "image/jpeg", 413, "too_large", "30 MB"),
    ],
)
def test_bad_input_gets_a_code_and_a_sentence(
    client: FlaskClient, data: bytes, mimetype: str, status: int, code: str, sentence: str
) -> None:
    response = client.post("/api/v1/detect", data=data, content_type=mimetype)
    assert response.status_code == status
    assert response.get_json()["error"]["code"] == code
    assert sentence in response.get_json()["error"]["message"]


def test_unknown_addresses_and_verbs_get_errors_in_json(client: FlaskClient) -> None:
    assert client.get("/api/v1/nothing").get_json()["error"]["code"] == "not_found"
    response = client.get("/api/v1/detect")
    assert response.status_code == 405
    assert response.get_json()["error"]["code"] == "method_not_allowed"
    assert "POST" in response.headers["Allow"]
