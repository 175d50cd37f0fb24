"""The metrics of /metrics, in Prometheus' text format: counts and times, nothing about the people in view."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 3.0)


class Metrics:
    """The counters of one app; each app has its own, so tests do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.connections = Gauge("mask_mirror_connections", "Open live connections", registry=self._registry)
        self.frames_offered = self._counter("frames_offered", "Live frames received")
        self.frames_answered = self._counter("frames_answered", "Live frames answered with their faces")
        self.frames_dropped = self._counter("frames_dropped", "Live frames dropped for newer ones, or for age")
        self.frames_refused = self._counter("frames_refused", "Live frames answered with an error")
        self.frame_age_seconds = self._seconds("frame_age", "Arrival of a live frame to its answer with faces")
        self.inference_seconds = self._seconds("inference", "Decoding, detection and tracking of a live frame")
        self.images = Counter("mask_mirror_images", "Photos by outcome", ["outcome"], registry=self._registry)

    def watch(self, name: str, help: str, read: Callable[[], float]) -> None:
        """Add a gauge that is read at every request of /metrics.

        Args:
            name: without the `mask_mirror_` prefix.
            help: one line.
            read: returns the current value.
        """
        Gauge(f"mask_mirror_{name}", help, registry=self._registry).set_function(read)

    def read(self, families: Callable[[], Iterable[Metric]]) -> None:
        """Add metrics that are made at every request of /metrics.

        Args:
            families: returns them; under names with the `mask_mirror_` prefix.
        """
        self._registry.register(_Families(families))

    def _counter(self, name: str, help: str) -> Counter:
        return Counter(f"mask_mirror_{name}", help, registry=self._registry)

    def _seconds(self, name: str, help: str) -> Histogram:
        return Histogram(f"mask_mirror_{name}_seconds", help, buckets=SECONDS, registry=self._registry)

    def text(self) -> bytes:
        """Return all metrics as Prometheus reads them."""
        return generate_latest(self._registry)


class _Families(Collector):
    def __init__(self, families: Callable[[], Iterable[Metric]]) -> None:
        self._families = families

    def describe(self) -> Iterable[Metric]:
        """Return nothing: what there is shows at a request alone."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return the metrics as they are now."""
        return self._families()
