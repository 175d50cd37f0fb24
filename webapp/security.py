"""Access: own-origin rule, security headers, session cookie, visitor id."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import ipaddress
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, Response, current_app, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from webapp.config import Settings
from webapp.errors import Forbidden
from webapp.serving.addresses import subscriber

_PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
_HSTS = "max-age=31536000"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
WASM_SCRIPTS = ("/static/js/device/worker.js", "/static/vendor/litert/litert_wasm_threaded_internal.js")
"""Scripts of workers that compile WebAssembly. A worker has the policy of its own script: no page needs to allow it."""

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
WASM_POLICY = CONTENT_SECURITY_POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # With COOP: pages are isolated from other sites, so that threads of WebAssembly may share memory.
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class _SignerOfAnyClock(TimestampSigner):
    """Accepts what it signed at a later time than now: the clock was set back, and visitors keep their videos."""

    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        try:
            return super().unsign(signed_value, max_age, return_timestamp)  # type: ignore[call-overload]
        except SignatureExpired as error:
            if error.date_signed is None or error.date_signed <= self.timestamp_to_datetime(self.get_timestamp()):
                raise
            return super().unsign(signed_value, None, return_timestamp)  # type: ignore[call-overload]


class SessionCookies(SecureCookieSessionInterface):
    """Flask's signed cookies, marked Secure exactly when the visitor came over https."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie where it is new or changed; such a response is this visitor's alone."""
        super().save_session(app, session, response)
        if "Set-Cookie" in response.headers:
            response.headers["Cache-Control"] = "no-store"

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and checks the cookies."""
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.signer = _SignerOfAnyClock
        return serializer

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
        # Else every response would set the cookie, scripts and videos too, and none could be cached.
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    app.session_interface = SessionCookies()
    further = further_origins(settings)

    @app.before_request
    def require_same_origin() -> None:
        if request.method not in SAFE_METHODS:
            check_same_origin(further)

    @app.after_request
    def add_headers(response: Response) -> Response:
        if request.path in WASM_SCRIPTS:
            response.headers["Content-Security-Policy"] = WASM_POLICY
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = _HSTS
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


def bearer_token() -> str | None:
    """Return the token of this request's `Authorization` header, or None."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def check_operator(settings: Settings) -> None:
    """Refuse whoever is not an operator of this server.

    Args:
        settings: `metrics_token` counts; without one, requests from this machine are its operator's, but not those
            that a proxy on it passes on.

    Raises:
        Forbidden: without the token, or from elsewhere.
    """
    if settings.metrics_token:
        if hmac.compare_digest((bearer_token() or "").encode(), settings.metrics_token.encode()):
            return
        raise Forbidden("This needs the token of the server's operator.")
    if not is_from_this_machine(settings):
        raise Forbidden("This is for the server's operator.")


def is_from_this_machine(settings: Settings) -> bool:
    """Return whether this request comes from this machine, and not from a proxy on it."""
    forwarded = not settings.trusted_proxies and any(name in request.headers for name in _PROXY_HEADERS)
    return not forwarded and _is_loopback(request.remote_addr or "")


def _is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback


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


class Client(NamedTuple):
    """The sender of a request.

    Args:
        visitor: the id in the session cookie; empty without one.
        address: digest of the network address. It is keyed, so that what is stored names nobody.
    """

    visitor: str
    address: str


def client_of_request() -> Client:
    """Return the sender of this request; no cookie is set.

    Behind proxies the address is the one that the trusted ones report (`trusted_proxies`).
    """
    key = str(current_app.secret_key).encode()
    network = subscriber(request.remote_addr or "")
    return Client(str(session.get("visitor", "")), hmac.new(key, network.encode(), hashlib.sha256).hexdigest())


def visitor_id() -> str:
    """Return the random id in this visitor's session cookie, made on first need."""
    if "visitor" not in session:
        session["visitor"] = secrets.token_urlsafe(16)
        session.permanent = True
    return str(session["visitor"])
