"""`python -m webapp.videos.child UPLOAD FOLDER PARENT`: annotate one film in a process of its own.

Decoders are large programs fed with strangers' bytes. Here they may crash, hang or swell, and cost one job.
Progress and the outcome go to standard output as JSON Lines; everything else that prints goes to standard error.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from webapp.config import Settings, process_settings
from webapp.processes import end_with_parent
from webapp.videos.jobs.limits import limit_this_process
from webapp.videos.jobs.storage import DETECTIONS, PREVIEW, RESULT

log = logging.getLogger(__name__)

_REPORT_EVERY_S = 0.25
_PREVIEW_PX = 640

Say = Callable[[dict[str, Any]], None]


def main(argv: list[str]) -> int:
    """Annotate the film and report; the exit status is 0 also for a film that cannot be worked on."""
    upload, folder, parent_pid = Path(argv[0]), Path(argv[1]), int(argv[2])
    say = _take_stdout()
    end_with_parent(parent_pid)
    settings = process_settings()
    limit_this_process(settings)
    # Only now: what these import must fit into the limits too.
    from webapp.vision.errors import NO_ROOM, VisionError

    try:
        say({"done": _annotate(upload, folder, settings, say)})
    except VisionError as error:
        say({"error": {"code": getattr(error, "code", "internal"), "message": str(error)}})
    except MemoryError:
        say({"error": {"code": "too_large", "message": "This film needs more memory than it may use here."}})
    except OSError as error:
        log.error("a film could not be worked on: %s", error.strerror)
        full = error.errno in NO_ROOM
        message = "There is no room left. Try again later." if full else "Something went wrong. Try again later."
        say({"error": {"code": "storage_full" if full else "internal", "message": message}})
    return 0


def _annotate(upload: Path, folder: Path, settings: Settings, say: Say) -> dict[str, Any]:
    from webapp.videos.annotated_video import video_limits, write_annotated_film

    preview = _Preview(folder / PREVIEW)
    reported_at = 0.0

    def on_progress(progress: Any) -> None:
        nonlocal reported_at
        if time.monotonic() - reported_at >= _REPORT_EVERY_S or progress.frames_done == 1:
            reported_at = time.monotonic()
            say({"progress": asdict(progress)})

    summary = write_annotated_film(
        upload, folder / RESULT, folder / DETECTIONS, settings, video_limits(settings), on_progress, preview.show
    )
    return {"frames_done": summary.frames_done, "skipped_frames": summary.skipped_frames}


class _Preview:
    """Keeps one small JPEG of the newest annotated frame, never half-written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written_at = 0.0

    def show(self, frame: Any) -> None:
        if time.monotonic() - self._written_at < _REPORT_EVERY_S:
            return
        import cv2

        self._written_at = time.monotonic()
        scale = min(1.0, _PREVIEW_PX / max(frame.shape[:2]))
        small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else frame
        good, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])
        if good:
            half_written = self._path.with_suffix(".part")
            half_written.write_bytes(jpeg.tobytes())
            half_written.replace(self._path)


def _take_stdout() -> Say:
    # Libraries print where they like; the pipe to the parent must carry our lines alone.
    pipe: IO[str] = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def say(message: dict[str, Any]) -> None:
        pipe.write(json.dumps(message) + "\n")
        pipe.flush()

    return say


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
