"""Settings as environment variables: how they reach the worker and its children."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import webapp
from webapp.config import Settings, variable_name

_SECRETS = ("secret_key",)
_BOUNDED_THREADS = {
    # Every arena and every thread's stack counts against the address space a decoder may have.
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def process_environ(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment in which `process_settings()` gives these settings, less the secret ones.

    Args:
        settings: to hand on.
        environ: everything else.
    """
    values = dict(environ) | _BOUNDED_THREADS
    for setting in fields(Settings):
        values.pop(variable_name(setting.name), None)
        text = str(getattr(settings, setting.name))
        if text and setting.name not in _SECRETS:
            values[variable_name(setting.name)] = text
    root = str(Path(webapp.__file__).resolve().parent.parent)
    values["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environ.get("PYTHONPATH", "")]))
    return values
