"""The queue of live frames: connections take turns, and each holds its newest frame alone."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Arrived(Protocol):
    """What can wait in the queue."""

    @property
    def arrived_s(self) -> float:
        """When it arrived, by `time.perf_counter`."""


Item = TypeVar("Item", bound=Arrived)


class Place(Generic[Item]):
    """The place of one connection; its fields belong to the queue."""

    def __init__(self) -> None:
        self.newest: Item | None = None
        self.served = 0
        self.in_line = False
        self.in_work = False
        self.closed = False


class FrameQueue(Generic[Item]):
    """Hands the newest frame of the connection that was served the longest ago to whoever is free.

    A connection has one frame in work and one waiting. So an offer costs next to nothing however many clients send
    however fast, and no frame waits behind an older one of the same connection or behind many of another.

    Args:
        max_age_s: a frame that has waited longer is dropped.
        drop: gets every frame that nobody will take; called without a lock, by whoever found that out.
    """

    def __init__(self, max_age_s: float, drop: Callable[[Item], None]) -> None:
        self._max_age_s = max_age_s
        self._drop = drop
        self._lock = threading.Lock()
        # One permit for every entry of the heap. Under eventlet both are green, so waiting blocks no other client.
        self._permits = threading.Semaphore(0)
        self._heap: list[tuple[int, int, Place[Item]]] = []
        self._entries = itertools.count()
        self._turns = itertools.count(1)

    def __len__(self) -> int:
        """Return how many connections wait for their turn."""
        return len(self._heap)

    def join(self) -> Place[Item]:
        """Return a place for a new connection, behind those that wait already."""
        place: Place[Item] = Place()
        with self._lock:
            place.served = next(self._turns)
        return place

    def leave(self, place: Place[Item]) -> None:
        """Give a place up; its frame is dropped, and so is what it is offered from now on."""
        with self._lock:
            place.closed = True
            waiting, place.newest = place.newest, None
        if waiting is not None:
            self._drop(waiting)

    def offer(self, place: Place[Item], item: Item) -> None:
        """Put a frame into a place; an older one that still waits there is dropped."""
        with self._lock:
            if place.closed:
                replaced: Item | None = item
            else:
                replaced, place.newest = place.newest, item
                self._line_up(place)
        if replaced is not None:
            self._drop(replaced)

    def take(self) -> tuple[Place[Item], Item]:
        """Wait for a turn and return whose it is; call `done` with the place afterwards."""
        while True:
            self._permits.acquire()
            with self._lock:
                _, _, place = heapq.heappop(self._heap)
                place.in_line = False
                item, place.newest = place.newest, None
                fresh = item is not None and time.perf_counter() - item.arrived_s <= self._max_age_s
                if fresh:
                    place.in_work = True
                    place.served = next(self._turns)
            if item is None:
                continue  # the connection has ended
            if fresh:
                return place, item
            # Its turn is not used up: the next frame of this connection goes before those of others.
            self._drop(item)

    def done(self, place: Place[Item]) -> None:
        """End the turn of a place, so that its next frame may follow."""
        with self._lock:
            place.in_work = False
            if place.newest is not None:
                self._line_up(place)

    def _line_up(self, place: Place[Item]) -> None:
        if not place.in_line and not place.in_work:
            place.in_line = True
            heapq.heappush(self._heap, (place.served, next(self._entries), place))
            self._permits.release()
