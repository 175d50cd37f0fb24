"""What a report's page is made of."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "col", "path", "circle", "rect", "polyline", "image", "img"}


class Outline(HTMLParser):
    """Collects what a page is made of, and fails where tags do not fit into each other."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def read_outline(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return a page's tags, having made sure that it stands alone: nothing leads out of it, no link into nothing."""
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert "script" not in [tag for tag, _ in outline.tags]
    links = [attrs[key] or "" for _, attrs in outline.tags for key in ("src", "href") if key in attrs]
    assert all(link.startswith(("#", "data:")) for link in links)
    # Outside the pictures' own bytes.
    assert not re.search(r"url\(|@import|https?:", re.sub(r"data:image/jpeg;base64,[^\"]+", "", page))
    ids = {attrs["id"] for _, attrs in outline.tags if "id" in attrs}
    assert {link for link in links if link.startswith("#")} == {f"#{name}" for name in ids}
    return outline.tags
