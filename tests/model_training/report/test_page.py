from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from jinja2 import UndefinedError

from model_training.report.close_up_page import WAY_WORDS
from model_training.report.contact_sheets import GROUND_TRUTH, Example, Group, sheets
from model_training.report.page import render_page
from model_training.report.tables import Table
from tests.model_training.report_outline import read_outline
from webapp.vision.detections import LABELS

HOSTILE = '<i title="x">&amp;</i>'
ESCAPED = "&lt;i title=&#34;x&#34;&gt;&amp;amp;&lt;/i&gt;"
SECTIONS = {"metrics": "Metrics", "live": HOSTILE, "how": "Method"}


def page(sections: dict[str, str] = SECTIONS, **changes: Any) -> str:
    """Return a report of close-ups in which every text that comes from outside is markup."""
    example = Example(HOSTILE, ((GROUND_TRUTH, np.array([2.0, 2, 9, 9])),), LABELS[0], LABELS[1], HOSTILE)
    group = Group(HOSTILE, (example,))
    values: dict[str, Any] = {
        "metrics": {
            "least_right": 0.95,
            "failing": [HOSTILE],
            "models": {"live": {"detector": HOSTILE}},
            "annotations": HOSTILE,
            "left_out": 1234,
        },
        "table": Table([HOSTILE, "n"], [[HOSTILE, LABELS[2]]], [(HOSTILE, 2)]),
        "went_wrong": {"live": sheets([group], lambda name: np.zeros((20, 20, 3), np.uint8))},
        "way_words": WAY_WORDS,
    }
    return render_page("close_ups.html", HOSTILE, sections, **(values | changes))


def test_markup_in_a_text_stays_text() -> None:
    html = page()
    assert "i" not in [tag for tag, _ in read_outline(html)]
    # Title twice; heading of a section twice; lead, detector, annotations; three in the table; heading, note, and
    # three times the name of the example.
    assert html.count(ESCAPED) == 2 + 2 + 3 + 3 + 5
    assert "from a score of –" in html
    assert "1,234 near-duplicates" in html


def test_a_label_is_shown_by_its_sign_and_word() -> None:
    tags = read_outline(page())
    states = [attrs["class"] for tag, attrs in tags if tag == "span"]
    assert states == [f"state {label}" for label in (LABELS[2], LABELS[0], LABELS[1])]


def test_a_section_without_a_block_or_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="nowhere"):
        page({**SECTIONS, "nowhere": "Nowhere"})
    with pytest.raises(UndefinedError, match="live"):
        page(went_wrong={})
