from __future__ import annotations

from itertools import pairwise

import pytest

from webapp.live.stream_clock import StreamClock

START_MS = 1.7e12


def steps(captured_ms: list[float], arrived_s: list[float]) -> list[float]:
    clock = StreamClock()
    times_s = [clock.advance(c, a) for c, a in zip(captured_ms, arrived_s, strict=True)]
    return [b - a for a, b in pairwise(times_s)]


def test_the_clients_clock_gives_the_steps_although_the_network_is_uneven() -> None:
    captured = [START_MS + 40 * i for i in range(5)]
    assert steps(captured, [7.0, 7.01, 7.5, 7.5, 7.6]) == pytest.approx([0.04] * 4)


@pytest.mark.parametrize(
    "captured",
    [
        [0.0] * 4,
        [START_MS - 40 * i for i in range(4)],
        [0.0, 1e300, -1e300, 1.7e308],
        [START_MS + 3_600_000 * i for i in range(4)],
        [START_MS + 1e-3 * i for i in range(4)][::-1],
    ],
    ids=["stands still", "backwards", "wild", "leaps", "creeps back"],
)
def test_an_implausible_clock_is_replaced_by_the_arrivals(captured: list[float]) -> None:
    assert steps(captured, [3.0, 3.1, 3.3, 3.4]) == pytest.approx([0.1, 0.2, 0.1])


def test_a_clock_that_is_set_affects_one_step_only() -> None:
    captured = [START_MS, START_MS + 30, START_MS - 7_200_000, START_MS - 7_200_000 + 30]
    assert steps(captured, [1.0, 1.1, 1.2, 1.3]) == pytest.approx([0.03, 0.1, 0.03])


def test_it_never_runs_backwards() -> None:
    assert min(steps([5.0, 4.0, 4.0, 9.0], [2.0, 1.9, 1.9, 1.8])) >= 0
