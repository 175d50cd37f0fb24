"""Strict framing of requests: what two servers in a row could read differently is refused.

Needed for eventlet 0.41 and Werkzeug 3.1, which take other transfer codings for none, believe one of several lengths,
and read header lines as leniently as Python's e-mail parser.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"%b [\x21-\x7e\x80-\xff]+ HTTP/1\.([01])\r\n" % _TOKEN)
_HEADER_LINE = re.compile(rb"(%b):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*\r\n" % _TOKEN)
_LENGTH = re.compile(rb"[0-9]{1,18}")


def framing_fault(request_line: bytes, header_lines: Sequence[bytes]) -> str | None:
    """Return what is wrong with the head of a request (RFC 9112, sections 2 to 6); None if nothing is.

    Args:
        request_line: first line with its line end.
        header_lines: all further lines up to the empty one, which may be included.
    """
    line = _REQUEST_LINE.fullmatch(request_line)
    if line is None:
        return "The request line is malformed."
    fields: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for header_line in header_lines:
        if header_line == b"\r\n":
            break
        header = _HEADER_LINE.fullmatch(header_line)
        if header is None:
            return "A header line is malformed."
        fields[header[1].lower()].append(header[2])
    return _body_fault(fields, line[1] == b"0") or _host_fault(fields, line[1] == b"0")


def _body_fault(fields: dict[bytes, list[bytes]], http_1_0: bool) -> str | None:
    codings, lengths = fields.get(b"transfer-encoding", []), fields.get(b"content-length", [])
    if codings and (http_1_0 or lengths or [coding.lower() for coding in codings] != [b"chunked"]):
        return "Only one Transfer-Encoding is understood: chunked, without a Content-Length."
    if len(lengths) > 1 or not all(_LENGTH.fullmatch(length) for length in lengths):
        return "Content-Length must be one whole number."
    return None


def _host_fault(fields: dict[bytes, list[bytes]], http_1_0: bool) -> str | None:
    hosts = len(fields.get(b"host", []))
    return None if hosts == 1 or (http_1_0 and hosts == 0) else "There must be one Host."
