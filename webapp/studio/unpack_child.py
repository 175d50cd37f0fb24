"""`python -m webapp.studio.unpack_child ZIP FOLDER TASK PARENT`: check and unpack a collection, apart.

Decoders read untrusted pictures: see `webapp/videos/child.py`, whose lines on standard output these are.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
from pathlib import Path
from typing import Any

from webapp.config import Settings, process_settings
from webapp.logs.configuration import configure_logging
from webapp.processes.helpers import end_with_parent, lower_limit, yield_to_live_view
from webapp.processes.sandbox import confine
from webapp.studio.folders import PICTURES, PROGRESS, SUMMARY

FRACTION = 0.01
"""Of the whole job that is done when the collection is unpacked."""


def main(argv: list[str]) -> int:
    """Unpack and report; the exit status is 0 also for a collection that cannot be used."""
    path, folder, task, parent_pid = Path(argv[0]), Path(argv[1]), argv[2], int(argv[3])
    settings = process_settings()
    configure_logging(settings, "studio")
    confine()
    end_with_parent(parent_pid)
    lower_limit(resource.RLIMIT_CORE, 0)
    lower_limit(resource.RLIMIT_AS, settings.video_memory_bytes)
    lower_limit(resource.RLIMIT_FSIZE, settings.image_max_bytes * 2)
    yield_to_live_view()
    # Imported only now: the limits apply to what these modules take, too.
    from webapp.studio.zip_files import BadCollection

    try:
        _unpack(path, folder, task, settings)
        _send({"done": {}})
    except BadCollection as error:
        _send({"error": {"code": "bad_collection", "message": str(error)}})
    except MemoryError:
        _send({"error": {"code": "too_large", "message": "This collection needs more memory than it may use here."}})
    except OSError as error:
        _send({"error": {"code": "storage_full", "message": f"The collection could not be stored: {error.strerror}."}})
    return 0


def _unpack(path: Path, folder: Path, task: str, settings: Settings) -> None:
    from webapp.studio.collection import unpack
    from webapp.studio.zip_files import ZipFiles, ZipLimits
    from webapp.vision.frames import JPEG, PNG, WEBP, ImageLimits

    _note(folder, {"stage": "check"})
    limits = ImageLimits(
        settings.image_max_bytes,
        settings.image_max_px,
        settings.image_full_px,
        settings.image_decode_px,
        (JPEG, PNG, WEBP),
    )
    zip_limits = ZipLimits(settings.studio_files_max, settings.studio_unpacked_bytes, settings.image_max_bytes)
    draft = folder / f"{PICTURES}.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    summary, sentences = unpack(ZipFiles(path, zip_limits), draft, task, limits, _tell)
    for sentence in sentences:
        _note(folder, {"remark": sentence})
    shutil.rmtree(folder / PICTURES, ignore_errors=True)
    draft.rename(folder / PICTURES)
    (folder / SUMMARY).write_text(json.dumps(summary), encoding="utf-8")


def _tell(fraction: float) -> None:
    plain = {"frames_done": 0, "skipped_frames": 0, "fps": 0.0, "eta_s": None, "width": None, "height": None}
    _send({"progress": {"progress": FRACTION * fraction, **plain}})


def _note(folder: Path, line: dict[str, Any]) -> None:
    with (folder / PROGRESS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _send(message: dict[str, Any]) -> None:
    os.write(1, (json.dumps(message) + "\n").encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
