"""What the documentation imports is there under that name."""

from __future__ import annotations

import ast
import importlib.util
import re

from tests.mirror_process import ROOT
from tools.house import tracked_files

IMPORT = re.compile(r"^\s*((?:from|import) model_training.*)$", re.MULTILINE)


def documented_imports() -> list[tuple[str, str, str | None]]:
    """Return file, module and name of every import of `model_training` in a Markdown file; no name for a module."""
    found: list[tuple[str, str, str | None]] = []
    for path in tracked_files(ROOT):
        if path.suffix != ".md":
            continue
        for line in IMPORT.findall((ROOT / path).read_text(encoding="utf-8")):
            for node in ast.parse(line).body:
                if isinstance(node, ast.ImportFrom):
                    found += [(str(path), str(node.module), alias.name) for alias in node.names]
                elif isinstance(node, ast.Import):
                    found += [(str(path), alias.name, None) for alias in node.names]
    return found


def test_every_import_in_the_documentation_works() -> None:
    imports = documented_imports()
    assert "model_training/README.md" in {file for file, _, _ in imports}
    for file, module, name in imports:
        assert importlib.util.find_spec(module), f"{file}: there is no {module}"
        assert name is None or hasattr(importlib.import_module(module), name), f"{file}: {module} has no {name}"
