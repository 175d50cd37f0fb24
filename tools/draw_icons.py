"""Draw the icons of the installed page from static/img/icon.svg: `python tools/draw_icons.py` (needs Chromium)."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "static" / "img"


def main() -> None:
    """Write the PNG files."""
    svg = (IMAGES / "icon.svg").read_text(encoding="utf-8")
    # Systems cut a maskable icon to a circle or another shape: its background has no corners of its own.
    maskable = svg.replace(' rx="7"', "")
    drawings = {"180": (svg, 180), "192": (svg, 192), "512": (svg, 512), "maskable-512": (maskable, 512)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (drawing, side) in drawings.items():
            page = browser.new_page(viewport={"width": side, "height": side})
            page.set_content(f"<style>body{{margin:0}}svg{{display:block;width:{side}px}}</style>{drawing}")
            page.screenshot(path=IMAGES / f"icon-{name}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
