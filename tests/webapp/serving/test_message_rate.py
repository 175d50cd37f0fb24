"""The rate of one client, by a clock of the test's own."""

from __future__ import annotations

import pytest

from webapp.serving import message_rate
from webapp.serving.message_rate import Rate, paced


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [50.0]
    monkeypatch.setattr(message_rate.time, "monotonic", lambda: now[0])
    return now


def test_a_second_s_worth_may_come_at_once_and_no_more(clock: list[float]) -> None:
    rate = Rate(10)
    assert [rate.allows() for _ in range(11)] == [True] * 10 + [False]
    clock[0] += 0.25
    assert [rate.allows() for _ in range(3)] == [True, True, False]
    clock[0] += 100
    assert [rate.allows() for _ in range(11)] == [True] * 10 + [False]


def test_a_paced_wait_takes_the_next_message_only_when_the_rate_allows(clock: list[float]) -> None:
    def pause() -> None:
        clock[0] += 0.01

    wait = paced(lambda: "message", Rate(10), pause)
    assert [wait() for _ in range(30)] == ["message"] * 30
    assert clock[0] == pytest.approx(52, abs=0.1)
