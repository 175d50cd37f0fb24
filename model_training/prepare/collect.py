"""Collect pictures to label: from a camera, from a video, or from a folder.

    python -m model_training collect --camera 0 --count 90 --interval-s 0.5 --out photos/monday
    python -m model_training collect --video video.mp4 --every 10 --out photos/video
    python -m model_training collect --folder holiday/ --out photos/holiday

`preview.jpg` in the folder shows the latest picture. Ctrl-C ends it and keeps what there is; a second
run into the same folder goes on. Of near-duplicates, mirrored or not, only the first is kept (cameras: all, unless
`--near-duplicate-bits` is given). One folder a sitting: `label --session-folders` makes sessions of them, and `split`
keeps sessions whole.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from model_training.data.image_files import PREVIEW_NAME, picture_paths, read_whole, write_jpeg
from model_training.data.near_duplicates import COLLECT_BITS, PictureHash, hash_picture
from model_training.data.problems import Problems, count
from model_training.data.progress import progress
from model_training.prepare.picture_sources import CollectedPicture, camera_frames, folder_pictures, video_frames
from webapp.vision.letterbox import fit_frame

PREVIEW_PX = 640


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--camera", metavar="N", help="number of a camera, or whatever else OpenCV opens as one")
    source.add_argument("--video", type=Path, help="MP4, MOV, WebM, MKV or AVI")
    source.add_argument("--folder", type=Path, help="pictures, with folders in it or not; copied as they are")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--count", type=int, help="pictures to keep at most (default: 90 from a camera, else all)")
    parser.add_argument(
        "--interval-s", type=float, default=0.5, help="seconds between two pictures of a camera (default: %(default)s)"
    )
    parser.add_argument(
        "--warm-up-s", type=float, default=1.0, help="seconds until a camera has found its light (default: %(default)s)"
    )
    parser.add_argument(
        "--every", type=int, help="take every n-th frame of a video (default: 10) or picture of a folder (default: 1)"
    )
    parser.add_argument(
        "--near-duplicate-bits",
        type=int,
        help=f"of 64, in which near-duplicates may differ; -1 keeps them all (default: {COLLECT_BITS}, -1 for cameras)",
    )


def run(args: argparse.Namespace) -> None:
    """Collect until the count is reached, the source ends, or Ctrl-C."""
    problems = Problems()
    limit = args.count if args.count is not None else (90 if args.camera else None)
    bits = args.near_duplicate_bits if args.near_duplicate_bits is not None else (-1 if args.camera else COLLECT_BITS)
    if any(n is not None and n < 1 for n in (limit, args.every)) or min(args.interval_s, args.warm_up_s) < 0:
        sys.exit("--count and --every must be 1 or more, --interval-s and --warm-up-s not below 0.")
    args.out.mkdir(parents=True, exist_ok=True)
    keeper = Keeper(args.out, bits)
    if keeper.there:
        print(f"{args.out} has {count(keeper.there, 'picture')} already; going on.")
    try:
        for found in progress(_found(args, problems), "picture", limit if args.camera else None):
            keeper.offer(found)
            if keeper.kept == limit:
                break
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
    except OSError as error:
        problems.add(str(args.out), f"cannot be written to: {error.strerror}")
    dropped = f"; {keeper.dropped} near-duplicates left out" if keeper.dropped else ""
    print(f"{args.out}: {count(keeper.kept, 'new picture')}{dropped}")
    if not keeper.kept + keeper.there and not len(problems):
        problems.add(str(args.out), "there was nothing to collect")
    problems.finish()


class Keeper:
    """Writes pictures into a folder, near-duplicates left out.

    `kept` and `dropped` count what came; `there` is how many pictures the folder had before.

    Args:
        out: the folder; its name begins the names of a camera's pictures.
        bits: of 64, in which near-duplicates may differ; -1 keeps them all.
    """

    def __init__(self, out: Path, bits: int) -> None:
        self.kept = self.dropped = 0
        self._out = out
        self._bits = bits
        self._hashes: list[PictureHash] = []
        old = picture_paths(out)
        self.there = self._number = len(old)
        for path in old if bits >= 0 else ():
            # A broken picture has no hash.
            with suppress(ValueError):
                self._hashes.append(hash_picture(read_whole(path)))

    def offer(self, found: CollectedPicture) -> None:
        """Keep a picture, unless it is a near-duplicate."""
        if self._bits >= 0:
            seen = hash_picture(found.frame)
            if any(seen.is_near_duplicate(other, self._bits) for other in self._hashes):
                self.dropped += 1
                return
            self._hashes.append(seen)
        if found.original is not None:
            shutil.copyfile(found.original, self._free(found.name, found.original.suffix.lower()))
        else:
            write_jpeg(self._free(found.name, ".jpg"), found.frame)
        self.kept += 1
        preview, (fx, fy) = fit_frame(found.frame, PREVIEW_PX)
        height, width = found.frame.shape[:2]
        write_jpeg(self._out / PREVIEW_NAME, preview[: round(height * fy), : round(width * fx)])

    def _free(self, name: str | None, suffix: str) -> Path:
        path = self._out / f"{name}{suffix}"
        while name is None or path.exists():
            self._number += 1
            path = self._out / f"{name or self._out.resolve().name}-{self._number:04d}{suffix}"
            if not path.exists():
                break
        return path


def _found(args: argparse.Namespace, problems: Problems) -> Iterator[CollectedPicture]:
    if args.camera is not None:
        return camera_frames(args.camera, args.interval_s, args.warm_up_s, problems)
    if args.video is not None:
        return video_frames(args.video, args.every or 10, problems)
    return folder_pictures(args.folder, args.every or 1, problems)
