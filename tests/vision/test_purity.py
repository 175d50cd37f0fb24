"""The core alone: what it drags in, it would drag into every worker."""

from __future__ import annotations

import subprocess
import sys

from tests.vision import __file__ as here

SCRIPT = """
import importlib, pkgutil, sys
import webapp.vision
for module in pkgutil.walk_packages(webapp.vision.__path__, "webapp.vision."):
    importlib.import_module(module.name)
unwanted = {"flask", "socketio", "eventlet", "tensorflow", "keras", "sqlite3", "http.server"}
print(" ".join(sorted(unwanted & set(sys.modules))))
"""


def test_the_core_loads_no_web_no_training_and_no_server() -> None:
    root = here.rsplit("/tests/", 1)[0]
    ran = subprocess.run([sys.executable, "-c", SCRIPT], cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []
