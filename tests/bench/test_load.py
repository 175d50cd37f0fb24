"""The swarm of `make load` against a real server: its numbers must add up, or its tables say nothing."""

from __future__ import annotations

import asyncio

import pytest

from bench.load.report import HEAD, row
from bench.load.scenario import SOAK, TABLE, Scenario, parse_scenario
from bench.load.swarm import run_swarm
from tests.mirror_process import MirrorProcess


def test_the_name_of_a_scenario_says_what_it_is() -> None:
    assert parse_scenario("200x1-phase") == Scenario("200x1-phase", 200, 1.0, in_phase=True)
    assert parse_scenario("1x30-rtt80") == Scenario("1x30-rtt80", 1, 30.0, round_trip_s=0.08)
    both = parse_scenario("8x2.5-video-photos-soak")
    assert (both.fps, both.video, both.photo_clients, both.soak) == (2.5, True, 4, True)
    assert [parse_scenario(name).name for name in (*TABLE, SOAK)] == [*TABLE, SOAK]


@pytest.mark.parametrize("name", ["", "40", "x5", "0x5", "40x0", "40x5-", "40x5-photo", "40x5-rtt", "40x5 phase"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no scenario"):
        parse_scenario(name)


@pytest.mark.parametrize("name", ["4x5", "4x5-phase", "2x30-rtt40"])
def test_every_frame_of_a_swarm_is_accounted_for(mirror: MirrorProcess, name: str) -> None:
    scenario = parse_scenario(name)
    measured = asyncio.run(run_swarm(scenario, mirror.port, mirror.process.pid, 1.0, 0.5, None))
    assert measured.disconnects == 0
    assert len(measured.tallies) == scenario.clients
    for tally in measured.tallies:
        assert tally.offered > 0
        assert len(tally.ages_s) + tally.dropped == tally.offered
        assert tally.refused == 0
        assert min(tally.ages_s) > scenario.round_trip_s
    assert measured.usages[0].pss_mb > 0
    line = row(scenario, measured, "")
    assert line.startswith(f"| {name} | ")
    assert line.count("|") == HEAD.splitlines()[0].count("|")
