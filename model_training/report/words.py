"""Numbers and words as the reports write them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from webapp.vision.detections import LABELS
from webapp.vision.styles import STYLES


def word(label: str) -> str:
    """Return a label's word."""
    return STYLES[LABELS.index(label)].word


def number(value: float | None, digits: int = 3) -> str:
    """Return a number, or a dash where there is none: `0.8125` is `0.812`."""
    return "–" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def interval_words(interval: Mapping[str, float | None]) -> str:
    """Return a number with its interval: `0.9621 (0.9453 to 0.9769)`, and `0.9621 (–)` without one."""
    value, low, high = (interval[key] for key in ("value", "low", "high"))
    if value is None:
        return "none"
    return f"{value:.4f} (–)" if low is None or high is None else f"{value:.4f} ({low:.4f} to {high:.4f})"


def ends_words(interval: Mapping[str, float | None], write: Callable[[float | None], str]) -> str:
    """Return the ends of an interval: `94.5 % to 97.7 %`, or a dash where there is none.

    Args:
        interval: with `low` and `high`.
        write: formats an end, like `percent`.
    """
    low, high = interval["low"], interval["high"]
    return "–" if low is None or high is None else f"{write(low)} to {write(high)}"


def brackets_words(metrics: Mapping[str, Any]) -> str:
    """Return the sentence on the intervals in brackets, or the reason why there are none.

    Args:
        metrics: as `metrics.json` has them; `missing_intervals` is a clause, or null.
    """
    missing = metrics["missing_intervals"]
    return "In brackets: 95 % intervals." if missing is None else f"No 95 % intervals: {missing}."


def percent(value: float | None) -> str:
    """Return a fraction in per cent: `0.125` is `12.5 %`."""
    return "–" if value is None or math.isnan(value) else f"{value * 100:.1f} %"


def count(value: int) -> str:
    """Return a count with its thousands apart: `1,170`."""
    return f"{value:,}"
