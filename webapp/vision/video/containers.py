"""The container format of a video, from its first bytes alone."""

from __future__ import annotations

MAGIC_BYTES = 16
"""Bytes from the start that `sniff_container` needs."""

VIDEO_FORMATS = ("MP4", "MOV", "WebM", "MKV", "AVI")
NOT_A_VIDEO = f"This is not a video we can open. Send {', '.join(VIDEO_FORMATS[:-1])} or {VIDEO_FORMATS[-1]}."
"""Sentence for people, where `sniff_container` returns None."""

_MOV_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_PICTURE_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1")
_MATROSKA = b"\x1a\x45\xdf\xa3"


def sniff_container(head: bytes) -> str | None:
    """Return the FFmpeg format that a video must be opened as.

    The name and the declared type of a file do not count: FFmpeg by itself would also open
    play lists and concatenation scripts, which are text that points at other files.

    Args:
        head: the first `MAGIC_BYTES` of the file.

    Returns:
        `mov` (MP4, MOV), `matroska` (MKV, WebM), `avi`, or None for everything else.
    """
    if head[:4] == _MATROSKA:
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if head[4:8] in _MOV_ATOMS and not (head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS):
        return "mov"
    return None
