"""Break one module of a server that runs otherwise as shipped: a `sitecustomize` on its PYTHONPATH."""

from __future__ import annotations

from pathlib import Path

_AFTER_IMPORT = """
import importlib.abc, importlib.util, sys

class AfterImport(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != {module!r}:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module
        def load_and_meddle(module):
            load(module)
            meddle(module)
        spec.loader.exec_module = load_and_meddle
        return spec

sys.meta_path.insert(0, AfterImport())
"""


def after_import(folder: Path, module: str, meddle: str) -> str:
    """Return the PYTHONPATH with which Python processes change a module once it is imported.

    Args:
        folder: for the code; made where it is missing.
        module: full name.
        meddle: source of a function `meddle(module)`.
    """
    return at_start(folder, meddle + _AFTER_IMPORT.format(module=module))


def at_start(folder: Path, code: str) -> str:
    """Return the PYTHONPATH with which Python processes first run this code.

    Args:
        folder: for the code; made where it is missing.
        code: Python.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(code)
    return str(folder)
