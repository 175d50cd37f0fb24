"""COCO's matching of detections to ground truth (Lin et al. 2014, arXiv:1405.0312), done by `pycocotools`."""

from __future__ import annotations

import numpy as np
from pycocotools.cocoeval import COCOeval

from webapp.vision.detections import BoolArray, Float64Array, IntArray

PICTURE = (1, 1)
"""Image and category in `pycocotools`, which is given one picture at a time; labels are chosen before."""


class CocoMatcher(COCOeval):  # type: ignore[misc]
    """Matches the detections of one picture after the other at one IoU threshold.

    Args:
        iou_threshold: least overlap of a match.
    """

    def __init__(self, iou_threshold: float) -> None:
        super().__init__(iouType="bbox")
        self._iou_threshold = iou_threshold
        self.params.iouThrs = np.array([iou_threshold])

    def match(self, overlap: Float64Array, ignored: BoolArray) -> IntArray:
        """Match the detections of a picture, best first.

        Each takes the face that it overlaps most among those that no detection before it took. One that overlaps no
        such face enough takes a region to ignore, on which any number of detections may lie.

        Args:
            overlap: float64 (d, g), of detections in the order of falling score with ground truth.
            ignored: bool (g,), which of the ground truth to ignore.

        Returns:
            int64 (d,), index of the ground truth, -1 where there is none.
        """
        near = overlap >= self._iou_threshold
        matched = np.full(len(overlap), -1, np.int64)
        detections, gt = near.nonzero()
        # `evaluateImg` loops over all pairs in Python: it gets the detections that overlap something, and pictures in
        # which two compete.
        if near.sum(axis=0).max(initial=0) <= 1 and near.sum(axis=1).max(initial=0) <= 1:
            matched[detections] = gt
            return matched
        detections = np.unique(detections)
        # Ids begin at 1: 0 means "not matched".
        self._gts[PICTURE] = [
            {"id": k, "area": 0.0, "ignore": each, "iscrowd": each} for k, each in enumerate(ignored.tolist(), 1)
        ]
        self._dts[PICTURE] = [{"id": k, "area": 0.0, "score": -k} for k in range(1, len(detections) + 1)]
        self.ious[PICTURE] = overlap[detections]
        image = self.evaluateImg(*PICTURE, [0, np.inf], len(detections))
        matched[detections] = image["dtMatches"][0].astype(np.int64) - 1
        return matched
