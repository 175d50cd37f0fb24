"""A collection: pictures and labels of a ZIP, checked and written anew into a folder of its own.

Pictures are decoded here, in a confined process, and encoded again: what trains never reads what a stranger made.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from webapp.studio.labelme import labelme_json, read_labels
from webapp.studio.zip_files import BadCollection, ZipFiles
from webapp.vision.detections import LABELS
from webapp.vision.errors import VisionError
from webapp.vision.frames import Frame, ImageLimits, decode_image

SIDE_PX = 1280
"""Longer side of a picture that is kept; augmentation scales down to 450 px."""

LEAST_FACES = 6
_JPEG_QUALITY = 95

STATE_WORDS = ("with a mask", "without a mask", "with a mask worn incorrectly")
"""By index into `LABELS`."""


def unpack(
    files: ZipFiles, folder: Path, task: str, limits: ImageLimits, tell: Callable[[float], None]
) -> tuple[dict[str, Any], list[str]]:
    """Write `sitting-N/0001.jpg` with a labelme file each.

    Args:
        files: the ZIP.
        folder: empty.
        task: `localizer` or `classifier`.
        limits: of a picture.
        tell: gets the fraction that is done.

    Returns:
        `pictures`, `sittings`, `faces` by label; and sentences about what was left out.

    Raises:
        BadCollection: there is nothing to train on.
    """
    names = files.pictures()
    if not names:
        raise BadCollection("There is no picture in this ZIP. It needs JPEG, PNG or WebP files with labelme labels.")
    _refuse_other_formats(files, names)
    sittings = {name: i for i, name in enumerate(sorted({posixpath.dirname(name) for name in names}), 1)}
    left_out = _LeftOut()
    counts: Counter[int] = Counter()
    written: Counter[int] = Counter()
    for done, name in enumerate(names):
        tell(done / len(names))
        usable = _usable(files, name, limits, left_out, task)
        if usable is None:
            continue
        sitting = sittings[posixpath.dirname(name)]
        written[sitting] += 1
        frame, scale, boxes = usable
        _write(folder / f"sitting-{sitting}" / f"{written[sitting]:04d}.jpg", frame, scale, boxes)
        counts.update(box.label for box in boxes)
    faces = {name: counts[k] for k, name in enumerate(LABELS)}
    _refuse_too_little(counts, task)
    return {"pictures": written.total(), "sittings": len(written), "faces": faces}, left_out.sentences()


class _LeftOut:
    """What was left out, by reason."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}

    def add(self, reason: str, name: str) -> None:
        self._names.setdefault(reason, []).append(name)

    def sentences(self) -> list[str]:
        return [f"{_some(names)}: {reason}." for reason, names in self._names.items()]


def _some(names: list[str]) -> str:
    shown = ", ".join(name[-60:] for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _usable(files: ZipFiles, name: str, limits: ImageLimits, left_out: _LeftOut, task: str) -> Any:
    """Return frame, scale and boxes of a picture, None where it is left out."""
    label_file = posixpath.splitext(name)[0] + ".json"
    if label_file not in files:
        left_out.add("no label file lies beside the picture, so it was left out", name)
        return None
    try:
        image = decode_image(files.read(name), limits)
        labels = read_labels(files.read(label_file), image.width, image.height)
    except VisionError as error:
        left_out.add(f"left out, {_lower(str(error))}", name)
        return None
    except ValueError as error:
        left_out.add(f"the file {error}, so its picture was left out", name)
        return None
    for unknown in sorted(set(labels.unknown)):
        left_out.add(f"left out, since a box is named “{unknown}”, not {', '.join(LABELS)}", name)
    if labels.empty:
        left_out.add("left out, since a box has no size; draw it again", name)
    if labels.unreadable:
        left_out.add("left out, since a shape has no name or no points", name)
    if not labels.whole:
        return None
    if not labels.boxes:
        if task == "classifier":
            left_out.add("no face is marked, so the picture was left out", name)
            return None
        left_out.add("no face is marked, so the picture is an example of none", name)
    height, width = image.frame.shape[:2]
    scale = min(1.0, SIDE_PX / max(width, height))
    frame = cv2.resize(image.frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    # The frame may have been decoded smaller already, boxes are in pixels of the picture.
    return frame.astype("uint8"), frame.shape[1] / image.width, labels.boxes


def _write(path: Path, frame: Frame, scale: float, boxes: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    good, jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not good:
        raise OSError("a picture could not be encoded")
    path.write_bytes(jpeg.tobytes())
    text = labelme_json(boxes, path.name, frame.shape[1], frame.shape[0], scale)
    path.with_suffix(".json").write_text(text, encoding="utf-8")


def _refuse_other_formats(files: ZipFiles, pictures: list[str]) -> None:
    stems = {posixpath.splitext(name)[0] for name in pictures}
    others = {posixpath.splitext(name) for name in files.names()}
    if any(f"{stem}.json" in files for stem in stems):
        return
    found = {suffix for stem, suffix in others if stem in stems} & {".txt", ".xml"}
    other = {".txt": "YOLO", ".xml": "Pascal VOC"}[found.pop()] if found else None
    if other is None and any(suffix == ".json" for _, suffix in others):
        other = "COCO"
    if other:
        raise BadCollection(
            f"The labels of this ZIP have the format {other}. Open it on the page Collect, and export it as labelme."
        )
    raise BadCollection("No picture of this ZIP has a labelme file beside it. Label them on the page Collect first.")


def _refuse_too_little(counts: Counter[int], task: str) -> None:
    if not counts.total():
        raise BadCollection("No picture of this collection shows a marked face. Mark faces on the page Collect first.")
    for label in (0, 1) if task == "classifier" else ():
        if not counts[label]:
            raise BadCollection(
                f"There is no picture {STATE_WORDS[label]}. Collect some: a network learns a state from its pictures."
            )
    if counts.total() < LEAST_FACES:
        raise BadCollection(
            f"This collection has {counts.total()} faces. At least {LEAST_FACES} are needed; 30 a state "
            "in two sittings are good."
        )


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")
