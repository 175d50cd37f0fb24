"""Validate label files: is the picture whole, is the name known, does the box lie in the picture?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from model_training.data.annotations import Annotations, Photo
from model_training.data.face_samples import box_in_crop
from model_training.data.formats.box_validation import Box, check_box, size_factors
from model_training.data.formats.label_names import DROP, IGNORE, LabelNames
from model_training.data.formats.raw_labels import RawFace, RawPhoto
from model_training.data.image_files import read_whole
from model_training.data.output_folders import inside
from model_training.data.problems import Problems
from webapp.vision.detections import LABELS


class LabelValidator:
    """Turns raw photos into photos of a manifest, one by one.

    Args:
        images: folder of the pictures.
        names: what the labels' names stand for.
        source: name of the set, for photos without one.
        padding: margin of ready crops as a fraction of the face's longer side.
        session_folders: whether the folder that a picture lies in is its session.
        problems: takes in whatever is wrong.
    """

    def __init__(
        self,
        images: Path,
        names: LabelNames,
        source: str,
        padding: float,
        session_folders: bool,
        problems: Problems,
    ) -> None:
        self.passed_over = Counter[str]()
        """Number of dropped boxes by name."""
        self._images = images
        self._names = names
        self._source = source
        self._padding = padding
        self._session_folders = session_folders
        self._problems = problems
        self._seen = set[str]()

    def photo(self, raw: RawPhoto) -> Photo | None:
        """Return the photo with the boxes that can be used; None if the photo itself cannot be."""
        path = inside(self._images, raw.file_name)
        if path is None:
            self._problems.add(raw.file_name, "lies outside the folder of pictures; left out")
            return None
        if raw.file_name in self._seen:
            self._problems.add(raw.file_name, "is listed twice; the second one is left out")
            return None
        self._seen.add(raw.file_name)
        try:
            height, width = read_whole(path).shape[:2]
        except ValueError as error:
            self._problems.add(raw.file_name, f"{error}; left out")
            return None
        factors = size_factors(raw.labelled_wh, (width, height))
        if factors is None and raw.faces:
            labelled = "{} x {}".format(*raw.labelled_wh or (0, 0))
            self._problems.add(raw.file_name, f"was labelled at {labelled} pixels but has {width} x {height}; left out")
            return None
        boxes: list[Box] = []
        labels: list[int] = []
        ignore: list[bool] = []
        for number, face in enumerate(raw.faces, start=1):
            target = self._target(raw, number, face)
            box = self._box(raw, number, face, (width, height), factors or (1.0, 1.0)) if target else None
            if box is not None:
                boxes.append(box)
                labels.append(LABELS.index(target) if target in LABELS else 0)
                ignore.append(face.ignore or target == IGNORE)
        extra = {"source": self._source} | (raw.extra or {})
        if self._session_folders and path.parent != self._images:
            extra["session"] = path.parent.relative_to(self._images).as_posix()
        xyxy = np.array(boxes, np.float32).reshape(-1, 4)
        annotations = Annotations(xyxy, np.array(labels, np.int64), np.array(ignore, bool))
        return Photo(raw.file_name, (width, height), annotations, **extra)

    def _target(self, raw: RawPhoto, number: int, face: RawFace) -> str | None:
        target = self._names.target(face.name)
        if target is None:
            message = f"face {number} has the unknown class {face.name!r}; left out, --map gives it a meaning"
            self._problems.add(raw.file_name, message)
        if target == DROP:
            self.passed_over[face.name] += 1
            return None
        return target

    def _box(
        self, raw: RawPhoto, number: int, face: RawFace, resolution_wh: tuple[int, int], factors: tuple[float, float]
    ) -> Box | None:
        if face.box is None:
            x1, y1, x2, y2 = box_in_crop(*resolution_wh, self._padding).tolist()
            return x1, y1, x2, y2
        factor_x, factor_y = resolution_wh if face.relative else factors
        x1, y1, x2, y2 = face.box
        box, wrong = check_box((x1 * factor_x, y1 * factor_y, x2 * factor_x, y2 * factor_y), resolution_wh)
        if wrong is not None:
            self._problems.add(raw.file_name, f"face {number} ({face.name}): {wrong}")
        return box
