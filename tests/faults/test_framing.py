"""Row 40: requests that two servers in a row could take apart differently, in both async modes."""

from __future__ import annotations

import pytest

from tests.faults.raw_clients import say
from tests.mirror_process import MirrorProcess

HIDDEN = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /api/v1/detect HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: identity\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Content-Length: 5\r\nContent-Length: 0\r\n\r\nabcde" + HIDDEN,
        POST + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\nabcde" + HIDDEN,
        POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde" + HIDDEN,
        POST + b"Content-Length: 5, 5\r\n\r\nabcde" + HIDDEN,
        POST + b"Content-Length: +5\r\n\r\nabcde" + HIDDEN,
        POST + b"Content-Length: -5\r\n\r\n" + HIDDEN,
        POST + b"Content-Length: 0_5\r\n\r\nabcde" + HIDDEN,
        POST + b"Content-Length: 0x5\r\n\r\nabcde" + HIDDEN,
        POST + b"Content-Length: \r\n\r\n" + HIDDEN,
        POST + b"Content-Length: 99999999999999999999\r\n\r\n" + HIDDEN,
        POST + b"Content-Length : 5\r\n\r\nabcde" + HIDDEN,
        POST + b"X: y\rContent-Length: 5\r\n\r\nabcde" + HIDDEN,
        POST + b"X: y\nContent-Length: 5\r\n\r\nabcde" + HIDDEN,
        POST + b"X: y\r\n Content-Length: 5\r\n\r\nabcde" + HIDDEN,
        POST + b"no colon\r\nContent-Length: 5\r\n\r\nabcde" + HIDDEN,
        POST + b": empty\r\nContent-Length: 5\r\n\r\nabcde" + HIDDEN,
        POST + b"X: \0\r\nContent-Length: 5\r\n\r\nabcde" + HIDDEN,
        GET + b"Host: y\r\n\r\n" + HIDDEN,
        GET.replace(b"Host: x\r\n", b"") + b"\r\n" + HIDDEN,
        GET.replace(b"GET /", b"GET  /") + b"\r\n" + HIDDEN,
        GET.replace(b"GET /", b"GET\t/") + b"\r\n" + HIDDEN,
        GET.replace(b"GET", b"G(T") + b"\r\n" + HIDDEN,
        GET.replace(b" HTTP/1.1", b"\x0bHTTP/1.1") + b"\r\n" + HIDDEN,
        GET.replace(b" HTTP/1.1", b"") + b"\r\n" + HIDDEN,
        GET.replace(b"1.1", b"1.7") + b"\r\n" + HIDDEN,
        GET.replace(b"\r\n", b"\n", 1) + b"\r\n" + HIDDEN,
    ],
    ids=lambda request_bytes: repr(request_bytes.replace(HIDDEN, b"").replace(POST, b"").replace(GET, b"GET "))[2:-1],
)
def test_row_40_an_ambiguous_request_gets_400_and_nothing_behind_it_is_read(
    mirror: MirrorProcess, request_bytes: bytes
) -> None:
    answer = say(mirror, request_bytes)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"mask_mirror_frames" not in answer  # of /metrics
    assert b"Traceback" not in answer


@pytest.mark.parametrize(
    "chunks",
    [
        b"0\r\n\r\n",
        b"5;" + HIDDEN.replace(b"\r\n", b" ") + b"\r\nabcde\r\n0\r\n\r\n",
        b"5\r\nabcde\r\n0\r\nX: y\r\n\r\n",
        b"ffffffffffff\r\n",
        b"-5\r\n\r\n",
        b"no number\r\n\r\n",
        b"0" * 200_000,
    ],
    ids=lambda chunks: repr(chunks)[:40],
)
@pytest.mark.parametrize("path", [b"/api/v1/detect", b"/api/v1/videos", b"/healthz"])
def test_row_40_chunks_are_never_read(mirror: MirrorProcess, path: bytes, chunks: bytes) -> None:
    """No route takes a body without a length (row 26); what follows the head is nobody's request."""
    request = POST.replace(b"/api/v1/detect", path) + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + HIDDEN
    answer = say(mirror, request)
    assert answer[:13] in (b"HTTP/1.1 413 ", b"HTTP/1.1 405 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"mask_mirror_frames" not in answer


def test_row_40_a_kept_connection_answers_each_request_once(mirror: MirrorProcess) -> None:
    """Threading mode closes after the first one."""
    refused = POST.replace(b"image/jpeg", b"text/plain") + b"Content-Length: 10\r\n\r\n" + b"x" * 10
    requests = refused + GET + b"\r\n" + GET + b"Connection: close\r\n\r\n"
    answer = say(mirror, requests)
    assert answer.count(b"HTTP/1.1 415 ") == 1
    assert answer.count(b"HTTP/1.1 200 ") in (0, 2)
    assert answer.count(b"HTTP/1.1 ") in (1, 3)


def test_row_40_header_lines_are_bounded(mirror: MirrorProcess) -> None:
    for flood in (b"X: " + b"y" * 200_000 + b"\r\n", b"X: y\r\n" * 5_000):
        answer = say(mirror, GET + flood + b"\r\n")
        assert answer[:13] in (b"HTTP/1.1 400 ", b"HTTP/1.0 400 ", b"HTTP/1.1 431 ", b"")
        assert mirror.healthy()
