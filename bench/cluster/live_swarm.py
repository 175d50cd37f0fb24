"""Live visitors of a deployment: clients of the load swarm that connect again whenever their connection breaks."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from bench.load.client import SwarmClient

_STEP_S = 0.1
_CONNECT_S = 5.0
_AGAIN_S = 0.25


@dataclass
class _Seen:
    """What one visitor has seen: the times of answers with faces, time.monotonic(), and how often it connected."""

    answered_at: list[float] = field(default_factory=list)
    connections: int = 0


@dataclass(frozen=True)
class LiveCounts:
    """What all live visitors saw in a while.

    Args:
        answered: frames that were answered with their faces.
        per_s: of these in a second.
        gap_s: longest time in which one visitor got no answer.
        reconnected: connections that were made anew.
    """

    answered: int
    per_s: float
    gap_s: float
    reconnected: int


class LiveSwarm(threading.Thread):
    """Visitors that all show a face, until `stop`.

    Args:
        port: of nginx.
        clients: number of visitors.
        fps: frames a second of each.
    """

    def __init__(self, port: int, clients: int, fps: float) -> None:
        super().__init__(daemon=True, name="live swarm")
        self._port, self._fps = port, fps
        self._stopping = threading.Event()
        self._seen = [_Seen() for _ in range(clients)]

    def run(self) -> None:
        """Send frames until `stop`."""
        asyncio.run(self._all())

    def stop(self) -> None:
        """Stop and wait for the end."""
        self._stopping.set()
        self.join(30)

    def mark(self) -> tuple[float, int]:
        """Return the beginning of a while: the time, and the connections so far."""
        return time.monotonic(), sum(seen.connections for seen in self._seen)

    def since(self, mark: tuple[float, int]) -> LiveCounts:
        """Return what was seen since a mark."""
        start, connections = mark
        end, connections_now = self.mark()
        times = [[at for at in seen.answered_at if at >= start] for seen in self._seen]
        answered = sum(map(len, times))
        return LiveCounts(
            answered,
            answered / (end - start),
            max(_longest_gap_s([start, *of_one, end]) for of_one in times),
            connections_now - connections,
        )

    async def _all(self) -> None:
        await asyncio.gather(*(self._show(number, seen) for number, seen in enumerate(self._seen)))

    async def _show(self, number: int, seen: _Seen) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            client = SwarmClient(number, self._port, 0.0, None)
            try:
                await loop.create_connection(partial(_itself, client), "127.0.0.1", self._port)
                await asyncio.wait_for(client.connected, _CONNECT_S)
            except (OSError, TimeoutError):
                await asyncio.sleep(_AGAIN_S)
                continue
            seen.connections += 1
            await self._send(client, seen)
            client.close()

    async def _send(self, client: SwarmClient, seen: _Seen) -> None:
        answered, due = 0, time.perf_counter()
        while not client.closed and not self._stopping.is_set():
            if time.perf_counter() >= due:
                # A client that fell behind sends the newest frame, none of the ones before.
                client.offer(time.perf_counter(), self._fps, True)
                due = max(due + 1 / self._fps, time.perf_counter())
            await asyncio.sleep(min(_STEP_S, 1 / self._fps))
            if len(client.tally.ages_s) > answered:
                seen.answered_at += [time.monotonic()] * (len(client.tally.ages_s) - answered)
                answered = len(client.tally.ages_s)


def _itself(client: SwarmClient) -> SwarmClient:
    return client


def _longest_gap_s(times: list[float]) -> float:
    return max(later - earlier for earlier, later in pairwise(times))
