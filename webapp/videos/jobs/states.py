"""The states of a job and the transitions between them."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """State of a job."""

    UPLOADING = "uploading"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = (State.UPLOADING, State.QUEUED, State.RUNNING)
"""States that count against the limits of videos."""

FINAL = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})
"""States without a transition to another."""

TRANSITIONS: dict[State, frozenset[State]] = {
    # An upload that is given up leaves no row.
    State.UPLOADING: frozenset({State.QUEUED}),
    # A job whose every attempt ended with a dead worker, or whose turn never came, fails without being run.
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED, State.FAILED}),
    # Back to the queue: the worker was stopped, or died.
    State.RUNNING: frozenset({State.QUEUED, State.SUCCEEDED, State.FAILED, State.CANCELLED}),
    State.SUCCEEDED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}


def sources(target: State) -> tuple[State, ...]:
    """Return the states from which a job may come to this one."""
    return tuple(state for state, targets in TRANSITIONS.items() if target in targets)
