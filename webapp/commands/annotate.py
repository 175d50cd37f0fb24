"""`python -m webapp annotate [--json FILE] IN OUT`: draw the faces of a video into a new video."""

from __future__ import annotations

import argparse
import errno
import math
import os
import secrets
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from webapp.config import Settings

if TYPE_CHECKING:
    from webapp.vision.video.annotation import Progress, VideoSummary

_BAR_CHARS = 30
_BAR_EVERY_S = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("source", type=Path, metavar="IN", help="the video: MP4, MOV, WebM, MKV or AVI")
    parser.add_argument("target", type=Path, metavar="OUT", help="the annotated video to write, an MP4")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write the detections, one JSON object per frame and line, boxes in pixels of OUT",
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Annotate one video; return 0, 1 for a video that cannot be annotated, or 130 after Ctrl-C.

    OUT and FILE are replaced once the new files are complete.
    """
    # Decoders and models are loaded only where a video is: other commands declare these options too.
    from webapp.vision.errors import VisionError

    bar = ProgressBar(sys.stderr)
    paths = [os.path.realpath(path) for path in (args.source, args.target, args.json) if path is not None]
    if len(set(paths)) < len(paths):
        return _fail(bar, "IN, OUT and FILE must be different files. Nothing was written.")
    try:
        summary = _annotate(args.source, args.target, args.json, settings, bar)
    except VisionError as error:
        return _fail(bar, f"{args.source.name}: {error}")
    except OSError as error:
        return _fail(bar, f"{error.filename or args.source.name}: {error.strerror}.")
    except KeyboardInterrupt:
        _fail(bar, "Stopped; nothing was written.")
        return 130
    bar.clear()
    skipped = f", {summary.skipped_frames} skipped" if summary.skipped_frames else ""
    fps = summary.frames_done / summary.elapsed_s
    print(f"{args.target}: {summary.frames_done} frames{skipped}, {fps:.1f} frames/s", file=sys.stderr)
    return 0


class ProgressBar:
    """A line that is redrawn; it draws on a terminal only.

    Args:
        out: where to draw.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._drawn_at = 0.0
        self._drawn = False

    def show(self, progress: Progress) -> None:
        """Draw, at most ten times a second."""
        if not self._out.isatty() or time.monotonic() - self._drawn_at < _BAR_EVERY_S:
            return
        self._drawn_at, self._drawn = time.monotonic(), True
        full = round(progress.progress * _BAR_CHARS)
        left = "" if progress.eta_s is None else f", {progress.eta_s:.0f} s left"
        bar = "#" * full + "." * (_BAR_CHARS - full)
        self._out.write(f"\r[{bar}] {progress.progress:4.0%}  {progress.fps:.1f} frames/s{left}\x1b[K")
        self._out.flush()

    def clear(self) -> None:
        """Leave an empty line."""
        if self._drawn:
            self._out.write("\r\x1b[K")
            self._out.flush()


def _annotate(source: Path, target: Path, json_path: Path | None, settings: Settings, bar: ProgressBar) -> VideoSummary:
    from webapp.videos.annotated_video import detections_line, video_annotation
    from webapp.vision.video.opening import VideoLimits

    # Length and time are limits for visitors; a command may take as long as its user waits.
    limits = VideoLimits(math.inf, settings.video_max_px, settings.video_output_px, math.inf)
    with ExitStack() as stack:
        video_part = _part_of(target, stack)
        json_part = None if json_path is None else _part_of(json_path, stack)
        lines = None if json_part is None else stack.enter_context(json_part.open("w", encoding="utf-8"))
        annotation = video_annotation(source, video_part, settings, limits)
        with annotation:
            for item in annotation:
                if lines is not None:
                    lines.write(detections_line(item))
                bar.show(item.progress)
        video_part.replace(target)
        if lines is not None and json_part is not None and json_path is not None:
            lines.close()
            json_part.replace(json_path)
    return annotation.summary()


def _part_of(path: Path, stack: ExitStack) -> Path:
    part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "That is a folder", str(path))
        part.touch()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    stack.callback(part.unlink, missing_ok=True)
    return part


def _fail(bar: ProgressBar, sentence: str) -> int:
    bar.clear()
    print(sentence, file=sys.stderr)
    return 1
