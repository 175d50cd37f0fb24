"""The wire format: event names, and the JSON of detections and errors. Defined here and nowhere else."""

from __future__ import annotations

from typing import Any

from webapp.vision.detections import LABELS, Detections

EVENT_FRAME = "frame"
"""Client -> server: `({"seq", "captured_ms", "score_threshold"}, JPEG bytes)`, answered by its acknowledgement.

`score_threshold` may be missing: then faces below the detector's own threshold are left out.
"""

SCORE_THRESHOLD_MIN = 0.3
"""The lowest threshold that a live client may request."""

EVENT_FRAME_SIZE = "frame_size"
"""Server -> client, after connecting and when it changes: `{"longer_side_px"}`; larger frames are scaled down to it."""

EVENT_GOODBYE = "goodbye"
"""Server -> client: the server is about to stop; the client shows that and reconnects automatically."""


def faces_json(detections: Detections, with_track_id: bool = False) -> list[dict[str, Any]]:
    """Return detections as the `faces` of every response.

    Args:
        detections: labelled.
        with_track_id: add `track_id` (None without a tracker).

    Returns:
        One dict per face: `{"box": [x1, y1, x2, y2], "detection_score", "label", "label_score", "label_probs": {label:
        probability}}`; boxes in pixels rounded to hundredths, scores and probabilities to ten-thousandths.
        `label_probs` names every label; it is absent where no model gives probabilities.
    """
    if detections.label is None or detections.label_score is None:
        raise ValueError("only labelled detections can be serialised")
    boxes = [[round(v, 2) for v in box] for box in detections.xyxy.tolist()]
    scores = detections.detection_score.tolist()
    labels, label_scores = detections.label.tolist(), detections.label_score.tolist()
    faces: list[dict[str, Any]] = [
        {
            "box": boxes[i],
            "detection_score": round(scores[i], 4),
            "label": LABELS[labels[i]],
            "label_score": round(label_scores[i], 4),
        }
        for i in range(len(detections))
    ]
    if detections.label_probs is not None:
        for face, probs in zip(faces, detections.label_probs.tolist(), strict=True):
            face["label_probs"] = {name: round(p, 4) for name, p in zip(LABELS, probs, strict=True)}
    if with_track_id:
        for i, face in enumerate(faces):
            face["track_id"] = None if detections.track_id is None else int(detections.track_id[i])
    return faces


def error_json(code: str, message: str) -> dict[str, dict[str, str]]:
    """Return the body of every error response: `{"error": {"code", "message"}}`."""
    return {"error": {"code": code, "message": message}}
