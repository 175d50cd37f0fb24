"""Label placement: the cases are the same for the pages (tests/js/shared/faces/label_placement.test.js)."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webapp.vision.label_placement import Face, Placement, place_labels

CASES = json.loads((Path(__file__).parent.parent / "label_placement.json").read_text(encoding="utf-8"))


def placed(faces: list[Face], resolution_wh: tuple[int, int]) -> list[tuple[float, float, float, float]]:
    """Return the rectangles of the labels that have room."""
    places = place_labels(faces, resolution_wh, 4)
    sizes = [face.short if place and place.short else face.full for face, place in zip(faces, places, strict=True)]
    return [(p.x, p.y, p.x + w, p.y + h) for p, (w, h) in zip(places, sizes, strict=True) if p is not None]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_cases(case: dict[str, Any]) -> None:
    faces = [Face(*(tuple(face[key]) for key in ("box", "full", "short"))) for face in case["faces"]]
    places = place_labels(faces, tuple(case["picture"]), case["gap"])
    expected = [None if place is None else Placement(**place) for place in case["places"]]
    assert [p and (p.short, round(p.x, 6), round(p.y, 6)) for p in places] == [
        p and (p.short, round(p.x, 6), round(p.y, 6)) for p in expected
    ]


@pytest.mark.parametrize("seed", range(20))
def test_labels_never_overlap_and_stay_in_the_picture(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    sides = rng.uniform(10, 300, (n, 2))
    corners = rng.uniform(-100, 1200, (n, 2))
    boxes = np.hstack([corners, corners + sides]).tolist()
    faces = [Face(tuple(box), (float(rng.uniform(80, 200)), 26.0), (30.0, 20.0)) for box in boxes]
    labels = placed(faces, (1280, 720))
    assert all(x1 >= 0 and y1 >= 0 and x2 <= 1280.001 and y2 <= 720.001 for x1, y1, x2, y2 in labels)
    for a, b in combinations(labels, 2):
        assert min(a[2], b[2]) <= max(a[0], b[0]) or min(a[3], b[3]) <= max(a[1], b[1])


def test_a_label_covers_no_large_part_of_any_face() -> None:
    grid = [(40.0 * c, 40.0 * r, 40.0 * c + 30, 40.0 * r + 30) for r in range(8) for c in range(12)]
    labels = placed([Face(box, (120.0, 26.0), (30.0, 20.0)) for box in grid], (480, 320))
    for x1, y1, x2, y2 in grid:
        for a1, b1, a2, b2 in labels:
            covered = max(0.0, min(x2, a2) - max(x1, a1)) * max(0.0, min(y2, b2) - max(y1, b1))
            assert covered <= 0.35 * 900
