"""A progress bar on terminals only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def progress(things: Sequence[T] | Iterable[T], unit: str, total: int | None = None) -> Iterable[T]:
    """Iterate with a progress bar, on standard error if that is a terminal.

    Args:
        things: what is worked on, one after the other.
        unit: what one of them is called.
        total: how many there will be, where `things` has no length.
    """
    # Imported only now: the app alone is enough for `evaluate detector`, which reads photos and draws no bar.
    from tqdm import tqdm

    return tqdm(things, unit=f" {unit}", total=total, disable=None, dynamic_ncols=True)
