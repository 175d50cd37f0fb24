"""Eventlet's monkey patch. Besides this file, `inference.py` and `live/eventlet_websocket.py` use eventlet."""

from __future__ import annotations

import warnings


def patch() -> None:
    """Make the standard library cooperative; call before anything else is imported."""
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()
