"""What operators watch besides the counters: jobs, photos that wait, restarts, memory, descriptors."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from webapp.errors import MirrorError
from webapp.metrics import Metrics
from webapp.photos.dispatcher import PhotoDispatcher
from webapp.processes.usage import process_usages
from webapp.videos.jobs.queue import JobQueue
from webapp.videos.jobs.states import State
from webapp.videos.jobs.supervisor import WorkerSupervisor

log = logging.getLogger(__name__)


def watch_operation(metrics: Metrics, queue: JobQueue, photos: PhotoDispatcher, supervisor: WorkerSupervisor) -> None:
    """Add these metrics; they are read at every request of /metrics."""
    started_s = time.time()
    metrics.watch("start_time_seconds", "Unix time at which the web process started", lambda: started_s)
    metrics.watch("photos_waiting", "Photos that wait or are processed", lambda: photos.waiting)
    metrics.read(lambda: _jobs(queue))
    metrics.read(lambda: _restarts({"worker": supervisor.restarts, "photos": photos.restarts}))
    metrics.read(_usages)


def _jobs(queue: JobQueue) -> Iterator[Metric]:
    family = GaugeMetricFamily("mask_mirror_jobs", "Videos in the job table by state", labels=["state"])
    try:
        counts = queue.counts()
    except MirrorError:
        log.warning("the job table could not be read for /metrics")
        return  # absent is what it is: nobody knows
    for state in State:
        family.add_metric([state.value], counts.get(state, 0))
    yield family


def _restarts(counts: dict[str, int]) -> Iterator[Metric]:
    family = CounterMetricFamily(
        "mask_mirror_restarts", "Processes that died or were killed, and were replaced", labels=["process"]
    )
    for name, count in counts.items():
        family.add_metric([name], count)
    yield family


def _usages() -> Iterator[Metric]:
    memory = GaugeMetricFamily(
        "mask_mirror_memory_bytes", "Proportional set size of the processes of this server", labels=["process"]
    )
    descriptors = GaugeMetricFamily("mask_mirror_descriptors", "Open file descriptors of them", labels=["process"])
    for name, usage in process_usages().items():
        memory.add_metric([name], usage.memory_bytes)
        descriptors.add_metric([name], usage.descriptors)
    yield from (memory, descriptors)
