"""The frame of every report: one HTML file with its style in it, no scripts, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path


def page(title: str, lead: str, sections: Mapping[str, tuple[str, str]]) -> str:
    """Return a report as one HTML file.

    Args:
        title: for people.
        lead: HTML, what matters most.
        sections: heading and HTML of each, by its name in the address.
    """
    bodies = "".join(
        f'<section id="{key}"><h2>{escape(heading)}</h2>{body}</section>' for key, (heading, body) in sections.items()
    )
    links = "".join(f'<li><a href="#{key}">{escape(heading)}</a></li>' for key, (heading, _) in sections.items())
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main><h1>{escape(title)}</h1>{lead}"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav>{bodies}</main></body></html>\n'
    )
