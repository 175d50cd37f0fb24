"""Turns of photos: one at a time, in turn over addresses, and over the visitors of an address."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from webapp.config import Settings
from webapp.errors import Busy, TooManyRequests
from webapp.security import Client

_REMEMBERED = 1024


@dataclass(eq=False)
class _Ticket:
    client: Client
    called: threading.Event = field(default_factory=threading.Event)


class Turns:
    """Admits photos up to limits and calls them one after the other, the longest unserved client first.

    First come first served would let a visitor who sends eight photos delay everybody else by eight. Cookies are free,
    so a visitor may be many; their address is one.

    Args:
        settings: `waiting_max`, `photos_per_visitor` and `photos_per_address` count.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._current: _Ticket | None = None
        self._turn = 0
        self._last_turn: dict[str | Client, int] = {}
        """Number of the latest turn of an address, and of a client; the oldest are forgotten."""

    @property
    def count(self) -> int:
        """How many photos wait or have their turn."""
        with self._lock:
            return len(self._waiting) + (self._current is not None)

    @contextmanager
    def turn(self, client: Client) -> Iterator[None]:
        """Wait for a turn, which lasts until the block ends.

        Args:
            client: the sender.

        Raises:
            MirrorError: `TooManyRequests` or `Busy`, where too many wait.
        """
        ticket = self._enter(client)
        try:
            ticket.called.wait()
            yield
        finally:
            self._leave(ticket)

    def _enter(self, client: Client) -> _Ticket:
        ticket = _Ticket(client)
        with self._lock:
            self._check_limits(client)
            self._waiting.append(ticket)
            self._call_next()
        return ticket

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            if ticket is self._current:
                self._current = None
                self._call_next()
            else:
                self._waiting.remove(ticket)

    def _check_limits(self, client: Client) -> None:
        admitted = [ticket.client for ticket in (*self._waiting, self._current) if ticket is not None]
        if len(admitted) >= self._settings.waiting_max:
            raise Busy("Too many pictures are waiting right now. Please try again in a moment.")
        if admitted.count(client) >= self._settings.photos_per_visitor:
            raise TooManyRequests("You have enough pictures waiting. Please send the next one after a result.")
        if sum(other.address == client.address for other in admitted) >= self._settings.photos_per_address:
            raise TooManyRequests("Too many pictures from your network are waiting. Please try again in a moment.")

    def _call_next(self) -> None:
        if self._current is not None or not self._waiting:
            return
        ticket = min(self._waiting, key=self._priority)  # of equals the first, which has waited longest
        self._waiting.remove(ticket)
        self._current = ticket
        self._turn += 1
        for who in (ticket.client.address, ticket.client):
            self._last_turn.pop(who, None)
            self._last_turn[who] = self._turn
        while len(self._last_turn) > _REMEMBERED:
            del self._last_turn[next(iter(self._last_turn))]
        ticket.called.set()

    def _priority(self, ticket: _Ticket) -> tuple[int, int]:
        client = ticket.client
        return self._last_turn.get(client.address, 0), self._last_turn.get(client, 0)
