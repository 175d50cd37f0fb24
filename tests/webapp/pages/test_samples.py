"""The samples of the pages: small, of known origin, and detected as they are drawn."""

from __future__ import annotations

from flask.testing import FlaskClient

from webapp.pages.routes import STATIC

SAMPLES = STATIC / "samples"


def test_samples_are_small_and_say_where_they_come_from() -> None:
    files = {path.name: path.stat().st_size for path in SAMPLES.iterdir()}
    assert set(files) == {"photo.jpg", "video.mp4", "ORIGIN.md"}
    assert sum(files.values()) < 300_000
    assert "public domain" in (SAMPLES / "ORIGIN.md").read_text(encoding="utf-8")


def test_pages_offer_samples_that_exist(client: FlaskClient) -> None:
    for path, name in (("/", "video.mp4"), ("/photo", "photo.jpg"), ("/video", "video.mp4")):
        assert f'data-sample-url="/static/samples/{name}"' in client.get(path).text
        assert client.get(f"/static/samples/{name}").status_code == 200


def test_masks_of_the_photo_are_detected_as_they_are_drawn(client: FlaskClient) -> None:
    response = client.post("/api/v1/detect", data=(SAMPLES / "photo.jpg").read_bytes(), content_type="image/jpeg")
    faces = sorted(response.get_json()["faces"], key=lambda face: face["box"][0])
    assert [face["label"] for face in faces] == ["with_mask", "mask_worn_incorrectly", "without_mask"]
    assert all(face["label_score"] > 0.6 for face in faces)
