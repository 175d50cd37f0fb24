"""`make cluster-figures`: what a deployment weighs, answers and annotates, measured; rows of Markdown."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil

from bench.cluster.cluster import Cluster, running_cluster
from bench.cluster.ledger import ended, open_journal, unended, waits_s
from bench.cluster.trial import SETTINGS
from bench.cluster.uploaders import sample
from bench.cluster.visitor import Uploaded, Visitor
from bench.load.report import hardware
from bench.load.scenario import parse_scenario
from bench.load.swarm import Measurement, run_swarm
from bench.video import FPS

_random = random.Random(1)

_POLL_S = 0.05
_SETTLE_S = 3.0
_LATENCY_VIDEOS = 20
_THROUGHPUT_VIDEOS = 12
_THROUGHPUT_FRAMES = 150
_SWARMS = ("6x5", "40x5")
"""Below what one pipeline answers, and far above it: then frames are inferred at a smaller size."""
_SWARM_S = 20.0

Say = Callable[[str], None]


def report(say: Say, parts: Sequence[str]) -> None:
    """Measure, and say each row as soon as it is known.

    Args:
        say: gets lines of Markdown.
        parts: of `PARTS`.

    Raises:
        NotInstalled: a server's program is not on this machine.
    """
    say(f"{hardware()}\n")
    for part in parts:
        PARTS[part](say)
        say("")


def _latencies(say: Say) -> None:
    say("| from the last byte of an upload to its start, an idle worker | median s | p95 s |\n|---|---|---|")
    for with_redis in (True, False):
        say(_latency(with_redis))


def _throughputs(say: Say) -> None:
    say(f"| {_THROUGHPUT_VIDEOS} videos of {_THROUGHPUT_FRAMES} frames, 640x360 | s | frames/s | x real time |")
    say("|---|---|---|---|")
    for workers in (1, 2):
        say(_throughput(workers))


def _latency(with_redis: bool) -> str:
    with _measured(workers=1, with_redis=with_redis) as cluster:
        # Twice: the first ones warm everything up.
        videos = [_annotated(cluster, sample(5), 5) for _ in range(_LATENCY_VIDEOS + 2)][2:]
        waited_s = waits_s(cluster, videos)
    name = "with Redis" if with_redis else "without: the worker looks every one to three seconds"
    return f"| {name} | {np.median(waited_s):.2f} | {np.percentile(waited_s, 95):.2f} |"


def _throughput(workers: int) -> str:
    with _measured(workers=workers, MASK_MIRROR_INFERENCE_THREADS="1") as cluster:
        video = sample(_THROUGHPUT_FRAMES, 640, 360)
        _annotated(cluster, video, _THROUGHPUT_FRAMES)
        visitor, before, start = Visitor(cluster.proxy.port), ended(cluster), time.monotonic()
        for _ in range(_THROUGHPUT_VIDEOS):
            visitor.upload(video, _THROUGHPUT_FRAMES)
        _wait_for(lambda: unended(cluster) == 0)
        seconds, count = time.monotonic() - start, ended(cluster) - before
    fps = count * _THROUGHPUT_FRAMES / seconds
    return f"| {workers} worker{'s' * (workers > 1)}, one pipeline each | {seconds:.1f} | {fps:.1f} | {fps / FPS:.2f} |"


def _memory(say: Say) -> None:
    with _measured(workers=1) as cluster:
        idle = _weights_mb(cluster)
        _swarm(cluster, "20x5", 10.0)
        after_frames = _weights_mb(cluster)
        uploaded = Visitor(cluster.proxy.port).upload(sample(600, 640, 360), 600)
        _wait_for(lambda: _has_progress(cluster, uploaded))
        annotating = _weights_mb(cluster)
    say("| process and all it starts, MB (PSS) | idle | after live frames | while a 640x360 video is annotated |")
    say("|---|---|---|---|")
    for name, mb in idle.items():
        say(f"| {name} | {mb:.0f} | {after_frames[name]:.0f} | {annotating[name]:.0f} |")


def _answers(say: Say) -> None:
    say(
        "| live, through nginx to one web process, one pipeline | answers/s | age p50, p95 ms | CPU ms an answer: web, "
        "nginx | answers/s per core |\n|---|---|---|---|---|"
    )
    with _measured(workers=0, MASK_MIRROR_INFERENCE_THREADS="1") as cluster:
        for name in _SWARMS:
            before = _processor_s(cluster)
            measured = _swarm(cluster, name, _SWARM_S)
            used_s = {name: now - before[name] for name, now in _processor_s(cluster).items()}
            ages_ms = 1000 * np.array([age for tally in measured.tallies for age in tally.ages_s])
            web_s, nginx_s = used_s["web"], used_s["nginx"]
            say(
                f"| {name} | {len(ages_ms) / _SWARM_S:.1f} | {np.percentile(ages_ms, 50):.0f}, "
                f"{np.percentile(ages_ms, 95):.0f} | {1000 * web_s / len(ages_ms):.1f}, "
                f"{1000 * nginx_s / len(ages_ms):.2f} | {len(ages_ms) / (web_s + nginx_s):.0f} |"
            )


def _swarm(cluster: Cluster, name: str, seconds: float) -> Measurement:
    return asyncio.run(run_swarm(parse_scenario(name), cluster.proxy.port, cluster.web[0].pid, seconds, 0.0, None))


PARTS: dict[str, Callable[[Say], None]] = {
    "latency": _latencies,
    "throughput": _throughputs,
    "memory": _memory,
    "answers": _answers,
}


@contextmanager
def _measured(workers: int, web: int = 1, with_redis: bool = True, **settings: str) -> Iterator[Cluster]:
    limits: Mapping[str, str] = {name: SETTINGS[name] for name in SETTINGS if "JOBS" in name}
    with running_cluster(web, workers, with_redis, settings={**limits, **settings}) as cluster:
        open_journal(cluster)
        _wait_for(lambda: all(_ready(cluster.folder / f"{worker.name}.log", with_redis) for worker in cluster.workers))
        time.sleep(_SETTLE_S)
        yield cluster


def _ready(log: Path, with_redis: bool) -> bool:
    return not with_redis or "ready." in log.read_text(errors="replace")


def _annotated(cluster: Cluster, video: bytes, frames: int) -> Uploaded:
    uploaded = Visitor(cluster.proxy.port).upload(video, frames)
    assert uploaded is not None
    _wait_for(lambda: unended(cluster) == 0)
    # The next one comes at a random moment between two of the worker's glances at the table.
    time.sleep(_random.uniform(0, 3))
    return uploaded


def _has_progress(cluster: Cluster, video: Uploaded | None) -> bool:
    assert video is not None
    job = Visitor(cluster.proxy.port).job(video)
    return job is not None and job["progress"] > 0.3


def _weights_mb(cluster: Cluster) -> dict[str, float]:
    """Return the memory of each kind of process, shared pages divided among those that share them (PSS)."""
    return {name: sum(_pss_mb(process) for process in trees) for name, trees in _trees(cluster).items()}


def _processor_s(cluster: Cluster) -> dict[str, float]:
    return {name: sum(_times_s(process) for process in trees) for name, trees in _trees(cluster).items()}


def _trees(cluster: Cluster) -> dict[str, list[psutil.Process]]:
    roots = {"web": cluster.web[0].pid} | ({"worker": cluster.workers[0].pid} if cluster.workers else {})
    servers = {"nginx": cluster.proxy, "PostgreSQL": cluster.database, "Redis": cluster.redis}
    roots |= {name: server.process.pid for name, server in servers.items() if server and server.process}
    return {name: [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)] for name, pid in roots.items()}


def _pss_mb(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss) / 1e6
    except psutil.Error:
        return 0.0  # it has just ended


def _times_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
        return float(times.user + times.system)
    except psutil.Error:
        return 0.0


def _wait_for(what: Callable[[], bool], deadline_s: float = 300.0) -> None:
    give_up_at = time.monotonic() + deadline_s
    while not what():
        if time.monotonic() > give_up_at:
            raise RuntimeError("waited too long")
        time.sleep(_POLL_S)
