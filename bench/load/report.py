"""Rows of the table, and the hardware under them."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import psutil

from bench.load.processes import Usage, most
from bench.load.scenario import Scenario
from bench.load.swarm import Measurement
from webapp.processes.helpers import available_cores

HEAD = (
    "| scenario | offered/s | answered/s | dropped/s | age p50 / p95 / p99 ms | fairness | disconnects "
    "| memory PSS (RSS) MB | descriptors | threads | CPU ms an answer | swarm CPU | beside |\n" + "|---" * 13 + "|"
)


def row(scenario: Scenario, measured: Measurement, beside: str, rests: tuple[Usage, Usage] | None = None) -> str:
    """Return one row of Markdown.

    Args:
        scenario: what was run.
        measured: by the swarm.
        beside: what ran beside it, in words.
        rests: of a soak, usage at rest before and after; else the peak is reported.
    """
    seconds, tallies = measured.seconds, measured.tallies
    answered = [len(tally.ages_s) for tally in tallies]
    ages_ms = 1000 * np.array([age for tally in tallies for age in tally.ages_s])
    ages = " / ".join(f"{np.percentile(ages_ms, q):.0f}" for q in (50, 95, 99)) if len(ages_ms) else "none"
    median = float(np.median(answered)) if answered else 0.0
    fairness = f"{min(answered) / median:.2f}" if median else "none"
    refused = sum(tally.refused for tally in tallies)
    processor_ms = 1000 * (measured.usages[-1].processor_s - measured.usages[0].processor_s)
    rates = [sum(tally.offered for tally in tallies), sum(answered), sum(tally.dropped for tally in tallies)]
    cells = [
        scenario.name,
        *(f"{count / seconds:.1f}" for count in rates),
        ages,
        fairness,
        str(measured.disconnects),
        *(_growth_cells(*rests) if rests else _peak_cells(measured.usages)),
        f"{processor_ms / max(sum(answered), 1):.1f}",
        f"{100 * measured.swarm_cpu:.0f} %",
        "; ".join(filter(None, [beside, f"{refused} refused" if refused else ""])),
    ]
    return f"| {' | '.join(cells)} |"


def note(measured: Measurement) -> str:
    """Return how late the swarm itself was: its frames were not sent when they were due."""
    late_ms = [1000 * late for tally in measured.tallies for late in tally.late_s]
    p50, p99 = np.percentile(late_ms or [0.0], (50, 99))
    return f"swarm late p50 {p50:.1f} ms, p99 {p99:.1f} ms"


def hardware() -> str:
    """Return the machine in one line."""
    memory_gb = psutil.virtual_memory().total / 1e9
    return (
        f"{available_cores()} cores of {_processor()}, {memory_gb:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}; server and swarm on the same cores"
    )


def _peak_cells(usages: list[Usage]) -> list[str]:
    peak = most(usages)
    return [f"{peak.pss_mb:.0f} ({peak.rss_mb:.0f})", str(peak.descriptors), str(peak.threads)]


def _growth_cells(before: Usage, after: Usage) -> list[str]:
    percent = 100 * (after.anonymous_mb / before.anonymous_mb - 1)
    return [
        f"anonymous {before.anonymous_mb:.1f} -> {after.anonymous_mb:.1f} ({percent:+.1f} %)",
        f"{before.descriptors} -> {after.descriptors}",
        f"{before.threads} -> {after.threads}",
    ]


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
