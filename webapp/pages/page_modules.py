"""The JavaScript modules of a page: named in its head, they are requested all at once, not level after level."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import dirname, join, normpath

IMPORT = re.compile(r'^(?:import|export) [^"\n]*"(\.[^"]+)"', re.MULTILINE)
"""A static import; what a module imports while it runs, it may never need."""


def page_modules(static: Path, *entries: str) -> list[str]:
    """Return the entries and every module that they import, directly or not, each once.

    Args:
        static: folder of the static files.
        entries: modules, relative to it.
    """
    found: list[str] = []

    def visit(name: str) -> None:
        if name in found or not (static / name).is_file():
            return
        found.append(name)
        for target in IMPORT.findall((static / name).read_text(encoding="utf-8")):
            visit(normpath(join(dirname(name), target)))

    for entry in entries:
        visit(entry)
    return found
