"""Every page, in both themes and at both ends of the width, checked with axe; and by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import DESK, PHONE, OpenPage
from tests.e2e.live_page import open_settings, results, start_mirror
from tests.e2e.test_photo_page import LESS_CERTAIN_JS
from tests.mirror_process import ROOT, MirrorProcess
from tests.pictures import encoded, masked_astronaut_bgr

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE_JS = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: tags });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
}"""

viewports = pytest.mark.parametrize(
    ("viewport", "theme"),
    [(PHONE, "light"), (PHONE, "dark"), (DESK, "light"), (DESK, "dark")],
    ids=["phone-light", "phone-dark", "desk-light", "desk-dark"],
)


def axe_violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return list(page.evaluate(RUN_AXE_JS, TAGS))


def overflows(page: Page) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth > innerWidth"))


@viewports
@pytest.mark.parametrize("path", ["/photo", "/video", "/door", "/about", "/api/v1/docs", "/nowhere"])
def test_pages(server: MirrorProcess, open_page: OpenPage, path: str, viewport: ViewportSize, theme: str) -> None:
    allowed = "404" if path == "/nowhere" else None
    page = open_page(server.url + path, viewport=viewport, color_scheme=theme, allowed=allowed)
    assert axe_violations(page) == []
    assert not overflows(page)


@viewports
def test_the_mirror(server: MirrorProcess, open_page: OpenPage, viewport: ViewportSize, theme: str) -> None:
    page = open_page(server.url, viewport=viewport, color_scheme=theme)
    start_mirror(page)
    results(page, 2)
    assert axe_violations(page) == []
    page.locator("#snapshot").click()
    expect(page.locator("#taken")).to_be_visible()
    assert axe_violations(page) == []
    page.locator("#taken-close").click()
    open_settings(page)
    page.locator("summary").click()
    assert axe_violations(page) == []
    assert not overflows(page)
    page.locator("#settings").get_by_role("button", name="Close").click()
    page.locator("#stop").click()
    assert axe_violations(page) == []
    assert not overflows(page)


@viewports
def test_a_photo_with_its_table(server: MirrorProcess, open_page: OpenPage, viewport: ViewportSize, theme: str) -> None:
    page = open_page(server.url + "/photo", viewport=viewport, color_scheme=theme)
    page.locator("input[type=file]").set_input_files(
        {"name": "masked.jpg", "mimeType": "image/jpeg", "buffer": encoded(masked_astronaut_bgr(), "JPEG")}
    )
    expect(page.locator(".card[data-state=done]")).to_be_visible()
    page.evaluate(LESS_CERTAIN_JS)
    page.locator("input[type=file]").set_input_files(
        {"name": "unsure.jpg", "mimeType": "image/jpeg", "buffer": encoded(masked_astronaut_bgr(), "JPEG")}
    )
    expect(page.locator(".card[data-state=done]")).to_have_count(2)
    expect(page.locator(".group .not_sure")).to_be_visible()
    assert axe_violations(page) == []
    assert not overflows(page)


def tab_through(page: Page, last: str) -> list[str]:
    """Press Tab until the element with this id has the focus; returns the ids on the way."""
    reached: list[str] = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.id"))
        assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") == "solid"
        if reached[-1] == last:
            break
    return [name for name in reached if name]


def test_the_mirror_by_keyboard(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url)
    start_mirror(page)
    page.locator("body").focus()
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    assert tab_through(page, "stop") == ["snapshot", "settings-button", "stop"]
    page.locator("#settings-button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#settings")).to_be_visible()
    assert tab_through(page, "threshold") == ["mirrored", "threshold"]
    page.locator("#mirrored").focus()
    page.keyboard.press("Space")
    expect(page.locator("#mirrored")).not_to_be_checked()
    page.keyboard.press("Escape")
    expect(page.locator("#settings")).to_be_hidden()
    expect(page.locator("#settings-button")).to_be_focused()


def test_the_focus_is_never_lost_on_the_mirror(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.add_init_script("navigator.permissions.query = async () => ({ state: 'prompt' });")
    page.goto(server.url)
    page.locator("#start").press("Enter")
    expect(page.locator("#snapshot")).to_be_focused()
    page.locator("#stop").press("Enter")
    expect(page.locator("#start")).to_be_focused()


def test_switches_show_their_state_in_forced_colours(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url, forced_colors="active")
    start_mirror(page)
    open_settings(page)
    switch = page.locator("#mirrored")
    looks = "s => [getComputedStyle(s).backgroundColor, getComputedStyle(s, '::before').backgroundColor]"
    on = switch.evaluate(looks)
    switch.uncheck()
    off = switch.evaluate(looks)
    assert on != off
    for track, knob in (on, off):
        assert track != knob
    assert axe_violations(page) == []


def test_the_summary_is_announced(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url)
    start_mirror(page)
    expect(page.locator("#announcements[aria-live=polite]")).to_contain_text("1 face")


def test_no_motion_with_reduced_motion(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/video", reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((element) =>
             getComputedStyle(element).transitionDuration !== "0s" || getComputedStyle(element).animationName !== "none"
           ).length"""
    )
    assert moving == 0
