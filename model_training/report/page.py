"""Renders the templates of the reports: one HTML file with its style in it, no scripts, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from model_training.report.words import count, ends_words, number, percent
from webapp.vision.detections import LABELS
from webapp.vision.styles import STYLES

FOLDER = Path(__file__).parent


def render_page(template: str, title: str, sections: Mapping[str, str], **values: Any) -> str:
    """Return a report as one HTML file.

    Args:
        template: name of a file in `templates/`, which extends `page.html` and has a block for every section, named
            as the section is, with `_` for `-`.
        title: for people.
        sections: heading of each section, by its name in the address.
        values: what the template shows besides.
    """
    return _environment().get_template(template).render(title=title, sections=sections, **values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        style=Markup((FOLDER / "style.css").read_text(encoding="utf-8")),
        states=dict(zip(LABELS, STYLES, strict=True)),
    )
    environment.filters.update(
        number=number,
        percent=percent,
        thousands=count,
        unbroken=_unbroken,
        number_ends=lambda interval: ends_words(interval, number),
        percent_ends=lambda interval: ends_words(interval, percent),
    )
    return environment


def _unbroken(html: Markup) -> Markup:
    # No line ends between a number and its per cent sign.
    return html.replace(" %", Markup("&nbsp;%"))
