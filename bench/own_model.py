"""How good an own model becomes, and how long it takes: clips, a collection, the page's way to a trained model.

    python -m bench.own_model CLIPS --task classifier [--weights FILE]

`CLIPS` is a folder of videos of one person each, whose names say the state: `no_mask…` is bare, `mask_audio` is in the
name of a masked one, others are passed over. The first half of each clip is one sitting, the second half the other.
The shipped detector draws the boxes, so the overlap of a localizer is measured against it.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import io
import json
import os
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from bench.server import running_app
from webapp.vision.frames import Frame

EACH = 30
"""Pictures a state and sitting."""

_POLL_S = 1.0
_SENTENCE = "| task | pictures, sittings | minutes | test faces | right label before | after | mean IoU |"


class Visitor:
    """A browser's cookie and its requests.

    Args:
        url: of the server.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)
        self.ask("GET", "/train")

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "image/jpeg") -> Any:
        """Send a request and return its JSON, None for another body."""
        headers = {"Origin": self._url, "Content-Type": kind}
        request = urllib.request.Request(self._url + path, body, headers, method=method)
        with self._opener.open(request) as response:
            content = response.read()
            return json.loads(content) if "json" in response.headers.get("Content-Type", "") else None


def state_of(clip: Path) -> str | None:
    """Return the label that a clip's name stands for, None for one that is passed over."""
    if clip.stem.startswith("no_mask"):
        return "without_mask"
    return "with_mask" if "mask_audio" in clip.stem else None


def halves(clip: Path, each: int) -> Iterator[tuple[int, Frame]]:
    """Yield sitting, 1 or 2, and frame: `each` from all over each half of a clip."""
    video = cv2.VideoCapture(str(clip))
    count = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    chosen = {
        int(number): sitting
        for sitting in (1, 2)
        for number in np.linspace((sitting - 1) * count / 2 + 1, sitting * count / 2 - 2, each).round()
    }
    for number in range(count):
        good, frame = video.read()
        if not good:
            return
        if number in chosen:
            yield chosen[number], frame.astype(np.uint8)


class Picture(NamedTuple):
    """A frame of a clip: its sitting, 1 or 2, its label, a name without suffix, and its JPEG."""

    sitting: int
    state: str
    name: str
    jpeg: bytes


def pictures(clips: Path, each: int) -> Iterator[Picture]:
    """Yield the pictures of a collection, `each` a state and sitting, clip by clip."""
    by_state: dict[str, list[Path]] = {}
    for clip in sorted(clips.glob("*.mp4")):
        if (state := state_of(clip)) is not None:
            by_state.setdefault(state, []).append(clip)
    if len(by_state) < 2:
        raise SystemExit(f"{clips} has no clips of both states; see --help for their names.")
    for state, own in by_state.items():
        for clip in own:
            for number, (sitting, frame) in enumerate(halves(clip, each // len(own))):
                jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
                yield Picture(sitting, state, f"{clip.stem}-{number:04d}", jpeg)


def collect(clips: Path, visitor: Visitor, each: int) -> dict[str, bytes]:
    """Return the files of a collection: pictures with the boxes of the shipped detector and the labels of the clips."""
    files: dict[str, bytes] = {}
    for sitting, state, picture, jpeg in pictures(clips, each):
        faces = visitor.ask("POST", "/api/v1/detect?model=shipped", jpeg)["faces"]
        if not faces:
            continue
        x1, y1, x2, y2 = max(faces, key=lambda face: face["detection_score"])["box"]
        shapes = [{"label": state, "points": [[x1, y1], [x2, y2]], "shape_type": "rectangle"}]
        name = f"sitting-{sitting}/{state}-{picture}"
        files[f"{name}.jpg"] = jpeg
        files[f"{name}.json"] = json.dumps({"shapes": shapes}).encode()
    return files


def train(visitor: Visitor, files: dict[str, bytes], query: str) -> dict[str, Any]:
    """Send a collection, wait for its training, put the model into the mirror, and return the training."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    place = visitor.ask("POST", f"/api/v1/trainings?{query}", target.getvalue(), "application/zip")["links"]["self"]
    while True:
        training: dict[str, Any] = visitor.ask("GET", place)
        if training["state"] not in ("queued", "running"):
            break
        time.sleep(_POLL_S)
    if training["state"] != "succeeded":
        raise SystemExit(f"The training {training['state']}: {training['error']}")
    used: dict[str, Any] = visitor.ask("POST", f"{place}/use")
    return used


def right_labels(visitor: Visitor, files: dict[str, bytes], names: list[str], model: str) -> int:
    """Return on how many of the test pictures a model gives the best face the right label.

    Args:
        visitor: owns the model.
        files: of the collection.
        names: of the test pictures, as the server numbers them: by sitting, in the order of the names.
        model: `shipped`, or the id of the training.
    """
    right = 0
    for name in names:
        sitting, number = name.removesuffix(".jpg").split("/")
        original = sorted(n for n in files if n.startswith(f"{sitting}/") and n.endswith(".jpg"))[int(number) - 1]
        label = json.loads(files[original.replace(".jpg", ".json")])["shapes"][0]["label"]
        faces = visitor.ask("POST", f"/api/v1/detect?model={model}", files[original])["faces"]
        best = max(faces, key=lambda face: face["detection_score"], default=None)
        right += best is not None and best["label"] == label
    return right


def main() -> None:
    """Print a row of the table in docs/own-model.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.own_model", description=__doc__)
    parser.add_argument("clips", type=Path)
    parser.add_argument("--task", choices=("localizer", "classifier"), required=True)
    parser.add_argument("--weights", default="imagenet", help="see MASK_MIRROR_STUDIO_WEIGHTS")
    parser.add_argument("--each", type=int, default=EACH, help="pictures a state and sitting (default: %(default)s)")
    parser.add_argument("--options", default="", help="of the training, like epochs=4&copies=30")
    args = parser.parse_args()
    os.environ |= {"MASK_MIRROR_STUDIO": "yes", "MASK_MIRROR_STUDIO_WEIGHTS": args.weights}
    with running_app("eventlet") as (port, _, _):
        visitor = Visitor(f"http://127.0.0.1:{port}")
        started = time.monotonic()
        files = collect(args.clips, visitor, args.each)
        training = train(visitor, files, f"task={args.task}&{args.options}".rstrip("&"))
        minutes = (time.monotonic() - started) / 60
        table = training["report"]["table"]
        before = right_labels(visitor, files, table["names"], "shipped")
        after = right_labels(visitor, files, table["names"], training["id"])
        visitor.ask("DELETE", training["links"]["self"])
    print(_SENTENCE)
    print("|---|---|---|---|---|---|---|")
    collection, count = training["collection"], len(table["names"])
    iou = "" if table.get("mean_iou") is None else f"{table['mean_iou']:.2f}"
    print(
        f"| {args.task} | {collection['pictures']}, {collection['sittings']} | {minutes:.1f} | {count} "
        f"| {before / count:.1%} | {after / count:.1%} | {iou} |"
    )
    print(f"own test set: {table['right']} of {table['faces']} right; history: {json.dumps(training['history'])}")


if __name__ == "__main__":
    main()
