"""The watchdog, by a clock of the test's own."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from webapp.supervision import watchdog
from webapp.supervision.watchdog import POLL_S, Calls, watch

DEADLINE_S = 5.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [50.0]
    monkeypatch.setattr(watchdog.time, "monotonic", lambda: now[0])
    return now


class Enough(Exception):
    """Ends a watch that goes on."""


def test_a_call_that_hangs_is_noticed(clock: list[float]) -> None:
    calls, beats = Calls(), []

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    with calls.under_way():
        watch(calls, DEADLINE_S, lambda: beats.append(clock[0]), sleep)
        assert DEADLINE_S <= calls.oldest_s() <= DEADLINE_S + 3 * POLL_S
    assert len(beats) >= DEADLINE_S / POLL_S


@pytest.mark.parametrize("late_s", [0.0, 3.0], ids=["in time", "of a busy process"])
def test_calls_that_end_are_no_hang_however_late_the_watchdog_is(clock: list[float], late_s: float) -> None:
    """Each call ends after four turns: 2 s, and 14 s where the process is so busy that a turn takes 3.5 s."""
    calls, turns = Calls(), []
    with ExitStack() as call:

        def sleep(seconds: float) -> None:
            clock[0] += seconds + late_s
            turns.append(clock[0])
            if len(turns) == 200:
                raise Enough
            if len(turns) % 4 == 0:
                call.close()
                call.enter_context(calls.under_way())

        with pytest.raises(Enough):
            watch(calls, DEADLINE_S, lambda: None, sleep)


def test_after_a_pause_of_the_whole_process_calls_get_their_time(clock: list[float]) -> None:
    calls, turns = Calls(), []
    with calls.under_way():

        def sleep(seconds: float) -> None:
            turns.append(clock[0])
            clock[0] += 3600 if len(turns) == 2 else seconds

        watch(calls, DEADLINE_S, lambda: None, sleep)
        assert len(turns) >= DEADLINE_S / POLL_S
