"""The metrics of /metrics, in Prometheus' text format: counts and times, nothing about the people in view."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 3.0)


class Metrics:
    """The counters of one app; each app has its own, so tests do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.connections = Gauge("mask_mirror_connections", "Open live connections", registry=self._registry)
        self.frames = Counter("mask_mirror_frames", "Live frames by outcome", ["outcome"], registry=self._registry)
        self.frame_seconds = Histogram(
            "mask_mirror_frame_seconds",
            "Arrival of a live frame to its acknowledgement",
            buckets=SECONDS,
            registry=self._registry,
        )
        self.images = Counter("mask_mirror_images", "Photos by outcome", ["outcome"], registry=self._registry)

    def watch(self, name: str, help: str, read: Callable[[], float]) -> None:
        """Add a gauge that is read at every request of /metrics.

        Args:
            name: without the `mask_mirror_` prefix.
            help: one line.
            read: returns the current value.
        """
        Gauge(f"mask_mirror_{name}", help, registry=self._registry).set_function(read)

    def text(self) -> bytes:
        """Return all metrics as Prometheus reads them."""
        return generate_latest(self._registry)
