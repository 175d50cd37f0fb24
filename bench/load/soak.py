"""A soak: what a server keeps after a long time of work. Measured at rest, before and after.

In the middle of a photo its process holds 60 MB more than between two, so samples under load tell little of what stays.
At rest is after that process has ended.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from bench.load.beside import PhotoClient, working
from bench.load.processes import Usage, tree_usage
from bench.load.scenario import Scenario
from bench.load.swarm import Measurement, run_swarm

REST_S = 80.0
"""Without work the helper of photos ends after a minute, and threads of closed connections wake after 25 s."""


@dataclass(frozen=True)
class Soak:
    """What a soak measured.

    Args:
        measured: by the swarm, without the warm-up.
        photos: clients that sent photos, those of the warm-up included.
        before: usage at rest after the warm-up.
        after: usage at rest after all.
    """

    measured: Measurement
    photos: list[PhotoClient]
    before: Usage
    after: Usage


def soak(scenario: Scenario, port: int, pid: int, seconds: float, warm_up_s: float, longer_px: int | None) -> Soak:
    """Work, rest, work for long, and rest again.

    Args:
        scenario: live clients and clients with photos.
        port: of the server on 127.0.0.1.
        pid: of the server.
        seconds: of the long work.
        warm_up_s: of the work before it.
        longer_px: see `SwarmClient`.
    """
    _, warm_up = _work(scenario, port, pid, warm_up_s, longer_px)
    before = _at_rest(pid)
    measured, photos = _work(scenario, port, pid, seconds, longer_px)
    return Soak(measured, warm_up + photos, before, _at_rest(pid))


def _work(
    scenario: Scenario, port: int, pid: int, seconds: float, longer_px: int | None
) -> tuple[Measurement, list[PhotoClient]]:
    photos = [PhotoClient(port, number) for number in range(scenario.photo_clients)]
    with working(photos):
        measured = asyncio.run(run_swarm(scenario, port, pid, seconds, 0.0, longer_px))
    for client in photos:
        client.join()
    return measured, photos


def _at_rest(pid: int) -> Usage:
    time.sleep(REST_S)
    return tree_usage(pid)
