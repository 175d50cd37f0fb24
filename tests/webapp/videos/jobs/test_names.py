from __future__ import annotations

import pytest

from webapp.videos.jobs.names import display_name, download_name


@pytest.mark.parametrize(
    ("name", "shown", "saved"),
    [
        ("holiday.mov", "holiday.mov", "holiday-masks.mp4"),
        ("../../etc/passwd", "passwd", "passwd-masks.mp4"),
        ("C:\\videos\\a.avi", "a.avi", "a-masks.mp4"),
        ("a\0b\r\nc.mp4", "abc.mp4", "abc-masks.mp4"),
        ("gp\u202e4pm.exe", "gp4pm.exe", "gp4pm-masks.mp4"),
        ("CON", "CON", "CON-masks.mp4"),
        ("-i", "-i", "i-masks.mp4"),
        ("<script>alert(1)</script>.mp4", "script>.mp4", "script-masks.mp4"),
        ("x" * 300 + ".mp4", "x" * 200, "x" * 100 + "-masks.mp4"),
        ("Été à Zürich.mp4", "Été à Zürich.mp4", "Été à Zürich-masks.mp4"),
        ("", "video", "video-masks.mp4"),
        (None, "video", "video-masks.mp4"),
        ("...", "video", "video-masks.mp4"),
    ],
)
def test_names_are_text(name: str | None, shown: str, saved: str) -> None:
    assert display_name(name) == shown
    assert download_name(shown) == saved
