"""Where an export writes: beside the model that is there, until the new one has been checked."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def tflite_path(text: str) -> Path:
    """Return the value of `--out` as a path; for argparse.

    Raises:
        argparse.ArgumentTypeError: it does not end in `.tflite`; the message says so.
    """
    path = Path(text)
    # Of NAME.json the card would be NAME.json too, and overwrite its own model.
    if path.suffix != ".tflite":
        raise argparse.ArgumentTypeError(f"{text} does not end in .tflite. Its card gets the same name, with .json.")
    return path


@contextmanager
def model_draft(out: Path, content: bytes) -> Iterator[Path]:
    """Write a model's file beside its place; it moves there when the block ends, unless an exception ends it.

    So a model that is refused leaves the one of before, and its card, as they were.

    Args:
        out: its place; folders are made.
        content: of the file.

    Yields:
        The file to check.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f"{out.name}.part")
    try:
        draft.write_bytes(content)
        yield draft
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
