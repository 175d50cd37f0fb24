"""Names of the files of visitors: text to show, never a path."""

from __future__ import annotations

import unicodedata

_LENGTH_MAX = 200
_FALLBACK = "video"


def display_name(name: str | None) -> str:
    """Return a visitor's file name without control characters and folders.

    Control and format characters go (among them line breaks, NUL and the marks that turn the reading direction,
    which make `exe.mp4` out of `4pm.exe`), folders go, and at most 200 characters stay.

    Args:
        name: as the visitor's browser sent it.
    """
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    return visible.strip()[:_LENGTH_MAX].strip(" .") or _FALLBACK


def download_name(name: str) -> str:
    """Return the file name for saving the annotated video: valid on every file system.

    `holiday.mov` becomes `holiday-masks.mp4`; names that file systems forbid get harmless characters.

    Args:
        name: a `display_name`.
    """
    stem = name.rsplit(".", 1)[0] or name
    safe = "".join(c if c.isalnum() or c in " ._()-" else "_" for c in stem).strip(" ._-")[:100]
    return f"{safe or _FALLBACK}-masks.mp4"
