"""Compressed pages, styles and scripts: on a slow link they decide how long a first visit waits."""

from __future__ import annotations

import gzip
import posixpath
from pathlib import Path

from flask import Flask, Response, request

MIME_TYPES = frozenset(
    {
        "text/html",
        "text/css",
        "text/javascript",
        "application/json",
        "application/manifest+json",
        "application/wasm",
        "image/svg+xml",
    }
)
LEAST_BYTES = 500


def compress_responses(app: Flask) -> None:
    """Send pages and static files as gzip to clients that accept it.

    A static file NAME is read from NAME.gz where the build has made one, else compressed once and kept in memory.
    Responses of the API stay as they are: they may hold a token beside text of the client's choice.
    """
    compressed: dict[str, bytes] = {}

    @app.after_request
    def compress(response: Response) -> Response:
        if request.path.startswith("/api/") or response.status_code != 200 or response.mimetype not in MIME_TYPES:
            return response
        response.vary.add("Accept-Encoding")
        if (response.content_length or 0) < LEAST_BYTES or not request.accept_encodings["gzip"]:
            return response
        etag, _ = response.get_etag()
        response.direct_passthrough = False
        if request.endpoint == "static" and etag is not None:
            # The tag names the file and its state. Addresses do not: `x/../` in front makes any number of them.
            if etag not in compressed:
                compressed[etag] = _built(app) or gzip.compress(response.get_data())
            response.set_data(compressed[etag])
            response.set_etag(f"{etag}-gzip")
        else:
            response.set_data(gzip.compress(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
        response.make_conditional(request)
        return response


def _built(app: Flask) -> bytes | None:
    """Return the content of the asked static file's NAME.gz, unless there is none or it is older than the file."""
    original = Path(app.static_folder or "", posixpath.normpath((request.view_args or {})["filename"]))
    built = original.with_name(original.name + ".gz")
    if not built.is_file() or built.stat().st_mtime < original.stat().st_mtime:
        return None
    return built.read_bytes()
