"""Output folders: a stage writes into an empty one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath


def fresh_folder(folder: Path) -> Path:
    """Make a folder that must be empty or not there yet.

    Files of an earlier run with another seed would be training photos here and test photos there.

    Raises:
        SystemExit: something is in it; the message names it.
    """
    _refuse_leftovers(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Fill a folder that appears when everything is in it: a run that was stopped leaves no half of one.

    Args:
        folder: must be empty or not there yet.

    Yields:
        `FOLDER.part`, to write into. It is removed when an exception ends the block; what a killed run left there goes
        when the next one begins.

    Raises:
        SystemExit: something is in the folder; the message names it.
    """
    _refuse_leftovers(folder)
    whole = folder.resolve()
    part = whole.with_name(f"{whole.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
    except BaseException:  # Ctrl-C too
        shutil.rmtree(part, ignore_errors=True)
        raise
    if whole.is_dir():
        whole.rmdir()
    part.rename(whole)


def _refuse_leftovers(folder: Path) -> None:
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        sys.exit(f"{folder} is not empty. Choose another folder, or delete this one first.")


def inside(folder: Path, name: str) -> Path | None:
    """Return the path of a file that a label file names, None if the name leads out of the folder."""
    path = folder / name
    try:
        return path if path.resolve().is_relative_to(folder.resolve()) else None
    except (OSError, ValueError):  # a name too long, or with a zero byte in it
        return None


def flat_stems(file_names: Sequence[str]) -> list[str]:
    """Return a stem for every file, without folders and suffix, and no two alike.

    Returns:
        In the same order. `["a/b.jpg", "a-b.png", "c.jpg"]` becomes `["a-b", "a-b-2", "c"]`.
    """
    taken: dict[str, int] = {}
    stems = []
    for name in file_names:
        stem = plain = PurePosixPath(name).with_suffix("").as_posix().replace("/", "-")
        while stem in taken:
            taken[plain] += 1
            stem = f"{plain}-{taken[plain]}"
        taken[stem] = 1
        stems.append(stem)
    return stems
