"""The interface of hints. The job table is what counts: a hint may be lost, late, or come twice."""

from __future__ import annotations

from typing import Protocol

from webapp.config import BadDeployment, Settings


class Hints(Protocol):
    """Tells workers that a video waits."""

    def send(self, job_id: str) -> None:
        """Send a hint, soon or never; this neither waits nor fails."""
        ...


class NoHints:
    """Workers find videos by themselves."""

    def send(self, job_id: str) -> None:
        """Do nothing."""


def check_hints(settings: Settings) -> None:
    """Refuse half of a configuration.

    Raises:
        BadDeployment: the sentence says what to change.
    """
    if not settings.redis_url:
        return
    if not settings.database_url:
        raise BadDeployment("REDIS_URL needs DATABASE_URL: Redis brings hints alone, PostgreSQL has the jobs.")
    if not settings.redis_url.startswith(("redis://", "rediss://")):
        raise BadDeployment("REDIS_URL must begin with redis:// or rediss://.")
