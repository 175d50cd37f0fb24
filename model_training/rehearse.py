"""Rehearse every stage on synthetic photos, to check that all of them work on this machine.

    python -m model_training rehearse --out runs/rehearsal

The models are tiny and hardly trained: their metrics mean nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
import shlex
import time
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

from model_training.data.image_files import write_jpeg
from model_training.data.output_folders import fresh_folder
from model_training.data.synthetic_photos import draw_photo
from model_training.prepare.prelabel import labelme_json
from model_training.stages import run_stage
from webapp.vision.detections import Detections

PHOTOS, CROWDS, EMPTY, VIDEO_FRAMES = 48, 16, 16, 40
CSV_NAMES = ("face_with_mask", "face_no_mask", "face_with_mask_incorrect")
"""In the order of `LABELS`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the stage's options."""
    parser.add_argument("--out", type=Path, default=Path("runs/rehearsal"), help="empty or new folder")
    parser.add_argument("--seed", type=int, default=1)


def run(args: argparse.Namespace) -> None:
    """Draw the data, run each stage with the words of a command line, stop at the first that fails."""
    fresh_folder(args.out)
    started = time.monotonic()
    draw_data(args.out, np.random.default_rng(args.seed))
    for command in commands(args.out):
        print(f"\n$ python -m model_training {shlex.join(command)}", flush=True)
        begun = time.monotonic()
        run_stage(command)
        print(f"({time.monotonic() - begun:.0f} s)", flush=True)
    print(f"\nEvery stage ran, in {time.monotonic() - started:.0f} s.")


def draw_data(folder: Path, rng: np.random.Generator) -> None:
    """Write photos with labelme files and a CSV of the same boxes, photos without faces, and a video.

    Args:
        folder: gets `photos/`, `photos.csv`, `empty/` and `video.mp4`.
        rng: random generator.
    """
    for name in ("photos", "empty"):
        (folder / name).mkdir()
    rows: list[list[str | int]] = [["name", "x1", "x2", "y1", "y2", "classname"]]
    for number in range(PHOTOS + CROWDS):
        photo = draw_photo(rng, faces=1 if number < PHOTOS else int(rng.integers(2, 4)))
        path = folder / "photos" / f"{number:03d}.jpg"
        write_jpeg(path, photo.frame)
        faces = photo.annotations
        certain = np.ones(len(faces), np.float32)
        labelled = labelme_json(Detections(faces.xyxy, certain, faces.label, certain), path.name, photo.resolution_wh)
        path.with_suffix(".json").write_text(json.dumps(labelled))
        for box, label in zip(faces.xyxy.round().astype(int).tolist(), faces.label, strict=True):
            rows.append([path.name, *box, CSV_NAMES[label]])
    with (folder / "photos.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    for number in range(EMPTY):
        write_jpeg(folder / "empty" / f"{number:03d}.jpg", draw_photo(rng, faces=0).frame)
    _shoot(folder / "video.mp4", rng)


def _shoot(path: Path, rng: np.random.Generator) -> None:
    scene = draw_photo(rng).frame
    with av.open(str(path), "w") as video:
        stream = video.add_stream("libx264", rate=10)
        stream.height, stream.width = scene.shape[:2]
        stream.pix_fmt = "yuv420p"
        for step in range(VIDEO_FRAMES):
            shift = np.array([[1, 0, 3 * step - 60], [0, 1, step - 20]], np.float32)
            frame = cv2.warpAffine(scene, shift, scene.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
            video.mux(stream.encode(VideoFrame.from_ndarray(frame.astype(np.uint8), format="bgr24")))
        video.mux(stream.encode())


def commands(folder: Path) -> list[list[str]]:
    """Return the words of every stage, in their order.

    Args:
        folder: as `draw_data` leaves it.
    """
    here = shlex.quote(str(folder))
    crops = f"--coco {here}/data/manifest.json --images {here}/data"
    photos = f"--coco {here}/splits/train.json --coco-val {here}/splits/val.json --images {here}/photos"
    tested = f"--coco {here}/splits/test.json --images {here}/photos"
    pseudo_labelled = f"--coco {here}/pseudo_labels.json --coco-val {here}/splits/val.json --images {here}/photos"
    brief = "--backbone-weights none --epochs 1"
    lines = f"""
        collect --video {here}/video.mp4 --every 4 --out {here}/collected
        label --prelabel --images {here}/collected
        label --images {here}/photos --out {here}/all.json
        split --manifest {here}/all.json --images {here}/photos --percentages 60 20 20 --out {here}/splits
        crops {here}/photos {here}/photos.csv 60 20 20 --classes 3 --out {here}/data
        augment --manifest {here}/splits/train.json --images {here}/photos --copies 2 --out {here}/augmented
        {_train_classifier(here, crops, "scratch", 48, brief)}
        {_train_classifier(here, crops, "vgg16", 32, brief)}
        {_train_classifier(here, crops, "mobilenetv2", 32, brief)}
        evaluate classifier --run {here}/classifier-scratch {crops}
        train face-output --run {here}/classifier-scratch {crops} --negatives {here}/empty --photos 8 --size-px 160
            --out {here}/classifier-face
        export classifier --run {here}/classifier-face --weights-type float16 --out {here}/classifier.tflite
        {_train_localizer(here, photos, "vgg16", brief)}
        {_train_localizer(here, photos, "mobilenetv2", brief)}
        evaluate localizer --run {here}/localizer-mobilenetv2 {tested} --negatives {here}/empty
        export localizer --run {here}/localizer-mobilenetv2 --weights-type float32 --force
            --out {here}/localizer.tflite
        pseudo-label --coco {here}/splits/train.json --images {here}/photos --out {here}/pseudo_labels.json --stream
        train detector {pseudo_labelled} --negatives {here}/empty --sizes-px 96 64 --measure-px 320 --epochs 2
            --batch-size 2 --learning-rate 0.002 --ema-momentum 0.8 --measure-every 2 --run {here}/detector
        export detector --weights {here}/detector/detector.weights.h5 --config {here}/detector/config.json
            --coco-val {here}/splits/val.json --images {here}/photos --out {here}/detector.tflite
        evaluate detector {tested} --out {here}/evaluation
            --detect-options "--multiface {here}/detector.tflite --photo-tta small"
        evaluate close-ups {tested} --crops {here}/data/test --crops-train {here}/data/train --windows 12
            --least-right 0 --out {here}/close-ups
            --detect-options "--multiface {here}/detector.tflite --photo-tta small"
    """
    return [shlex.split(line) for line in lines.replace("\n            ", " ").splitlines() if line.strip()]


def _train_classifier(here: str, crops: str, backbone: str, size_px: int, brief: str) -> str:
    same = f"{crops} --coco-val {here}/data/manifest.json --classes 3 --batch-size 16"
    return (
        f"train classifier --backbone {backbone} --size-px {size_px} {same} {brief} --run {here}/classifier-{backbone}"
    )


def _train_localizer(here: str, photos: str, backbone: str, brief: str) -> str:
    same = f"{photos} --negatives {here}/empty --size-px 64"
    return f"train localizer --backbone {backbone} {same} {brief} --run {here}/localizer-{backbone}"
