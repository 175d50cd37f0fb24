"""Memory, descriptors and threads of a process and everything that it has started."""

from __future__ import annotations

from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Usage:
    """Sums over a process tree.

    Args:
        pss_mb: memory, where pages that several processes use are divided among them (Linux), megabytes.
        rss_mb: resident memory, shared pages counted in each process, megabytes.
        anonymous_mb: memory that is no file's, megabytes; unlike `pss_mb` it does not change when a process outside
            the tree ends that had the same libraries in memory.
        descriptors: open file descriptors.
        threads: native threads.
        processor_s: processor time so far of the web process, without its helpers, seconds.
    """

    pss_mb: float = 0.0
    rss_mb: float = 0.0
    anonymous_mb: float = 0.0
    descriptors: int = 0
    threads: int = 0
    processor_s: float = 0.0


def tree_usage(pid: int) -> Usage:
    """Return what a process and its descendants use now."""
    total, root = Usage(), psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        try:
            memory, times = process.memory_full_info(), process.cpu_times()
            # Helpers are `-m webapp.photos.process` and the like.
            serves = "webapp" in process.cmdline()
            total = Usage(
                total.pss_mb + memory.pss / 1e6,
                total.rss_mb + memory.rss / 1e6,
                total.anonymous_mb + (memory.rss - memory.shared) / 1e6,
                total.descriptors + process.num_fds(),
                total.threads + process.num_threads(),
                total.processor_s + (times.user + times.system if serves else 0.0),
            )
        except psutil.Error:
            continue  # it has just ended, as the process of a video does
    return total


def most(usages: list[Usage]) -> Usage:
    """Return the largest of each figure."""
    return Usage(
        max(usage.pss_mb for usage in usages),
        max(usage.rss_mb for usage in usages),
        max(usage.anonymous_mb for usage in usages),
        max(usage.descriptors for usage in usages),
        max(usage.threads for usage in usages),
        max(usage.processor_s for usage in usages),
    )
