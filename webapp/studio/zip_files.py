"""A ZIP that a stranger sent: its names and sizes are checked before anything is unpacked, its bytes meanwhile."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PICTURES = (".jpg", ".jpeg", ".png", ".webp")

_RATIO, _RATIO_FROM_BYTES = 200, 1_000_000
_STORED_OR_DEFLATED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


class BadCollection(ValueError):
    """The collection cannot be used; the sentence is for the visitor."""


@dataclass(frozen=True)
class ZipLimits:
    """Limits of a ZIP.

    Args:
        files: most files in it.
        unpacked_bytes: of all files together.
        file_bytes: of one file.
    """

    files: int
    unpacked_bytes: int
    file_bytes: int


class ZipFiles:
    """The files of a ZIP by name, checked.

    Args:
        path: of the ZIP.
        limits: see `ZipLimits`.

    Raises:
        BadCollection: it is no ZIP, too large unpacked, has too many files, or a name that leaves its folder.
    """

    def __init__(self, path: Path, limits: ZipLimits) -> None:
        self._limits = limits
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise BadCollection("This file is not a ZIP, or it is damaged. Export the collection again.") from error
        files = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        self._check(files)
        self._entries = {entry.filename: entry for entry in files}

    def pictures(self) -> list[str]:
        """Return the names of the pictures, sorted; hidden files and what macOS adds are none."""
        return sorted(name for name in self._entries if _is_shown(name) and _suffix(name) in PICTURES)

    def names(self) -> Iterable[str]:
        """Return the names of all files that are shown."""
        return [name for name in self._entries if _is_shown(name)]

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            ValueError: it is damaged; the message says so, without the name.
        """
        try:
            with self._zip.open(self._entries[name]) as file:
                # The library gives no more than the directory says; a limit of our own costs nothing.
                content = file.read(self._limits.file_bytes + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
            raise ValueError("is damaged in the ZIP") from error
        if len(content) > self._limits.file_bytes:
            raise ValueError("is too large")
        return content

    def _check(self, files: list[zipfile.ZipInfo]) -> None:
        limits = self._limits
        if len(files) > limits.files:
            raise BadCollection(f"This ZIP has {len(files):,} files. The limit is {limits.files:,}.")
        if sum(entry.file_size for entry in files) > limits.unpacked_bytes:
            raise BadCollection(f"This ZIP unpacks to more than {limits.unpacked_bytes / 1e6:.0f} MB, the limit.")
        for entry in files:
            if _leaves_folder(entry.filename):
                raise BadCollection("This ZIP names a file outside of its folder, so nothing of it was read.")
            if entry.flag_bits & _ENCRYPTED:
                raise BadCollection("This ZIP has a password. Export the collection without one.")
            if entry.compress_type not in _STORED_OR_DEFLATED:
                raise BadCollection("This ZIP is packed in a way that is not read here. Make a plain ZIP of it.")
            if entry.file_size > max(_RATIO_FROM_BYTES, _RATIO * entry.compress_size):
                raise BadCollection("A file of this ZIP unpacks to over 200 times its size, so nothing of it was read.")


def _leaves_folder(name: str) -> bool:
    plain = name.replace("\\", "/")
    return plain.startswith("/") or ".." in plain.split("/") or ":" in plain.split("/")[0] or "\x00" in plain


def _is_shown(name: str) -> bool:
    return not any(part.startswith((".", "__MACOSX")) for part in name.split("/"))


def _suffix(name: str) -> str:
    return posixpath.splitext(name)[1].lower()
