"""What a first visitor meets before the scripts are there, or without them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage
from tests.mirror_process import MirrorProcess

CONTRAST_JS = """(element) => {
  const luminance = (colour) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = colour.match(/[\\d.]+/g).map((channel) => linear(channel / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const { color, backgroundColor } = getComputedStyle(element);
  const [light, dark] = [luminance(color), luminance(backgroundColor)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_start_button_is_readable_while_the_library_loads(
    server: MirrorProcess, open_page: OpenPage, theme: str
) -> None:
    page = open_page("about:blank", color_scheme=theme)
    # Where the camera is permitted already, the mirror starts without the button.
    page.add_init_script("navigator.permissions.query = async () => ({ state: 'prompt' });")
    requested = []
    page.route("**/vendor/**", lambda route: requested.append(route))
    page.goto(server.url, wait_until="commit")
    start = page.locator("#start")
    expect(start).to_have_text("Loading…")
    expect(start).to_be_disabled()
    assert start.evaluate(CONTRAST_JS) >= 4.5
    page.wait_for_timeout(500)
    for route in requested:
        route.continue_()
    expect(start).to_have_text("Start the mirror")
    expect(start).to_be_enabled()
    assert start.evaluate(CONTRAST_JS) >= 4.5


@pytest.mark.parametrize(("path", "control"), [("/", "#start"), ("/photo", "#drop"), ("/video", "#drop")])
def test_without_scripts_the_pages_say_so(server: MirrorProcess, open_page: OpenPage, path: str, control: str) -> None:
    page = open_page(server.url + path, java_script_enabled=False)
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.locator(control)).to_be_hidden()
