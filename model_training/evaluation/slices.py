"""Slices: recall and label accuracy of faces by label, size, pose, blur, luminance, skin tone and source."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from model_training.data.annotations import Photo
from model_training.data.labels import WITHOUT_MASK
from model_training.evaluation.detection_metrics import FaceResults
from model_training.evaluation.face_attributes import FaceAttributes
from model_training.evaluation.matching import Scene
from webapp.vision.detections import LABELS


@dataclass(frozen=True)
class SliceSet:
    """One attribute by which faces are sliced.

    Args:
        key: name in `metrics.json`.
        title: for people.
        note: what it means, and its limits.
        edges: increasing; the i-th kind reaches from the i-th edge to below the next.
        names: one for each kind.
    """

    key: str
    title: str
    note: str
    edges: tuple[float, ...]
    names: tuple[str, ...]


PICTURE_AREA = SliceSet(
    "picture_area",
    "Area in the picture",
    "Area of the labelled box, as far as it lies in the picture, in that of the whole picture.",
    (0, 0.05, 0.15, 0.35, 0.6, math.inf),
    ("under 5 %", "5 to 15 %", "15 to 35 %", "35 to 60 %", "from 60 %"),
)
MEASURED = (
    SliceSet(
        "size_px",
        "Size",
        "Shorter side of the face where the photo's longer side has 576 px.",
        (12, 16, 24, 32, 48, 96, 192, math.inf),
        ("12 to 16 px", "16 to 24 px", "24 to 32 px", "32 to 48 px", "48 to 96 px", "96 to 192 px", "from 192 px"),
    ),
    PICTURE_AREA,
    SliceSet(
        "pose_proxy",
        "Pose, by a proxy",
        "Width of the labelled box by its height. A profile is narrow; so is a face cut off by the photo's edge, and "
        "some labels draw the whole head. Nobody has labelled poses.",
        (0, 0.65, 0.8, 1, math.inf),
        ("narrow: under 0.65", "0.65 to 0.8", "0.8 to 1", "wide: from 1"),
    ),
    SliceSet(
        "blur",
        "Blur",
        "Variance of the Laplacian of the face at 32 x 32 px; low is blurred or pale. Faces from 32 px only.",
        (0, 600, 1200, 2400, math.inf),
        ("blurred: under 600", "600 to 1,200", "1,200 to 2,400", "sharp: from 2,400"),
    ),
    SliceSet(
        "luminance",
        "Light",
        "Median grey level of the face, 0 black to 255 white. A white mask makes a face lighter, dark skin darker.",
        (0, 60, 100, 150, 256),
        ("dark: under 60", "60 to 100", "100 to 150", "bright: from 150"),
    ),
    SliceSet(
        "skin_tone_proxy",
        "Skin tone, by a proxy",
        "Individual typology angle of the upper half of bare faces from 32 px in colour photos. Lamp, white balance, "
        "make-up and shade move it as much as skin does, hair and glasses are in it, masked faces are left out, the "
        "photos were not chosen to represent anybody, and the rows differ in size and light of their faces. A gap "
        "between these rows needs a closer inspection; no gap does not prove fairness.",
        (-90, 10, 41, 90.1),
        ("darker: under 10°", "medium: 10° to 41°", "lighter: from 41°"),
    ),
)
LABEL_NOTE = "As labelled by people. A badly worn mask counts as none where labels are compared."
SOURCE_NOTE = "Sets label differently: some draw whole heads, some leave faces in the background out."


def slice_table(
    photos: Sequence[Photo], scenes: Sequence[Scene], seen: FaceResults, attributes: Sequence[FaceAttributes]
) -> list[dict[str, Any]]:
    """Count faces, faces found and right labels, slice by slice.

    Args:
        photos: the ground truth.
        scenes: the same photos with predictions.
        seen: results of w faces.
        attributes: of the same w faces.

    Returns:
        One dict an attribute: `key`, `title`, `note`, `rows`; a row has `name`, `faces`, and `recall` and
        `right_label` (of those found; two classes), each with `value`, `low` and `high` (95 %; None where there is
        no face).
    """
    values = {
        "size_px": np.array([scenes[s].gt_side_px[f] for s, f in zip(seen.scene, seen.face, strict=True)]),
        "picture_area": np.array([area_in_picture(photos[s], f) for s, f in zip(seen.scene, seen.face, strict=True)]),
        "pose_proxy": np.array([_aspect(scenes[s], f) for s, f in zip(seen.scene, seen.face, strict=True)]),
        "blur": np.array([t.blur for t in attributes]),
        "luminance": np.array([t.luminance for t in attributes]),
        "skin_tone_proxy": np.where(seen.label == WITHOUT_MASK, [t.ita_deg for t in attributes], np.nan),
    }

    def rows(names: Sequence[str], chosen: Callable[[int], NDArray[np.bool_]]) -> list[dict[str, Any]]:
        return [_row(name, chosen(i), seen) for i, name in enumerate(names)]

    table: list[dict[str, Any]] = [
        {"key": "label", "title": "Label", "note": LABEL_NOTE, "rows": rows(LABELS, lambda i: seen.label == i)}
    ]
    for kind in MEASURED:
        index = np.digitize(np.nan_to_num(values[kind.key], nan=-np.inf), kind.edges) - 1
        found = rows(kind.names, lambda i, index=index: index == i)  # type: ignore[misc]
        table.append({"key": kind.key, "title": kind.title, "note": kind.note, "rows": found})
    source = np.array([photos[s].source for s in seen.scene])
    names = sorted(set(source.tolist()))
    by_source = rows(names, lambda i: source == names[i])
    return [*table, {"key": "source", "title": "Source", "note": SOURCE_NOTE, "rows": by_source}]


def area_in_picture(photo: Photo, face: int) -> float:
    """Return the area of a face, as far as it lies in the photo, in that of the photo; in [0, 1].

    Args:
        photo: with the face.
        face: its index.
    """
    inside = np.clip(photo.annotations.xyxy[face].astype(np.float64), 0, np.tile(photo.resolution_wh, 2))
    return float(np.prod(inside[2:] - inside[:2]) / np.prod(photo.resolution_wh))


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a proportion by Wilson (1927, doi:10.1080/01621459.1927.10502953).

    Args:
        successes: how many.
        trials: of how many; at least 1.
    """
    interval = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def _aspect(scene: Scene, face: int) -> float:
    width, height = scene.gt_xyxy[face, 2:] - scene.gt_xyxy[face, :2]
    return float(width / height)


def _row(name: str, chosen: NDArray[np.bool_], seen: FaceResults) -> dict[str, Any]:
    faces, found, right = (int((chosen & mask).sum()) for mask in (np.ones_like(chosen), seen.found, seen.right))
    return {"name": name, "faces": faces, "recall": _proportion(found, faces), "right_label": _proportion(right, found)}


def _proportion(successes: int, trials: int) -> dict[str, float | None]:
    if trials == 0:
        return {"value": None, "low": None, "high": None}
    low, high = wilson_interval(successes, trials)
    return {"value": successes / trials, "low": low, "high": high}
