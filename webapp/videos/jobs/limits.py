"""Resource limits of the process that decodes a video: a hostile file costs that much and no more."""

from __future__ import annotations

import resource

from webapp.config import Settings
from webapp.processes.helpers import available_cores, lower_limit, yield_to_live_view

_RESULT_BYTES_MIN = 256_000_000


def limit_this_process(settings: Settings) -> None:
    """Bound memory, processor time and file size of this process, for good.

    Args:
        settings: `video_memory_bytes`, `video_deadline_s` and `video_max_bytes` count.
    """
    lower_limit(resource.RLIMIT_CORE, 0)
    lower_limit(resource.RLIMIT_CPU, int(settings.video_deadline_s * available_cores()) + 1)
    lower_limit(resource.RLIMIT_FSIZE, max(2 * settings.video_max_bytes, _RESULT_BYTES_MIN))
    lower_limit(resource.RLIMIT_AS, settings.video_memory_bytes)
    yield_to_live_view()
