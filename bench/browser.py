"""The browser of benches and screenshots: Debian's Chromium."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

FAKE_CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
_ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run")


def launch_chromium(playwright: Playwright, *arguments: str) -> Browser:
    """Start Chromium without a window, with further arguments."""
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*_ARGUMENTS, *arguments])
