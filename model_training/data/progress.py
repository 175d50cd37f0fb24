"""A progress bar that stays silent where nobody watches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def progress(things: Sequence[T] | Iterable[T], unit: str, total: int | None = None) -> Iterable[T]:
    """Pass things on and draw how far they are, on standard error if that is a terminal.

    Args:
        things: what is worked on, one after the other.
        unit: what one of them is called.
        total: how many there will be, where `things` cannot tell.
    """
    # Imported only now: the app alone is enough for `evaluate detector`, which reads photos and draws no bar.
    from tqdm import tqdm

    return tqdm(things, unit=f" {unit}", total=total, disable=None, dynamic_ncols=True)
