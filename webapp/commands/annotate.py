"""`python -m webapp annotate [--json FILE] IN OUT`: draw the faces of a video or a picture into a new one."""

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
from typing import TYPE_CHECKING, NamedTuple, TextIO

from webapp.config import Settings

if TYPE_CHECKING:
    from webapp.vision.personal.personal_classifier import PersonalClassifier
    from webapp.vision.video.annotation import Progress

_BAR_CHARS = 30
_BAR_EVERY_S = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument(
        "source", type=Path, metavar="IN", help="a video (MP4, MOV, WebM, MKV, AVI) or a picture (JPEG, PNG, WebP)"
    )
    parser.add_argument(
        "target", type=Path, metavar="OUT", help="what to write: an MP4; of a picture a PNG, JPEG or WebP, by its name"
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write the detections, boxes in pixels of OUT: a line of JSON for each frame, or the one of the picture",
    )
    parser.add_argument(
        "--personal", type=Path, metavar="FILE", help="your own classifier, a JSON file that the live page exports"
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Annotate one file; return 0, 1 for one that cannot be annotated, or 130 after Ctrl-C.

    OUT and FILE are replaced once the new files are complete.
    """
    # Decoders and models are loaded only where a video is: other commands declare these options too.
    from webapp.vision.errors import PersonalError, VisionError
    from webapp.vision.personal.personal_file import read_personal

    bar = ProgressBar(sys.stderr)
    paths = [
        os.path.realpath(path) for path in (args.source, args.target, args.json, args.personal) if path is not None
    ]
    if len(set(paths)) < len(paths):
        return _fail(bar, "IN, OUT and each FILE must be different files. Nothing was written.")
    try:
        personal = None if args.personal is None else read_personal(args.personal)
        done = _annotate(_Files(args.source, args.target, args.json), settings, personal, bar)
    except PersonalError as error:
        return _fail(bar, str(error))
    except VisionError as error:
        return _fail(bar, f"{args.source.name}: {error}")
    except OSError as error:
        return _fail(bar, f"{error.filename or args.source.name}: {error.strerror}.")
    except KeyboardInterrupt:
        _fail(bar, "Stopped; nothing was written.")
        return 130
    except _WrongName as error:
        return _fail(bar, str(error))
    bar.clear()
    print(f"{args.target}: {done}", file=sys.stderr)
    return 0


class _WrongName(Exception):
    pass


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


class _Files(NamedTuple):
    source: Path
    target: Path
    json: Path | None


def _annotate(files: _Files, settings: Settings, personal: PersonalClassifier | None, bar: ProgressBar) -> str:
    from webapp.commands.annotate_picture import WRONG_NAME, annotate_picture, can_be_written, is_picture

    source, target, json_path = files
    picture = is_picture(source)
    if picture and not can_be_written(target):
        raise _WrongName(WRONG_NAME)
    with ExitStack() as stack:
        part = _part_of(target, stack)
        json_part = None if json_path is None else _part_of(json_path, stack)
        lines = None if json_part is None else stack.enter_context(json_part.open("w", encoding="utf-8"))
        if picture:
            line, faces = annotate_picture(source, part, target.suffix, settings, personal)
            done = f"faces: {faces}"
            if lines is not None:
                lines.write(line + "\n")
        else:
            done = _annotate_video(files._replace(target=part), lines, settings, personal, bar)
        part.replace(target)
        if lines is not None and json_part is not None and json_path is not None:
            lines.close()
            json_part.replace(json_path)
    return done


def _annotate_video(
    files: _Files, lines: TextIO | None, settings: Settings, personal: PersonalClassifier | None, bar: ProgressBar
) -> str:
    from webapp.videos.annotated_video import detections_line, video_annotation
    from webapp.vision.video.opening import VideoLimits

    # Length and time are limits for visitors; a command may take as long as its user waits.
    limits = VideoLimits(math.inf, settings.video_max_px, settings.video_output_px, math.inf)
    annotation = video_annotation(files.source, files.target, settings, limits, personal)
    with annotation:
        for item in annotation:
            if lines is not None:
                lines.write(detections_line(item))
            bar.show(item.progress)
    summary = annotation.summary()
    skipped = f", {summary.skipped_frames} skipped" if summary.skipped_frames else ""
    return f"{summary.frames_done} frames{skipped}, {summary.frames_done / summary.elapsed_s:.1f} frames/s"


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
