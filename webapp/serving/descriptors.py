"""File descriptors: as many as the connections need, or as many connections as there are descriptors for.

Needed for eventlet 0.41, whose `accept` loop ends on EMFILE, and for Python's `socketserver`, which then spins.
"""

from __future__ import annotations

import resource
from contextlib import suppress

_PER_CONNECTION = 2
"""A socket, and the file that is sent or received over it."""
_RESERVED = 64
"""Models, job table, helper processes, libraries."""


def connections_that_fit(wanted: int) -> int:
    """Raise the soft limit of descriptors as far as wanted and allowed.

    Args:
        wanted: connections at once.

    Returns:
        Connections for which there are descriptors, `wanted` at most and 1 at least.
    """
    needed = wanted * _PER_CONNECTION + _RESERVED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        reachable = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with suppress(ValueError, OSError):  # macOS refuses more than OPEN_MAX
            resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, (soft - _RESERVED) // _PER_CONNECTION))
