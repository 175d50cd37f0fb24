"""The metrics of `train detector`, by hand, and against those of `evaluate detector`."""

from __future__ import annotations

import numpy as np
import pytest

from model_training.data.annotations import Annotations, LabelledFrame
from model_training.evaluation.coco_metrics import coco_metrics
from webapp.vision.detections import LABELS, Detections

MASK, BARE, BAD = range(3)


def photo(*faces: list[float], size: tuple[int, int] = (576, 400), ignore: list[bool] | None = None) -> LabelledFrame:
    """Return a photo whose faces are `[x1, y1, x2, y2, label]`."""
    rows = np.array(faces, np.float32).reshape(-1, 5)
    ignored = np.zeros(len(rows), bool) if ignore is None else np.array(ignore)
    frame = np.zeros((size[1], size[0], 3), np.uint8)
    return LabelledFrame(frame, Annotations(rows[:, :4], rows[:, 4].astype(np.int64), ignored))


def found(*rows: list[float]) -> Detections:
    """Return detections that are `[x1, y1, x2, y2, score, label]`."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Detections(table[:, :4], table[:, 4], table[:, 5].astype(np.int64), np.ones(len(table), np.float32))


def test_average_precision_counts_every_point() -> None:
    # Right, wrong, right of two faces: 1 and 2/3; COCO's own 101 points would give (51 + 50 * 2/3) / 101 = .835.
    faces = photo([100, 100, 150, 150, MASK], [200, 200, 260, 260, BARE])
    rows = found([100, 100, 150, 150, 0.9, MASK], [400, 100, 450, 150, 0.8, BAD], [200, 200, 260, 260, 0.7, BAD])
    metrics = coco_metrics([faces], [rows])
    assert metrics["face_ap50"] == pytest.approx(5 / 6)
    assert metrics["face_ap"] == pytest.approx(5 / 6)
    assert (metrics["ap50_with_mask"], metrics["ap50_without_mask"]) == (1, 0)
    assert metrics[f"ap50_{LABELS[BAD]}"] == -1
    assert metrics["map50"] == 0.5


def test_face_ap_is_the_mean_over_ten_overlaps() -> None:
    # IoU .8 (40 of 50 columns): right at .5, .55, … .75 and .8, that is at seven of ten thresholds.
    metrics = coco_metrics([photo([100, 100, 150, 150, MASK])], [found([100, 100, 140, 150, 0.9, MASK])])
    assert metrics["face_ap"] == pytest.approx(0.7)
    assert metrics["face_ap50"] == 1


@pytest.mark.parametrize("scale", [0.5, 1, 2])
def test_sizes_are_the_shorter_side_with_the_photo_at_576_px(scale: float) -> None:
    # 20 x 60 px is small though the root of its area is 34.6; 10 x 40 px does not count, found or not.
    boxes = [[10, 10, 30, 70], [100, 10, 140, 80], [200, 10, 300, 110], [400, 10, 410, 50]]
    scaled = [[edge * scale for edge in box] for box in boxes]
    faces = photo(*([*box, MASK] for box in scaled), size=(int(576 * scale), int(400 * scale)))
    metrics = coco_metrics([faces], [found([*scaled[0], 0.9, MASK], [*scaled[1], 0.8, MASK], [*scaled[3], 0.7, MASK])])
    assert metrics["face_ap50"] == pytest.approx(2 / 3)
    assert [metrics[f"face_ap50_{size}"] for size in ("12_32", "32_96", "96_up")] == [1, 1, 0]


def test_any_number_of_detections_may_lie_on_a_region_to_ignore() -> None:
    faces = photo([100, 100, 150, 150, MASK], [300, 100, 400, 200, BARE], ignore=[False, True])
    # On the region at IoU 1 and 1/3 (50 of 150 columns), then the face.
    on_region = [[300, 100, 400, 200, 0.9, MASK], [350, 100, 450, 200, 0.8, MASK]]
    metrics = coco_metrics([faces], [found(*on_region, [100, 100, 150, 150, 0.7, MASK])])
    assert (metrics["face_ap"], metrics["ap50_with_mask"], metrics["ap50_without_mask"]) == (1, 1, -1)


def test_no_detection_and_no_face() -> None:
    nothing = coco_metrics([photo([100, 100, 150, 150, MASK])], [Detections.empty()])
    assert (nothing["face_ap"], nothing["face_ap50_32_96"], nothing["face_ap50_96_up"]) == (0, 0, -1)
    assert set(coco_metrics([photo()], [found([0, 0, 50, 50, 0.9, MASK])]).values()) == {-1.0}


def test_detections_need_labels() -> None:
    unlabelled = Detections(np.array([[0, 0, 50, 50]], np.float32), np.ones(1, np.float32))
    with pytest.raises(ValueError, match="labelled"):
        coco_metrics([photo([0, 0, 50, 50, MASK])], [unlabelled])
