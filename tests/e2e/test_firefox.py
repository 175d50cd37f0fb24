"""The pages in Firefox: live with a camera and photos, on the server and on this device."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.firefox import PROGRAM, FirefoxPage, firefox
from tests.e2e.test_access import RUN_AXE_JS, TAGS
from tests.mirror_process import ROOT, MirrorProcess

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no Firefox: `apt-get install firefox-esr`")

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
START_JS = """() => {
  if (document.querySelector("#mirror").dataset.state === "live") return true;
  document.querySelector("#start").click();  // does nothing while the page loads or asks
  return false;
}"""
SHOWS_JS = "(place) => [...document.querySelectorAll('.where span')].some((one) => one.innerText === place)"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[FirefoxPage]:
    with firefox(tmp_path) as started:
        yield started
        assert started.errors == []


def accessible(page: FirefoxPage) -> None:
    page.evaluate(f"() => {{ {AXE.read_text(encoding='utf-8')} }}")
    assert page.evaluate(RUN_AXE_JS, TAGS) == []


@pytest.mark.parametrize("place", ["On the server", "On this device"])
def test_live(server: MirrorProcess, page: FirefoxPage, place: str) -> None:
    page.goto(server.url)
    page.until(START_JS)
    if place == "On this device":
        page.click("input[name=place][value=device]")
    page.until(SHOWS_JS, place)
    page.until_text("#status", "No face in view")  # the camera shows colours
    accessible(page)


@pytest.mark.parametrize("place", ["server", "device"])
def test_photo(server: MirrorProcess, page: FirefoxPage, place: str) -> None:
    page.goto(server.url + "/photo")
    page.click(f"input[name=place][value={place}]")
    page.click("#sample")
    page.until_text(".card[data-state=done]", "with a mask")
    accessible(page)
