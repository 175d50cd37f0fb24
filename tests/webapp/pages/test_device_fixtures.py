"""What the Python core gives for made-up inputs, stored for the tests of its JavaScript counterparts (tests/js/device).

No model takes part. After a change of the core that is meant to change its results, write the file again with
`python -m tests.webapp.pages.test_device_fixtures`, and change static/js/device alike.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.webapp.test_stored_detections import leaves
from webapp.protocol import faces_json
from webapp.vision.boxes import box_iou, clip_boxes, nms, square_boxes, unmove_edges
from webapp.vision.crops import crop_face
from webapp.vision.detections import Detections, FloatArray
from webapp.vision.detectors.anchor_free import Candidates, decode, locations, merge, vote
from webapp.vision.detectors.calibration import Calibration
from webapp.vision.detectors.face_verification import verify_large
from webapp.vision.detectors.multiface import best_first
from webapp.vision.detectors.views import PHOTO_TTA, photo_views, stream_views, views_name
from webapp.vision.frames import Frame
from webapp.vision.letterbox import fit_frame
from webapp.vision.second_opinion import FaceState, select_faces
from webapp.vision.tracking.stream import Stream

STORED = Path(__file__).parent.parent.parent / "js" / "device" / "fixtures.json"
HEIGHT, WIDTH = 64, 96
CARD = {
    "calibration": {
        "96+64": {"slope": 2.0, "offset": 1.5, "size_slope": -0.5, "size_curve": 0.1, "threshold": 0.4}
        | {"box_bias": [-0.05, -0.09, 0.04, 0.03]}
        | {"verification": {"slope": 0.7, "offset": 0.4, "threshold": 0.3}},
        "640+160": {"slope": 3.0, "offset": 1.0, "size_slope": 0.2, "size_curve": -0.1, "threshold": 0.6}
        | {"box_bias": [0.0, 0.0, 0.0, 0.0]},
    },
    "verifier": {"sha256": "abc"},
}
STREAM_FRAMES, STEP_S = 50, 0.05


def random_boxes(rng: np.random.Generator, count: int) -> FloatArray:
    corner, side = rng.uniform(-5, 70, (count, 2)), rng.uniform(8, 40, (count, 2))
    return np.concatenate([corner, corner + side], axis=1).astype(np.float32)


def random_probs(rng: np.random.Generator, count: int) -> FloatArray:
    return rng.dirichlet([0.7, 0.7, 0.4], count).astype(np.float32)


def textured(height: int, width: int) -> Frame:
    """Return a smooth colourful frame with some noise, uint8 (height, width, 3) BGR."""
    rng = np.random.default_rng(1)
    waves = np.add.outer(np.arange(height) / 5, np.arange(width) / 7)
    channels = [127 + 90 * np.sin(waves * (1 + i / 3) + i) + rng.normal(0, 8, waves.shape) for i in range(3)]
    return np.clip(np.stack(channels, axis=2), 0, 255).astype(np.uint8)


def encoded(pixels: Frame) -> str:
    return base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode()


def rgb(frame: Frame) -> str:
    return encoded(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))


def boxes() -> dict[str, Any]:
    rng = np.random.default_rng(2)
    some, score = random_boxes(rng, 30), rng.uniform(0, 1, 30).astype(np.float32)
    bias = np.array([-0.05, -0.09, 0.04, 0.03], np.float32)
    return {
        "xyxy": some.tolist(),
        "score": score.tolist(),
        "iou_with_first": box_iou(some[:1], some)[0].tolist(),
        "nms": nms(some, score, 0.3).tolist(),
        "square": square_boxes(some, 0.1).tolist(),
        "unmoved": unmove_edges(some, bias).tolist(),
        "bias": bias.tolist(),
        "clipped": clip_boxes(some, (WIDTH, HEIGHT)).tolist(),
    }


def pictures() -> dict[str, Any]:
    frame = textured(37, 50)
    fitted = {}
    for size_px, mirrored in ((36, False), (24, True), (16, False), (60, False)):
        canvas, factors = fit_frame(np.ascontiguousarray(frame[:, ::-1]) if mirrored else frame, size_px)
        size = {"width": canvas.shape[1], "height": canvas.shape[0]}
        fitted[f"{size_px}{'m' * mirrored}"] = {**size, "factors": factors, "rgb": rgb(canvas)}
    squares = [[5, 3, 32, 30], [10.5, 5.5, 18.4, 13.4], [-12, -5, 20, 27], [35, 15, 60, 40], [200, 200, 230, 230]]
    crops = [{"square": square, "rgb": rgb(crop_face(frame, square, 12))} for square in squares]
    rgba = cv2.cvtColor(frame, cv2.COLOR_BGR2RGBA)
    return {"width": 50, "height": 37, "rgba": encoded(rgba), "fitted": fitted, "crop_px": 12, "crops": crops}


def candidates_json(found: Candidates) -> list[dict[str, Any]]:
    rows = zip(found.xyxy.tolist(), found.score.tolist(), found.label_probs.tolist(), strict=True)
    return [{"xyxy": xyxy, "score": score, "label_probs": probs} for xyxy, score, probs in rows]


def face_logits(xyxy: FloatArray) -> FloatArray:
    """Return made-up log-odds that boxes hold faces: they change with the left edge."""
    return np.asarray(3 * np.sin(xyxy[:, 0]), np.float32)


def detector() -> dict[str, Any]:
    """Return a network's output, made up, and what decoding, voting, merging and calibration make of it."""
    rng = np.random.default_rng(3)
    points = locations(HEIGHT, WIDTH)
    outputs = rng.normal(0, 1, (len(points), 8)).astype(np.float32)
    outputs[:, 0] -= 2.5
    outputs[:, 1:5] = np.abs(outputs[:, 1:5]) + 1
    outputs = outputs.round(3)
    views = [decode(outputs, points, 0.2, 0.7), decode(outputs[::-1], points, 0.2, 0.7)]
    voted = [vote(view) for view in views]
    merged = merge(voted, [1.0, 0.5])
    calibration = Calibration.of_card(CARD, stream_views(96)[:1] + stream_views(64))
    unbiased = calibration.unbiased(merged.xyxy)
    score = calibration.apply(merged.detection_score, unbiased, WIDTH)
    scored = best_first(replace(merged, xyxy=unbiased, detection_score=score), 0.0)
    assert calibration.verification is not None
    verified = verify_large(scored, WIDTH, calibration.verification, face_logits)
    nearest = [Calibration.of_card(CARD, stream_views(size_px)).threshold for size_px in (256, 416, 640)]
    return {
        "outputs": outputs.ravel().tolist(),
        "views": [candidates_json(view) for view in views],
        "voted": [candidates_json(view) for view in voted],
        "merged": faces_json(merged),
        "card": CARD,
        "unbiased": unbiased.tolist(),
        "calibrated": score.tolist(),
        "scored": faces_json(scored),
        "verified": faces_json(verified),
        "nearest_thresholds": nearest,
    }


