"""Errors at the edge: the HTTP status of each, as JSON under `/api/` and as a page elsewhere."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from webapp.errors import (
    BadRequest,
    Busy,
    Conflict,
    Forbidden,
    Locked,
    MirrorError,
    NotForwarded,
    NotFound,
    ProtocolMismatch,
    StorageFull,
    TooLarge,
    TooManyRequests,
    TooSlow,
    UnsupportedMedia,
)
from webapp.protocol import error_json

log = logging.getLogger(__name__)

STATUS: dict[type[MirrorError], int] = {
    MirrorError: 500,
    BadRequest: 400,
    Forbidden: 403,
    NotFound: 404,
    TooSlow: 408,
    Conflict: 409,
    ProtocolMismatch: 412,
    TooLarge: 413,
    UnsupportedMedia: 415,
    Locked: 423,
    TooManyRequests: 429,
    NotForwarded: 502,
    Busy: 503,
    StorageFull: 507,
}
"""Of an error and of those derived from it."""


def status_of(error: MirrorError) -> int:
    """Return the HTTP status of an error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def register_error_responses(app: Flask) -> None:
    """Give every error of an app a response with a code and a sentence, and none a traceback."""

    @app.errorhandler(MirrorError)
    def mirror_error(error: MirrorError) -> ResponseReturnValue:
        body, status = _response(status_of(error), error.code, error.message)
        return body, status, {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None or (error.code or 500) < 400:
            return error
        code = "too_large" if error.code == 413 else error.name.lower().replace(" ", "_")
        body, status = _response(error.code or 500, code, error.description or error.name)
        allow = {name: value for name, value in error.get_headers() if name == "Allow"}
        return body, status, allow

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        log.exception("a request failed")
        return _response(500, MirrorError.code, "Something went wrong on the server. Please try again.")


def _response(status: int, code: str, message: str) -> tuple[str | dict[str, Any], int]:
    if request.path.startswith("/api/"):
        return error_json(code, message), status
    title = code.replace("_", " ")
    return render_template("shared/error.html", page="error", code=status, title=title, message=message), status
