"""Eventlet's monkey patch. Besides this file, `inference.py` and two files of `serving` use eventlet."""

from __future__ import annotations

import os
import warnings


def patch() -> None:
    """Make the standard library cooperative; call before anything else is imported."""
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    # The server resolves no name but its own, at the start; eventlet's resolver costs 220 modules and 15 MB.
    os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
    # Else a query would wait in C, and all green threads with it.
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")
    import eventlet

    eventlet.monkey_patch()
