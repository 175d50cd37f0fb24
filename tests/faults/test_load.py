"""Rows 13 and 14: many clients at once, against a real server in both async modes; and the soak."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.load.client import SwarmClient
from bench.load.scenario import SOAK, parse_scenario
from bench.load.soak import soak
from tests.conftest import ASYNC_MODES
from tests.mirror_process import MirrorProcess, mirror_process

CLIENTS = 200
FRAME_PX = 160


async def connected(port: int) -> list[SwarmClient]:
    """Return 200 clients that have all connected at once."""
    loop = asyncio.get_running_loop()

    async def connect(number: int) -> SwarmClient:
        client = SwarmClient(number, port, 0.0, FRAME_PX)
        await loop.create_connection(lambda: client, "127.0.0.1", port)
        await client.connected
        return client

    return await asyncio.wait_for(asyncio.gather(*(connect(number) for number in range(CLIENTS))), 90)


async def a_frame_of_each(clients: list[SwarmClient], deadline: float) -> None:
    """Let all clients send at once, and wait until all frames are answered or dropped."""
    for client in clients:
        client.offer(time.perf_counter(), 1, counts=True)
    while any(client.unanswered for client in clients):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def test_row_13_200_clients_come_back_at_once_ten_times(mirror: MirrorProcess) -> None:
    async def come_and_go() -> None:
        for client in await connected(mirror.port):
            client.close()

    mirror.connect().disconnect()  # so that every thread that stays has started
    before = descriptors_and_threads(mirror)
    for _ in range(10):
        asyncio.run(come_and_go())
    assert eventually(mirror.healthy)

    def as_before() -> bool:
        now = descriptors_and_threads(mirror)
        return now[0] <= before[0] + 3 and now[1] <= before[1] + 3

    # In threading mode each connection has a thread that sleeps between pings, for up to 25 s after the end.
    assert eventually(as_before), f"{before} became {descriptors_and_threads(mirror)}"


def descriptors_and_threads(mirror: MirrorProcess) -> tuple[int, int]:
    return len(os.listdir(f"/proc/{mirror.process.pid}/fd")), mirror.native_threads()


def eventually(condition: Callable[[], bool], seconds: float = 90) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_14_200_clients_at_once_share_the_answers(tmp_path: Path, async_mode: str) -> None:
    """Round after round all of them send, as soon as the round before is answered or dropped."""
    variables = {"MASK_MIRROR_FRAME_MAX_AGE_S": "1", "MASK_MIRROR_STREAM_SIZE_PX": str(FRAME_PX)}

    async def send(port: int) -> list[SwarmClient]:
        clients, deadline = await connected(port), time.monotonic() + 180
        while np.median([len(client.tally.ages_s) for client in clients]) < 2:
            await a_frame_of_each(clients, deadline)
        return clients

    with mirror_process(tmp_path, async_mode, **variables) as mirror:
        clients = asyncio.run(send(mirror.port))
        assert eventually(mirror.healthy)
    answered = [len(client.tally.ages_s) for client in clients]
    assert not any(client.closed for client in clients)
    assert min(answered) / np.median(answered) >= 0.5
    for client in clients:
        assert client.unanswered == client.tally.refused == 0
        assert len(client.tally.ages_s) + client.tally.dropped == client.tally.offered


@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_row_14_frames_that_are_too_old_are_dropped(tmp_path: Path, async_mode: str) -> None:
    """One pipeline and the largest view: of 200 frames at once, the last ones would wait for seconds."""
    variables = {"MASK_MIRROR_FRAME_MAX_AGE_S": "0.3", "MASK_MIRROR_STREAM_SIZE_PX": "640"}

    async def send(port: int) -> list[SwarmClient]:
        clients, deadline = await connected(port), time.monotonic() + 180
        while not any(client.tally.ages_s for client in clients):
            await a_frame_of_each(clients, deadline)
        return clients

    with mirror_process(tmp_path, async_mode, MASK_MIRROR_INFERENCE_THREADS="1", **variables) as mirror:
        clients = asyncio.run(send(mirror.port))
    assert not any(client.closed for client in clients)
    assert sum(client.tally.dropped for client in clients) > sum(len(client.tally.ages_s) for client in clients)


@pytest.mark.long
@pytest.mark.parametrize("async_mode", ASYNC_MODES)
def test_hours_of_work_add_nothing(tmp_path: Path, async_mode: str) -> None:
    """Ten minutes of frames and photos; `MASK_MIRROR_SOAK_S` makes it longer or shorter.

    In the first half the heap reaches its largest size: how many frames and photos are held at once depends on what
    else the machine does, and some 5 MB come step by step. From then on a leak of a kilobyte a frame is 12 MB.
    """
    seconds = float(os.environ.get("MASK_MIRROR_SOAK_S", "600"))
    with mirror_process(tmp_path, async_mode) as mirror:
        soaked = soak(parse_scenario(SOAK), mirror.port, mirror.process.pid, seconds / 2, seconds / 2, None)
    assert soaked.measured.disconnects == 0
    assert all(client.answered_s for client in soaked.photos)
    assert soaked.after.anonymous_mb < 1.05 * soaked.before.anonymous_mb
    assert soaked.after.descriptors <= soaked.before.descriptors + 3
    assert soaked.after.threads <= soaked.before.threads + 3
