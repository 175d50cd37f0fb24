"""Mark what a trained detector sees and nobody has labelled as regions to ignore (COCO's `iscrowd`).

    python -m model_training mark-doubtful --coco train.json --images images/ \\
        --weights detector.weights.h5 --out train_marked.json

Small faces in the background are often unlabelled; a detector that is punished for finding them learns to be
silent about small faces.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from model_training.detector_predictions import predict_photos
from model_training.networks.face_detector import build_face_detector
from model_training.photos import read_coco_photos
from webapp.vision.boxes import box_iou

LARGEST_OVERLAP = 0.15
"""A detection that overlaps a labelled face more than this is about that face."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--coco", type=Path, required=True, help="COCO JSON of the photos")
    parser.add_argument("--images", type=Path, required=True, help="folder of its photos")
    parser.add_argument("--weights", type=Path, required=True, help=".weights.h5 of a trained detector")
    parser.add_argument("--out", type=Path, required=True, help="COCO JSON to write")
    parser.add_argument("--min-score", type=float, default=0.35, help="detections from this score on are marked")
    parser.add_argument("--size-px", type=int, default=512, help="longer side at which photos are looked at, pixels")


def run(args: argparse.Namespace) -> None:
    """Write a copy of the COCO file with the doubtful regions added."""
    data = json.loads(args.coco.read_text())
    photos = list(read_coco_photos(args.coco, args.images))
    model = build_face_detector()
    model.load_weights(args.weights)
    found = predict_photos(model, photos, args.size_px)
    next_id = max((face["id"] for face in data["annotations"]), default=0) + 1
    marked = 0
    for image, photo, seen in zip(data["images"], photos, found, strict=True):
        overlap = box_iou(seen.xyxy, photo.xyxy).max(axis=1, initial=0)
        for xyxy in seen.xyxy[(seen.detection_score >= args.min_score) & (overlap < LARGEST_OVERLAP)]:
            sides = xyxy[2:] - xyxy[:2]
            data["annotations"].append(
                {
                    "id": next_id + marked,
                    "image_id": image["id"],
                    "category_id": data["categories"][0]["id"],
                    "bbox": [round(float(v), 1) for v in np.concatenate([xyxy[:2], sides])],
                    "area": float(sides.prod()),
                    "iscrowd": 1,
                }
            )
            marked += 1
    args.out.write_text(json.dumps(data))
    print(f"{marked} doubtful regions in {len(photos)} photos")