def views() -> dict[str, Any]:
    return {
        "stream": {size_px: views_name(stream_views(size_px)) for size_px in (128, 256, 416)},
        "photo": {
            f"{size_px} {tta}": views_name(photo_views(size_px, tta)) for size_px in (963, 960) for tta in PHOTO_TTA
        },
    }


def opinions() -> list[dict[str, Any]]:
    rng = np.random.default_rng(4)
    cases = []
    for _ in range(6):
        xyxy, since_s = random_boxes(rng, 12) * 2, rng.choice([0.05, 0.2, 1.0, np.inf], 12)
        state = FaceState(random_probs(rng, 12), since_s)
        # JSON has no infinity.
        since = [None if np.isinf(one) else one for one in since_s.tolist()]
        chosen = select_faces(xyxy, state).tolist()
        cases.append(
            {"xyxy": xyxy.tolist(), "label_probs": state.label_probs.tolist(), "since_s": since, "selected": chosen}
        )
    return cases


def stream() -> list[dict[str, Any]]:
    """Return the frames of a stream: three faces that move, tremble, vanish and jump, and how they are shown."""
    rng, follower = np.random.default_rng(5), Stream(track=True)
    nothing = np.zeros((4, 4, 3), np.uint8)
    opinion = np.array([0.1, 0.2, 0.7], np.float32)
    frames = []
    for number in range(STREAM_FRAMES):
        turn = number / 8
        places = [(60 + 90 * np.sin(turn), 80, 60), (200 + 4 * number, 90, 70), (400, 60 + 30 * np.cos(3 * turn), 52)]
        there = [i for i in range(3) if not (i == 1 and 12 <= number < 18) and not (i == 2 and 20 <= number < 45)]
        corners = np.array([places[i][:2] for i in there]) + rng.normal(0, 1, (len(there), 2))
        sides = np.array([[places[i][2]] for i in there])
        xyxy = np.concatenate([corners, corners + sides], axis=1).astype(np.float32)
        seen = Detections(xyxy, np.full(len(there), 0.9, np.float32)).with_label_probs(random_probs(rng, len(there)))
        time_s = STEP_S * number if number != 30 else STEP_S * 29  # a clock that stands still once
        shown = follower.follow(nothing, seen, time_s, lambda _, of: np.tile(opinion, (len(of), 1)))
        probs = [
            {"xyxy": box, "label_probs": row} for box, row in zip(xyxy.tolist(), seen.label_probs.tolist(), strict=True)
        ]
        frames.append(
            {"time_s": time_s, "faces": probs, "shown": faces_json(replace(shown, unsure=None), with_track_id=True)}
        )
    return frames


def rounded(value: Any) -> Any:
    """Return nested JSON with its numbers to a hundred-thousandth."""
    if isinstance(value, dict):
        return {str(key): rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(inner) for inner in value]
    return round(value, 5) if isinstance(value, float) else value


def fixtures() -> dict[str, Any]:
    found = {"boxes": boxes(), "pictures": pictures(), "detector": detector(), "views": views(), "opinions": opinions()}
    return rounded(found | {"stream": stream()})


def test_the_stored_results_are_those_of_the_core() -> None:
    stored, found = dict(leaves(json.loads(STORED.read_text()))), dict(leaves(fixtures()))
    assert list(found) == list(stored)
    for path, value in found.items():
        assert value == stored[path] or abs(value - stored[path]) < 1e-4, path


if __name__ == "__main__":
    STORED.write_text(json.dumps(fixtures(), separators=(",", ":")) + "\n", encoding="utf-8")
