"""The swarm: many live clients in one asyncio loop, open loop, with the usage of the server's processes."""

from __future__ import annotations

import asyncio
import random
import resource
import time
from dataclasses import dataclass

from bench.load.client import SwarmClient, Tally
from bench.load.processes import Usage, tree_usage
from bench.load.scenario import Scenario

CONNECT_AT_ONCE = 20
SETTLE_S = 20.0
"""Longest wait for the answers to the last frames."""


@dataclass(frozen=True)
class Measurement:
    """What a swarm measured.

    Args:
        seconds: measured time.
        tallies: of each client.
        disconnects: clients that were not admitted or that the server dropped.
        usages: of the server's processes, every second or so.
        swarm_cpu: processor time of this process, as a fraction of one core.
    """

    seconds: float
    tallies: list[Tally]
    disconnects: int
    usages: list[Usage]
    swarm_cpu: float


async def run_swarm(
    scenario: Scenario, port: int, pid: int, seconds: float, warm_up_s: float, longer_px: int | None
) -> Measurement:
    """Connect, send for a while, and wait for the last answers.

    Args:
        scenario: clients, frames a second, phases.
        port: of the server on 127.0.0.1.
        pid: of the server.
        seconds: measured time.
        warm_up_s: time before it in which frames are sent, too.
        longer_px: see `SwarmClient`.
    """
    clients = [client for client in await _connect(scenario, port, longer_px) if client is not None]
    start = time.perf_counter() + 0.1
    measured_from = start + warm_up_s
    end = measured_from + seconds
    # Seeded: every run of a scenario has the same phases.
    phases = random.Random(scenario.name)
    usages: list[Usage] = []
    cpu_s = _cpu_s()
    senders = [
        _send(
            client,
            start + (0 if scenario.in_phase else phases.random() / scenario.fps),
            scenario.fps,
            measured_from,
            end,
        )
        for client in clients
    ]
    await asyncio.gather(*senders, _watch(pid, measured_from, end, usages))
    swarm_cpu = (_cpu_s() - cpu_s) / (time.perf_counter() - start)
    give_up = time.perf_counter() + SETTLE_S
    while any(client.unanswered and not client.closed for client in clients) and time.perf_counter() < give_up:
        await asyncio.sleep(0.05)
    disconnects = scenario.clients - sum(not client.closed for client in clients)
    for client in clients:
        client.close()
    return Measurement(seconds, [client.tally for client in clients], disconnects, usages, swarm_cpu)


async def _connect(scenario: Scenario, port: int, longer_px: int | None) -> list[SwarmClient | None]:
    loop, gate = asyncio.get_running_loop(), asyncio.Semaphore(CONNECT_AT_ONCE)

    async def connect(number: int) -> SwarmClient | None:
        async with gate:
            client = SwarmClient(number, port, scenario.round_trip_s, longer_px)
            try:
                await loop.create_connection(lambda: client, "127.0.0.1", port)
                await asyncio.wait_for(client.connected, 20)
            except (OSError, TimeoutError):
                return None
            return client

    return await asyncio.gather(*(connect(number) for number in range(scenario.clients)))


async def _send(client: SwarmClient, first: float, fps: float, measured_from: float, end: float) -> None:
    number = 0
    while (due := first + number / fps) < end and not client.closed:
        await asyncio.sleep(due - time.perf_counter())
        client.offer(due, fps, due >= measured_from)
        number += 1


async def _watch(pid: int, measured_from: float, end: float, usages: list[Usage]) -> None:
    await asyncio.sleep(measured_from - time.perf_counter())
    step_s = max(1.0, (end - measured_from) / 100)
    while True:
        usages.append(tree_usage(pid))
        left_s = end - time.perf_counter()
        if left_s <= 0:
            return
        await asyncio.sleep(min(step_s, left_s))


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
