"""Access: own-origin rule, security headers, session cookie, visitor id."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, session
from flask.sessions import SecureCookieSessionInterface

from webapp.config import Settings
from webapp.errors import Forbidden

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SessionCookies(SecureCookieSessionInterface):
    """Flask's signed cookies, marked Secure exactly when the visitor came over https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Return whether this response's cookie is for https alone."""
        return request.is_secure


def protect(app: Flask, settings: Settings) -> None:
    """Give an app its cookie rules, the own-origin check and the security headers."""
    app.config.update(
        SECRET_KEY=settings.secret_key or stored_secret_key(settings.data_folder),
        SESSION_COOKIE_NAME="mask_mirror",
        SESSION_COOKIE_HTTPONLY=True,
        # Not Strict: a visitor who follows a link to "My videos" finds them.
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.session_interface = SessionCookies()
    further = further_origins(settings)

    @app.before_request
    def require_same_origin() -> None:
        if request.method not in SAFE_METHODS:
            check_same_origin(further)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def check_same_origin(further: frozenset[str]) -> None:
    """Refuse a request that another site's page made this visitor's browser send.

    A program that sends neither cookie nor `Origin` may pass: it acts on its own behalf.

    Args:
        further: origins allowed beside the server's own.

    Raises:
        Forbidden: foreign or null `Origin`, foreign `Sec-Fetch-Site`, or a cookie without either.
    """
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if origin is not None and is_own_origin(origin, request.scheme, request.host, further):
        return
    carries_cookie = "mask_mirror" in request.cookies
    if origin is not None or site not in (None, "same-origin", "none") or (site is None and carries_cookie):
        raise Forbidden("This request did not come from this site's own pages.")


def is_own_origin(origin: str, scheme: str, host: str, further: frozenset[str]) -> bool:
    """Return whether an `Origin` header names this server, or one of the further origins allowed."""
    return origin == f"{scheme}://{host}" or origin in further


def websocket_origins(settings: Settings) -> Callable[[str | None, dict[str, Any]], bool]:
    """Return the own-origin rule for websockets: which `Origin` may connect, given the WSGI environment.

    A program that sends no `Origin` may connect; a page must be the server's own or one that the settings allow.
    """
    further = further_origins(settings)

    def allowed(origin: str | None, environ: dict[str, Any]) -> bool:
        host = environ.get("HTTP_HOST", "")
        return origin is None or is_own_origin(origin, environ["wsgi.url_scheme"], host, further)

    return allowed


def further_origins(settings: Settings) -> frozenset[str]:
    """Return the origins that the settings allow beside the server's own."""
    return frozenset(origin.strip().rstrip("/") for origin in settings.allowed_origins.split(",") if origin.strip())


def stored_secret_key(data_folder: Path) -> str:
    """Return the secret key kept in the data folder, made on first need: videos keep their owners after a restart."""
    path = data_folder / "secret_key"
    data_folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(dir=data_folder)  # readable by its owner alone
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        # A link is atomic: of two processes that start at once, both read the same key.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)
    return path.read_text(encoding="ascii")


def visitor_id() -> str:
    """Return the random id in this visitor's session cookie, made on first need."""
    if "visitor" not in session:
        session["visitor"] = secrets.token_urlsafe(16)
        session.permanent = True
    return str(session["visitor"])
