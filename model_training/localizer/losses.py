"""Box losses of the localizer, and the IoU that it is measured by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

BoxLoss = Callable[[Any, Any], Any]


def corner_and_size(gt_box: Any, found_box: Any) -> Any:
    """Return the squared error of the upper left corner and of the sides: dx1² + dy1² + dw² + dh².

    It is the squared part of YOLO's loss (Redmon et al. 2016, arXiv:1506.02640) with a corner for the centre, sides
    in place of their roots and no weights.

    Args:
        gt_box: float32 (n, 4), x1, y1, x2, y2 as fractions of the square.
        found_box: likewise.

    Returns:
        float32 (n,).
    """
    return _corner(gt_box, found_box) + ops.sum(ops.square(_sides(gt_box) - _sides(found_box)), axis=-1)


def corner_and_absolute_size(gt_box: Any, found_box: Any) -> Any:
    """Return the same with sides that are not squared: dx1² + dy1² + |dw| + |dh|; see `corner_and_size`.

    Without the bars, as one also finds it, the loss would fall without end as boxes grow.
    """
    return _corner(gt_box, found_box) + ops.sum(ops.abs(_sides(gt_box) - _sides(found_box)), axis=-1)


def mean_squared_error(gt_box: Any, found_box: Any) -> Any:
    """Return the mean squared error of the four numbers; see `corner_and_size`."""
    return ops.mean(ops.square(gt_box - found_box), axis=-1)


def overlap_and_sides(gt_box: Any, found_box: Any) -> Any:
    """Return 1 - GIoU (Rezatofighi et al. 2019, arXiv:1902.09630) plus |dx1| + |dy1| + |dx2| + |dy2|.

    The overlap is what a localizer is measured by; the four sides give a gradient where boxes do not overlap (the sum
    is that of Carion et al. 2020, arXiv:2005.12872).
    """
    outer = ops.maximum(gt_box[:, 2:], found_box[:, 2:]) - ops.minimum(gt_box[:, :2], found_box[:, :2])
    hull = ops.maximum(ops.prod(ops.maximum(outer, 0.0), axis=-1), 1e-9)
    intersection, union = _intersection_and_union(gt_box, found_box)
    giou = intersection / union - (hull - union) / hull
    return 1.0 - giou + ops.sum(ops.abs(gt_box - found_box), axis=-1)


BOX_LOSSES: dict[str, BoxLoss] = {
    "corner-and-size": corner_and_size,
    "corner-and-absolute-size": corner_and_absolute_size,
    "mse": mean_squared_error,
    "overlap-and-sides": overlap_and_sides,
}


def iou(gt_box: Any, found_box: Any) -> Any:
    """Return the intersection over union of each pair of boxes.

    Args:
        gt_box: float32 (n, 4), x1, y1, x2, y2.
        found_box: likewise; where it is inside out, the result is 0.

    Returns:
        float32 (n,) in [0, 1].
    """
    intersection, union = _intersection_and_union(gt_box, found_box)
    return intersection / union


def _intersection_and_union(gt_box: Any, found_box: Any) -> tuple[Any, Any]:
    top_left = ops.maximum(gt_box[:, :2], found_box[:, :2])
    bottom_right = ops.minimum(gt_box[:, 2:], found_box[:, 2:])
    intersection = ops.prod(ops.maximum(bottom_right - top_left, 0.0), axis=-1)
    areas = [ops.prod(ops.maximum(_sides(box), 0.0), axis=-1) for box in (gt_box, found_box)]
    return intersection, ops.maximum(areas[0] + areas[1] - intersection, 1e-9)


def _corner(gt_box: Any, found_box: Any) -> Any:
    return ops.sum(ops.square(gt_box[:, :2] - found_box[:, :2]), axis=-1)


def _sides(box: Any) -> Any:
    return box[:, 2:] - box[:, :2]
