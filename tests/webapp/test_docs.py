"""A setting, route, event, error or file that the documentation does not mention fails here."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from tests.mirror_process import ROOT
from tools import settings_table
from webapp import errors, protocol
from webapp.error_responses import STATUS

README = (ROOT / "README.md").read_text(encoding="utf-8")
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_settings_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == settings_table.settings_page(), "run `python tools/settings_table.py`"


def test_every_event_is_documented() -> None:
    for name, value in vars(protocol).items():
        if name.startswith("EVENT_"):
            assert f"`{value}`" in API


def test_every_page_is_documented(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(("/api/", "/static/")):
            assert f"`{rule.rule}`" in API, rule.rule


def test_every_error_is_documented_with_its_status() -> None:
    for error, status in STATUS.items():
        if error is not errors.MirrorError:
            assert re.search(rf"^\| {status} \| .*`{error.code}`", API, re.MULTILINE), error.code


def test_the_readme_stays_short() -> None:
    assert len(README.splitlines()) < 150


def test_every_link_and_picture_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (Path(page.parent) / target).exists(), f"{page.name} points at {target}"


def test_every_make_target_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`make ([a-z-]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_requirements_of_the_web_app_are_pinned_and_without_tensorflow() -> None:
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert "==" in line
            assert "tensorflow" not in line
