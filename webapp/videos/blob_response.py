"""A blob over HTTP: byte ranges, conditional requests, download names. It streams through, piece by piece."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from flask import Response, request, send_file

from webapp.errors import NotFound
from webapp.videos.jobs.blobs.store import BlobStore


def blob_response(store: BlobStore, keys: list[str], mimetype: str, download: str | None) -> Response:
    """Return a blob, or the part of it that the request asks for.

    Args:
        store: has it.
        keys: the first that is there counts.
        mimetype: of it.
        download: the name under which the browser saves it; None where it is shown.

    Raises:
        NotFound: there is none.
        RequestedRangeNotSatisfiable: the range lies outside.
    """
    key, blob = next(((key, blob) for key in keys if (blob := store.find(key)) is not None), (None, None))
    if key is None or blob is None:
        raise NotFound("This video has been deleted.")
    response = send_file(
        io.BytesIO(),  # the headers are Flask's, the body follows
        mimetype,
        as_attachment=download is not None,
        download_name=download,
        conditional=False,
        etag=blob.etag,
        last_modified=datetime.fromtimestamp(blob.modified_s, UTC),
    )
    response.content_length = blob.size_bytes
    response.make_conditional(request.environ, accept_ranges=True, complete_length=blob.size_bytes)
    response.headers["Cache-Control"] = "private, no-cache"
    if request.method == "GET" and response.status_code in (200, 206):
        part = response.content_range
        try:
            response.response = store.read(key, part.start or 0, part.stop)
        except FileNotFoundError as error:
            raise NotFound("This video has been deleted.") from error
    return response
