"""Everything that `metrics.json` says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from model_training.evaluation.calibration import detection_calibration, label_calibration
from model_training.evaluation.face_traits import Traits
from model_training.evaluation.figures import SIZES_PX, operating_figures, outcomes, size_figures
from model_training.evaluation.matching import Question, Scene, Verdicts, judge
from model_training.evaluation.slices import slice_table
from model_training.evaluation.truth import Found, TruePhoto

IOU_THRESHOLDS = (0.5, 0.3)


def measure(
    photos: Sequence[TruePhoto],
    scenes: Sequence[Scene],
    traits: Sequence[Traits],
    negatives: Mapping[str, Sequence[Found]] | None,
    shipped_threshold: float | None,
) -> dict[str, Any]:
    """Return all figures.

    Args:
        photos: the truth.
        scenes: the same photos with answers.
        traits: of every wanted face, in the order of `Verdicts.wanted`.
        negatives: answers on photos without faces, by kind; None where there are none.
        shipped_threshold: lowest score that the app shows; None where unknown.

    Returns:
        `photos`, `faces`, `calibration` (at IoU .5, answers from the shipped threshold on, or from the rule's), and for
        each overlap a block `iou_0.5`, `iou_0.3`: `rule` and `shipped` (what the two thresholds give), `sizes` and
        `slices` (at the rule's threshold).
    """
    blocks: dict[str, Any] = {}
    verdicts: dict[float, Verdicts] = {}
    for iou_threshold in IOU_THRESHOLDS:
        verdicts[iou_threshold] = on_faces = judge(scenes, Question(iou_threshold))
        rule = operating_figures(scenes, on_faces, None, negatives)
        shipped = None
        if shipped_threshold is not None:
            shipped = operating_figures(scenes, on_faces, shipped_threshold, negatives)
        level = rule["threshold"]
        blocks[f"iou_{iou_threshold}"] = {
            "rule": rule,
            "shipped": shipped,
            "sizes": {size: size_figures(scenes, iou_threshold, level, size) for size in SIZES_PX},
            "slices": slice_table(photos, scenes, outcomes(scenes, on_faces, level), traits),
        }
    first = IOU_THRESHOLDS[0]
    shown_from = blocks[f"iou_{first}"]["rule"]["threshold"] if shipped_threshold is None else shipped_threshold
    calibration = {
        "from_score": shown_from,
        "detection": detection_calibration(verdicts[first], shown_from),
        "label": label_calibration(scenes, verdicts[first], shown_from),
    }
    return {"photos": len(photos), "faces": len(traits), **blocks, "calibration": calibration}


def as_json(value: Any) -> Any:
    """Return figures as JSON can hold them: rounded to a millionth, null for what there is none of."""
    if isinstance(value, Mapping):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
