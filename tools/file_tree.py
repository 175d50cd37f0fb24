"""Write the README's tree: every file that git tracks, with its own first line as comment; a test compares."""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
START, END = "<!-- tree -->\n", "<!-- /tree -->\n"
FOLDERS = ("webapp", "static", "templates", "model_training", "bench", "tools")


def tree() -> str:
    """Return the tree as a Markdown code block."""
    listed = subprocess.run(["git", "ls-files", *FOLDERS], cwd=ROOT, capture_output=True, text=True, check=True)
    lines, seen = [], set[str]()
    for name in sorted(listed.stdout.splitlines(), key=lambda n: [(p.count(".") > 0, p) for p in n.split("/")]):
        comment = first_line(ROOT / name)
        if comment is None:
            continue
        *folders, file = name.split("/")
        for depth in range(len(folders)):
            folder = "/".join(folders[: depth + 1])
            if folder not in seen:
                seen.add(folder)
                lines.append("  " * depth + folders[depth] + "/")
        indented = "  " * len(folders) + file
        lines.append(f"{indented:34} {comment}")
    return "```\n" + "\n".join(lines) + "\n```\n"


def first_line(path: Path) -> str | None:
    """Return what a file says of itself in its first line, None for files that cannot speak."""
    if path.suffix == ".py":
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        return docstring.splitlines()[0] if docstring else None
    if path.suffix in (".js", ".css", ".html", ".sh"):
        text = path.read_text(encoding="utf-8").removeprefix("#!/bin/sh\n")
        found = re.match(r"\s*(?:/\*\*?|//|\{#-?|#)\s*(.+?)\s*(?:\*/|-?#\}|\n)", text)
        return found[1] if found else None
    return None


def with_tree(readme: str) -> str:
    """Return the README with its tree brought up to date."""
    before, rest = readme.split(START)
    return before + START + tree() + END + rest.split(END)[1]


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()  # knows --help, and nothing else
    page = ROOT / "README.md"
    page.write_text(with_tree(page.read_text(encoding="utf-8")), encoding="utf-8")
