"""`python -m webapp.videos.child UPLOAD FOLDER PARENT`: annotate one video in a process of its own.

Decoders are large programs that read untrusted bytes. Here a crash, a hang or memory growth costs one job.
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
from webapp.logs.configuration import configure_logging
from webapp.processes.helpers import end_with_parent
from webapp.processes.sandbox import confine
from webapp.videos.jobs.blobs.store import DETECTIONS, PREVIEW, RESULT
from webapp.videos.jobs.limits import limit_this_process

log = logging.getLogger(__name__)

_REPORT_EVERY_S = 0.25
_PREVIEW_PX = 640

Send = Callable[[dict[str, Any]], None]


def main(argv: list[str]) -> int:
    """Annotate the video and report; the exit status is 0 also for a video that cannot be annotated."""
    upload, folder, parent_pid = Path(argv[0]), Path(argv[1]), int(argv[2])
    settings = process_settings()
    configure_logging(settings, "video")  # before standard output follows standard error
    send = _take_stdout()
    confine()
    end_with_parent(parent_pid)
    limit_this_process(settings)
    # Imported only now: the limits apply to what these modules take, too.
    from webapp.vision.errors import NO_ROOM, VisionError

    try:
        send({"done": _annotate(upload, folder, settings, send)})
    except VisionError as error:
        send({"error": {"code": getattr(error, "code", "internal"), "message": str(error)}})
    except MemoryError:
        send({"error": {"code": "too_large", "message": "This video needs more memory than it may use here."}})
    except OSError as error:
        log.error("a video could not be annotated: %s", error.strerror)
        full = error.errno in NO_ROOM
        message = "There is no room left. Try again later." if full else "Something went wrong. Try again later."
        send({"error": {"code": "storage_full" if full else "internal", "message": message}})
    return 0


def _annotate(upload: Path, folder: Path, settings: Settings, send: Send) -> dict[str, Any]:
    from webapp.videos.annotated_video import detections_line, video_annotation, video_limits

    reported_at = 0.0
    annotation = video_annotation(upload, folder / RESULT, settings, video_limits(settings))
    with (folder / DETECTIONS).open("w", encoding="utf-8") as lines, annotation:
        for item in annotation:
            lines.write(detections_line(item))
            if time.monotonic() - reported_at >= _REPORT_EVERY_S or item.number == 0:
                reported_at = time.monotonic()
                _write_preview(item.frame, folder / PREVIEW)
                send({"progress": asdict(item.progress)})
    summary = annotation.summary()
    return {"frames_done": summary.frames_done, "skipped_frames": summary.skipped_frames}


def _write_preview(frame: Any, path: Path) -> None:
    """Write one small JPEG, never half-written."""
    import cv2

    scale = min(1.0, _PREVIEW_PX / max(frame.shape[:2]))
    small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else frame
    good, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])
    if good:
        half_written = path.with_suffix(".part")
        half_written.write_bytes(jpeg.tobytes())
        half_written.replace(path)


def _take_stdout() -> Send:
    # Libraries may print; the pipe to the parent must carry these lines alone.
    pipe: IO[str] = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def send(message: dict[str, Any]) -> None:
        pipe.write(json.dumps(message) + "\n")
        pipe.flush()

    return send


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
