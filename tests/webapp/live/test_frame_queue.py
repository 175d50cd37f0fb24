"""The queue of frames, with native threads and with eventlet's green ones."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import pytest

from webapp.live.frame_queue import FrameQueue, Place


@dataclass(frozen=True)
class Frame:
    name: str
    arrived_s: float = field(default_factory=time.perf_counter)


class Watched:
    """A queue, and the names of the frames that it has dropped."""

    def __init__(self, max_age_s: float = 10.0) -> None:
        self.dropped: list[str] = []
        self.queue: FrameQueue[Frame] = FrameQueue(max_age_s, lambda frame: self.dropped.append(frame.name))

    def take(self, count: int) -> list[str]:
        """Take and finish so many frames, one after the other."""
        names = []
        for _ in range(count):
            place, frame = self.queue.take()
            names.append(frame.name)
            self.queue.done(place)
        return names


def the_newest_frame_of_a_connection_waits_and_older_ones_are_dropped() -> None:
    watched = Watched()
    place = watched.queue.join()
    for name in ("a1", "a2", "a3"):
        watched.queue.offer(place, Frame(name))
    assert len(watched.queue) == 1
    assert watched.take(1) == ["a3"]
    assert watched.dropped == ["a1", "a2"]
    assert len(watched.queue) == 0


def a_connection_has_one_frame_in_work() -> None:
    watched = Watched()
    queue, first, second = watched.queue, watched.queue.join(), watched.queue.join()
    queue.offer(first, Frame("a1"))
    working, _ = queue.take()
    assert working is first
    queue.offer(first, Frame("a2"))
    queue.offer(second, Frame("b1"))
    assert watched.take(1) == ["b1"]
    assert len(queue) == 0
    queue.done(first)
    assert watched.take(1) == ["a2"]
    assert watched.dropped == []


def connections_take_turns_however_much_one_sends() -> None:
    watched = Watched()
    greedy, *others = (watched.queue.join() for _ in range(4))
    taken: list[str] = []
    for turn in range(10):
        for number in range(50):
            watched.queue.offer(greedy, Frame(f"greedy {turn}.{number}"))
        for number, other in enumerate(others):
            watched.queue.offer(other, Frame(f"other {number}"))
        taken += watched.take(2)
    names = [name.split(".")[0].split(" ")[0] for name in taken]
    assert names.count("greedy") == 5
    assert [taken.count(f"other {number}") for number in range(3)] == [5, 5, 5]


def an_old_frame_is_dropped_and_costs_no_turn() -> None:
    watched = Watched(max_age_s=0.3)
    early, late = watched.queue.join(), watched.queue.join()
    watched.queue.offer(early, Frame("early, old", time.perf_counter() - 0.4))
    watched.queue.offer(late, Frame("late"))
    assert watched.take(1) == ["late"]
    assert watched.dropped == ["early, old"]
    watched.queue.offer(late, Frame("late"))
    watched.queue.offer(early, Frame("early"))
    assert watched.take(2) == ["early", "late"]


def what_a_closed_connection_sends_is_dropped() -> None:
    watched = Watched()
    gone, there = watched.queue.join(), watched.queue.join()
    watched.queue.offer(gone, Frame("a1"))
    watched.queue.leave(gone)
    watched.queue.offer(gone, Frame("a2"))
    watched.queue.offer(there, Frame("b1"))
    assert watched.take(1) == ["b1"]
    assert watched.dropped == ["a1", "a2"]


def whoever_waits_gets_the_next_frame() -> None:
    watched, taken = Watched(), []
    places: list[Place[Frame]] = [watched.queue.join() for _ in range(20)]
    takers = [threading.Thread(target=lambda: taken.extend(watched.take(10)), daemon=True) for _ in range(2)]
    for taker in takers:
        taker.start()
    time.sleep(0.05)  # both wait
    for number, place in enumerate(places):
        watched.queue.offer(place, Frame(str(number)))
    for taker in takers:
        taker.join(10)
    assert sorted(taken, key=int) == [str(number) for number in range(20)]


CASES = (
    the_newest_frame_of_a_connection_waits_and_older_ones_are_dropped,
    a_connection_has_one_frame_in_work,
    connections_take_turns_however_much_one_sends,
    an_old_frame_is_dropped_and_costs_no_turn,
    what_a_closed_connection_sends_is_dropped,
    whoever_waits_gets_the_next_frame,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_with_native_threads(case: object) -> None:
    assert callable(case)
    case()


def test_with_green_threads() -> None:
    """In a process of its own: the patch changes the standard library for good."""
    script = """
from webapp.green import patch
patch()
from tests.webapp.live import test_frame_queue
for case in test_frame_queue.CASES:
    case()
    print(case.__name__)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == [case.__name__ for case in CASES]
