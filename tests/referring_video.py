"""Make a video that has no frames and refers to another file for them."""

from __future__ import annotations

import struct
from pathlib import Path

PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref")


def make_referring_video(path: Path, neighbour: Path) -> Path:
    """Write a copy of a QuickTime video without its pictures, whose data reference names the original.

    Args:
        path: file to write.
        neighbour: a video with its index behind the pictures, in a folder beside the folder of `path`.
    """
    data = bytearray(neighbour.read_bytes())
    start = data.find(b"mdat") - 4
    data[start + 8 : start + _size_at(data, start)] = bytes(_size_at(data, start) - 8)
    entry = data.find(b"dref") + 12
    reference = _alias(f"/x/{neighbour.parent.name}/{neighbour.name}".encode())
    grown_by = len(reference) - _size_at(data, entry)
    data[entry : entry + _size_at(data, entry)] = reference
    for name in PARENTS:
        box = data.rfind(name, 0, entry) - 4
        data[box : box + 4] = struct.pack(">I", _size_at(data, box) + grown_by)
    path.write_bytes(data)
    return path


def _alias(target: bytes) -> bytes:
    # A Macintosh alias record: two levels up from here, two down to there, and the path (kind 2).
    padded = target + bytes(len(target) % 2)
    record = bytes(130) + struct.pack(">hh16x", 2, 2) + struct.pack(">hH", 2, len(padded)) + padded
    record += struct.pack(">hH", -1, 0)
    return struct.pack(">I4sI", 12 + len(record), b"alis", 0) + record


def _size_at(data: bytearray, box: int) -> int:
    return int.from_bytes(data[box : box + 4])
