"""Write docs/settings.md from the table in webapp/config.py; a test sees to it that the two agree."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from webapp.config import PROFILES, Settings, variable_name  # noqa: E402

HEAD = """# Settings

Every setting is an environment variable; those of `python -m webapp --help` are command-line options too.
This page is written by `python tools/settings_table.py` from `webapp/config.py`.

| variable | default | unit | what it is |
|---|---|---|---|
"""


def settings_page() -> str:
    """Return the whole page as Markdown."""
    rows = []
    for setting in fields(Settings):
        choices = setting.metadata["choices"]
        help_text = setting.metadata["help"] + (f" (one of: {', '.join(choices)})" if choices else "")
        default = f"`{setting.default}`" if str(setting.default) else "(empty)"
        rows.append(f"| `{variable_name(setting.name)}` | {default} | {setting.metadata['unit']} | {help_text} |\n")
    return HEAD + "".join(rows) + _profiles()


def _profiles() -> str:
    text = ""
    for profile, values in PROFILES.items():
        if values:
            text += f"\n## `MASK_MIRROR_PROFILE={profile}`\n\n"
            text += "Other defaults; a variable that is set counts all the same.\n\n| variable | default |\n|---|---|\n"
            text += "".join(f"| `{variable_name(name)}` | `{value}` |\n" for name, value in values.items())
    return text


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()  # knows --help, and nothing else
    (ROOT / "docs" / "settings.md").write_text(settings_page(), encoding="utf-8")
