"""Blend people's labels with the detections of the app's ensemble, and add faces that are not labelled.

    python -m model_training pseudo-label --coco train.json --images images/ --out train_taught.json

A detection without a labelled face is ignored in training from `--ignore-from` on and becomes a face from
`--label-from` on. `--sheet` shows the most confident of these, for a check by eye. Settings of the environment
apply. With `--one-face` each picture is a crop of one face with a known label: it gets the box of
the best detection.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from model_training.data.annotations import Annotations, Photo
from model_training.data.box_style import box_style, pair_boxes
from model_training.data.labelled_photos import coco_photo_files
from model_training.data.problems import Problems
from model_training.data.progress import progress
from model_training.prepare.teacher import blend_labels
from webapp.config import process_settings
from webapp.pipelines import build_photo_pipeline, build_stream_pipeline
from webapp.vision.boxes import areas, box_iou, move_edges, unmove_edges
from webapp.vision.crops import crop_face
from webapp.vision.detections import LABELS, Detections, FloatArray
from webapp.vision.errors import ModelError

LOWEST_SCORE = 0.1
TILE_PX, TILES_A_ROW = 96, 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--coco", type=Path, required=True, help="COCO JSON of the photos")
    parser.add_argument("--images", type=Path, required=True, help="folder of its photos")
    parser.add_argument("--out", type=Path, required=True, help="COCO JSON to write")
    parser.add_argument("--blend", type=float, default=0.5, help="weight of the teacher's boxes and labels, 0 to 1")
    parser.add_argument("--ignore-from", type=float, default=0.4, help="unlabelled detections are ignored from here on")
    parser.add_argument("--label-from", type=float, default=0.8, help="unlabelled detections are faces from here on")
    parser.add_argument(
        "--reference",
        type=Path,
        help="what this stage made of the reference photos: boxes of other sets are brought to their style",
    )
    parser.add_argument(
        "--sheet", type=Path, help="contact sheet (.jpg) of 200 unlabelled detections, highest scores first"
    )
    parser.add_argument(
        "--one-face", action="store_true", help="crops of one face each: the label stays, the box is found"
    )
    parser.add_argument("--stream", action="store_true", help="detect as in live frames: one network, much faster")


def run(args: argparse.Namespace) -> None:
    """Detect in every photo, add what the teacher knows, write the file.

    Raises:
        SystemExit: a file or a setting cannot be used, the message names it; or, after the work, with status 1: some
            photos could not.
    """
    problems = Problems()
    try:
        _pseudo_label(args, problems)
    except (ModelError, ValueError, OSError) as error:
        raise problems.ended_by(error) from error
    problems.finish()


def _pseudo_label(args: argparse.Namespace, problems: Problems) -> None:
    settings = process_settings()
    pipeline = (build_stream_pipeline if args.stream else build_photo_pipeline)(settings)
    photos = coco_photo_files(args.coco, args.images, problems=problems)
    if not photos:
        raise ValueError(f"{args.coco} has no photo that can be used.")
    # Before the detection, which takes hours.
    for path in (args.out, args.sheet):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
    found = [pipeline.run(photo.read().frame, LOWEST_SCORE) for photo in progress(photos, "photo")]
    bias = None if args.reference is None else read_bias(args.reference)
    if args.one_face:
        faces = [_one_face(photo.annotations, each, bias) for photo, each in zip(photos, found, strict=True)]
        photos, found, blended = _with_a_face(photos, found, faces)
    else:
        blended, bias = blend_all(photos, found, args.blend, args.ignore_from, args.label_from, bias)
    # As the file has them, with whatever further fields there are.
    usable = {photo.file_name for photo in photos}
    entries = json.loads(args.coco.read_text(encoding="utf-8"))["images"]
    images = [entry for entry in entries if entry["file_name"] in usable]
    args.out.write_text(json.dumps(coco_json(images, blended, bias)))
    if args.sheet is not None:
        write_sheet(args.sheet, photos, blended, found)
    new = sum(len(after) - len(photo.annotations) for photo, after in zip(photos, blended, strict=True))
    print(f"{args.out}: {len(photos)} photos, {new} new regions")


def read_bias(reference: Path) -> FloatArray:
    """Return how the teacher's boxes differ from those of the reference, float32 (4,), see `box_style`.

    Raises:
        SystemExit: the file is not one of this stage.
    """
    try:
        return np.array(json.loads(reference.read_text())["info"]["box_bias"], np.float32).reshape(4)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise SystemExit(f"{reference} is not what `pseudo-label` made of the photos of reference.") from error


def blend_all(
    photos: Sequence[Photo],
    found: Sequence[Detections],
    blend: float,
    ignore_from: float,
    label_from: float,
    bias: FloatArray | None = None,
) -> tuple[list[Annotations], FloatArray]:
    """Blend every photo, boxes of labellers and teacher brought to one style; see `teacher.blend_labels`.

    Args:
        photos: with their labels.
        found: the teacher's detections on each.
        blend: see `blend_labels`, as are the next two.
        ignore_from: likewise.
        label_from: likewise.
        bias: of the teacher against the reference. None for photos that are the reference: their boxes stay, and the
            teacher's are brought to their style, source by source. Else the labelled boxes are brought to the
            reference's style, and so are the teacher's.

    Returns:
        The labels of each photo, and the teacher's bias against these labels or, if given, against the reference.
    """
    by_source = defaultdict(list)
    for photo, detections in zip(photos, found, strict=True):
        by_source[photo.source].append((photo.annotations, detections))
    styles = {source: box_style(*pair_boxes(pairs)) for source, pairs in by_source.items()}
    for source, style in sorted(styles.items()):
        print(f"{source}: the teacher's edges lie {np.round(style, 3).tolist()} of a box away")
    overall = box_style(*pair_boxes([pair for pairs in by_source.values() for pair in pairs]))
    blended = []
    for photo, detections in zip(photos, found, strict=True):
        labelled, style = photo.annotations, styles[photo.source]
        shift = style if bias is None else bias
        if bias is not None:
            labelled = replace(labelled, xyxy=unmove_edges(move_edges(labelled.xyxy, style), bias))
        restyled = detections.with_boxes(unmove_edges(detections.xyxy, shift))
        blended.append(blend_labels(labelled, restyled, blend, ignore_from, label_from))
    return blended, overall if bias is None else bias


def _one_face(labelled: Annotations, detections: Detections, bias: FloatArray | None) -> Annotations:
    # The face of a crop is the one that fills it: the score counts, and the size as much.
    label = labelled.label[:1]
    if not len(detections) or not len(label):
        return Annotations.empty()
    best = int((detections.detection_score * areas(detections.xyxy)).argmax())
    box = unmove_edges(detections.xyxy[[best]], np.zeros(4, np.float32) if bias is None else bias)
    return Annotations(box, label, np.zeros(1, bool))


def _with_a_face(
    photos: Sequence[Photo], found: Sequence[Detections], faces: Sequence[Annotations]
) -> tuple[list[Photo], list[Detections], list[Annotations]]:
    # A face that was not found makes no photo without a face.
    kept = [i for i, face in enumerate(faces) if len(face)]
    if len(kept) < len(photos):
        print(f"{len(photos) - len(kept)} pictures are left out: no face was found in them")
    return [photos[i] for i in kept], [found[i] for i in kept], [faces[i] for i in kept]


def coco_json(
    images: Sequence[Mapping[str, Any]], blended: Sequence[Annotations], bias: FloatArray | None = None
) -> dict[str, Any]:
    """Return the photos with the blended labels, as COCO JSON; a face's `label_probs` are one more field.

    Args:
        images: as a COCO file has them.
        blended: the labels of each.
        bias: see `blend_all`; it becomes part of the `info`.
    """
    annotations: list[Mapping[str, Any]] = []
    for image, faces in zip(images, blended, strict=True):
        for xyxy, label, ignore, probs in zip(faces.xyxy, faces.label, faces.ignore, faces.probabilities, strict=True):
            sides = xyxy[2:] - xyxy[:2]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image["id"],
                    "category_id": int(label) + 1,
                    "bbox": [round(float(v), 2) for v in [*xyxy[:2], *sides]],
                    "area": round(float(sides.prod()), 2),
                    "iscrowd": int(ignore),
                    "label_probs": [round(float(p), 4) for p in probs],
                }
            )
    categories = [{"id": i + 1, "name": name} for i, name in enumerate(LABELS)]
    info = {} if bias is None else {"box_bias": [round(float(edge), 4) for edge in bias]}
    return {
        "info": info,
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }


def write_sheet(
    path: Path, photos: Sequence[Photo], blended: Sequence[Annotations], found: Sequence[Detections]
) -> None:
    """Write a contact sheet of the unlabelled detections with the highest scores, each with its score."""
    rows = []
    for photo, after, detections in zip(photos, blended, found, strict=True):
        for xyxy in after.xyxy[len(photo.annotations) :]:
            same = int(box_iou(xyxy[None], detections.xyxy)[0].argmax())
            rows.append((float(detections.detection_score[same]), photo, xyxy))
    tiles = []
    for score, photo, xyxy in sorted(rows, key=lambda row: -row[0])[:200]:
        side = float((xyxy[2:] - xyxy[:2]).max()) * 2
        middle = (xyxy[:2] + xyxy[2:]) / 2
        tile = crop_face(photo.read().frame, np.concatenate([middle - side / 2, middle + side / 2]), TILE_PX)
        cv2.rectangle(tile, (0, 0), (34, 12), (0, 0, 0), -1)
        cv2.putText(tile, f"{score:.3f}", (1, 10), cv2.FONT_HERSHEY_SIMPLEX, 0.34, (255, 255, 255), 1, cv2.LINE_AA)
        tiles.append(tile)
    tiles += [np.zeros((TILE_PX, TILE_PX, 3), np.uint8)] * (-len(tiles) % TILES_A_ROW)
    lines = [np.hstack(tiles[i : i + TILES_A_ROW]) for i in range(0, len(tiles), TILES_A_ROW)]
    if lines:
        cv2.imwrite(str(path), np.vstack(lines))
