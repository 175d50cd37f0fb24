"""Bad input, listed at the end of a stage: one broken file neither stops the stage nor stays unreported."""

from __future__ import annotations

import sys
from typing import TextIO


class Problems:
    """What was wrong, file by file, in the order in which it was found."""

    def __init__(self) -> None:
        self._found: list[tuple[str, str]] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, where: str, what: str) -> None:
        """Note a problem.

        Args:
            where: the file, as the person knows it.
            what: what is wrong with it and what became of it, without a full stop.
        """
        self._found.append((where, what))

    def lines(self) -> list[str]:
        """Return a line a problem."""
        return [f"{where}: {what}" for where, what in self._found]

    def ended_by(self, error: Exception) -> SystemExit:
        """Return what ends a stage that cannot go on: the problems so far, for they may be why, and the error."""
        return SystemExit("\n".join([*self.lines(), str(error)]))

    def finish(self, out: TextIO | None = None) -> None:
        """List everything, on standard error unless `out` is given.

        Raises:
            SystemExit: with status 1, if there was a problem; what could be done is done all the same.
        """
        if not self._found:
            return
        stream = sys.stderr if out is None else out
        print(f"\n{count(len(self._found), 'problem')}:", file=stream)
        for line in self.lines():
            print(f"  {line}", file=stream)
        raise SystemExit(1)


def count(number: int, thing: str) -> str:
    """Return `1 photo` or `7 photos`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
