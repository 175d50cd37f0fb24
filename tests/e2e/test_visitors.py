"""No visitor ever sees another visitor's frames."""

from __future__ import annotations

from tests.e2e.conftest import Launch, OpenPage
from tests.e2e.live_page import faces_seen, has_face, start_mirror
from tests.mirror_process import MirrorProcess


def test_every_visitor_sees_the_own_stream_only(server: MirrorProcess, open_page: OpenPage, launch: Launch) -> None:
    pages = {film: open_page(server.url, launch(film)) for film in ("left", "right", "nobody")}
    for page in pages.values():
        start_mirror(page)
    for page in pages.values():
        faces_seen(page, 2)
    seen = {film: faces_seen(page, 15) for film, page in pages.items()}
    assert not any(has_face(one) for one in seen["nobody"])
    for film in ("left", "right"):
        faces = [
            max(one["answer"]["faces"], key=lambda f: f["box"][2] - f["box"][0]) for one in seen[film] if has_face(one)
        ]
        assert len(faces) > len(seen[film]) / 2
        centres = [(face["box"][0] + face["box"][2]) / 2 for face in faces]
        assert all((centre < 320) == (film == "left") for centre in centres), centres
