"""Who may train: this machine, or whoever has the token."""

from __future__ import annotations

import hashlib
import hmac

from flask import request, session

from webapp.config import Settings
from webapp.errors import Forbidden
from webapp.security import is_from_this_machine
from webapp.studio.engine import is_offered

TOKEN_HEADER = "X-Studio-Token"
OPEN, LOCKED, CLOSED = "open", "locked", "closed"

_SESSION_KEY = "studio"


class NotOffered(Forbidden):
    """This server trains nothing, or not for this client."""

    code = "studio_closed"


class NeedsToken(Forbidden):
    """The token is missing or wrong."""

    code = "studio_locked"


def access(settings: Settings) -> str:
    """Return whether the sender of this request may train: `open`, `locked` (with a token) or `closed`."""
    if not is_offered(settings):
        return CLOSED
    if not settings.studio_token:
        return OPEN if is_from_this_machine(settings) else CLOSED
    noted, sent = str(session.get(_SESSION_KEY, "")), request.headers.get(TOKEN_HEADER, "")
    digest = _digest(settings)
    return OPEN if hmac.compare_digest(noted, digest) or _is_token(settings, sent) else LOCKED


def require_access(settings: Settings) -> None:
    """Refuse whoever may not train.

    Raises:
        Forbidden: `NotOffered` or `NeedsToken`.
    """
    state = access(settings)
    if state == CLOSED:
        raise NotOffered("This server trains no networks for visitors. Install Mask Mirror and run `make studio`.")
    if state == LOCKED:
        raise NeedsToken("Training on this server needs its token. Ask whoever runs it.")


def unlock(settings: Settings, token: str) -> None:
    """Let this visitor train from now on, until the token changes.

    Raises:
        NeedsToken: it is not the token.
    """
    if not settings.studio_token or not _is_token(settings, token):
        raise NeedsToken("This is not the token of this server.")
    session[_SESSION_KEY] = _digest(settings)
    session.permanent = True


def _is_token(settings: Settings, token: str) -> bool:
    return hmac.compare_digest(token.encode(), settings.studio_token.encode())


def _digest(settings: Settings) -> str:
    return hashlib.sha256(f"studio {settings.studio_token}".encode()).hexdigest()
