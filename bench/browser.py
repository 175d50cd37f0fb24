"""The browser of benches."""

from __future__ import annotations

ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run")
"""For Debian's Chromium."""
