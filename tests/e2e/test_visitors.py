"""No visitor gets another visitor's frames or detections."""

from __future__ import annotations

from tests.e2e.conftest import Launch, OpenPage
from tests.e2e.live_page import has_face, results, start_mirror
from tests.mirror_process import MirrorProcess


def test_every_visitor_gets_only_the_own_stream(server: MirrorProcess, open_page: OpenPage, launch: Launch) -> None:
    pages = {video: open_page(server.url, launch(video)) for video in ("left", "right", "nobody")}
    for page in pages.values():
        start_mirror(page)
    for page in pages.values():
        results(page, 2)
    found = {video: results(page, 15) for video, page in pages.items()}
    assert not any(has_face(one) for one in found["nobody"])
    for video in ("left", "right"):
        faces = [
            (max(one["result"]["faces"], key=lambda f: f["box"][2] - f["box"][0])["box"], one["result"]["width"])
            for one in found[video]
            if has_face(one)
        ]
        assert len(faces) > len(found[video]) / 2
        centres = [(box[0] + box[2]) / 2 / width for box, width in faces]
        assert all((centre < 0.5) == (video == "left") for centre in centres), centres
