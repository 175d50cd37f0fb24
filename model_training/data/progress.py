"""A progress bar on terminals only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


def progress(things: Sequence[T] | Iterable[T], unit: str, total: int | None = None) -> Iterable[T]:
    """Iterate with a progress bar, on standard error if that is a terminal.

    Args:
        things: what is worked on, one after the other.
        unit: what one of them is called.
        total: how many there will be, where `things` has no length.
    """
    # Imported only now: listing the stages needs the app's requirements alone.
    from tqdm import tqdm

    return tqdm(things, unit=f" {unit}", total=total, disable=None, dynamic_ncols=True)


@contextmanager
def progress_to(total: int, unit: str) -> Iterator[Callable[[int], None]]:
    """Draw the same bar for work that reports how far it is.

    Args:
        total: how many there are.
        unit: what one of them is called.

    Yields:
        A function that takes how many are done.
    """
    from tqdm import tqdm

    with tqdm(total=total, unit=f" {unit}", disable=None, dynamic_ncols=True) as bar:
        yield lambda done: bar.update(done - bar.n)
