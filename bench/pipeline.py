"""`python -m bench pipeline`: what one inference costs on one thread, as a ratio to Haar, in one run."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from statistics import median

import cv2
import numpy as np
from skimage.data import astronaut

from webapp.config import Settings
from webapp.pipelines import build_photo_pipeline, build_stream_pipeline
from webapp.vision.frames import Frame

WIDTH, HEIGHT = 640, 480
ROUNDS = 40
MANY = 5


def scene(faces: int) -> Frame:
    """Return a frame, uint8 (480, 640, 3) BGR: a natural photo with one to five faces."""
    photo_rgb: Frame = astronaut()  # type: ignore[no-untyped-call]
    frame = cv2.resize(photo_rgb[0:384, :, ::-1], (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    face = cv2.resize(photo_rgb[30:200, 140:310, ::-1], (120, 120), interpolation=cv2.INTER_AREA)
    corners = ((10, 20), (510, 20), (10, 350), (510, 350))
    for left, top in corners[: faces - 1]:
        frame[top : top + 120, left : left + 120] = face
    return frame.astype(np.uint8)


def run() -> None:
    """Time every pipeline in turn, round after round, and print medians."""
    cv2.setNumThreads(1)
    runs = _runs()
    times: dict[str, list[float]] = {name: [] for name in runs}
    for run_once in runs.values():
        run_once()
    # Side by side: a busy moment of the machine strikes all of them alike.
    for number in range(ROUNDS):
        for name, run_once in runs.items():
            if number % 4 and name.startswith(("Haar", "Keras")):
                continue
            start = time.perf_counter()
            run_once()
            times[name].append((time.perf_counter() - start) * 1000)
    base = median(times[next(iter(runs))])
    print("| one inference at 640x480, one thread | ms | of Haar's |\n|---|---|---|")
    for name, spent in times.items():
        print(f"| {name} | {median(spent):.2f} | {median(spent) / base:.3f} |")
    for kind in ("live, 416 px", "live, 416 px, classifier"):
        more = (median(times[f"{kind}, {MANY} faces"]) - median(times[kind])) / (MANY - 1)
        print(f"| {kind}, each further face | {more:.2f} | {more / base:.4f} |")


def _runs() -> dict[str, Callable[[], object]]:
    one, many = scene(1), scene(MANY)
    haar = build_stream_pipeline(Settings(detector="haar", haar_scale=1.0))
    runs: dict[str, Callable[[], object]] = {"Haar and classifier": lambda: haar.run(one)}
    for labels in ("detector", "classifier"):
        for size_px in (256, 320, 416, 640):
            stream = build_stream_pipeline(Settings(stream_size_px=size_px, stream_labels=labels))
            name = f"live, {size_px} px" + (", classifier" if labels == "classifier" else "")
            runs[name] = _bound(stream.run, one)
            if size_px == 416:
                runs[f"{name}, {MANY} faces"] = _bound(stream.run, many)
    for kind in ("small", "ensemble"):
        runs[f"photo, 960 px, {kind} views"] = _bound(build_photo_pipeline(Settings(photo_tta=kind)).run, one)
    if importlib.util.find_spec("keras") is not None:
        runs["Keras predict, 416 px, same network"] = _keras_run(one)
    return runs


def _bound(run_pipeline: Callable[[Frame], object], frame: Frame) -> Callable[[], object]:
    return lambda: run_pipeline(frame)


def _keras_run(frame: Frame) -> Callable[[], object]:
    import tensorflow as tf

    from model_training.detector.network import build_face_detector
    from webapp.vision.detectors.anchor_free import decode, locations, suppress
    from webapp.vision.letterbox import fit_frame

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    # Random weights cost what trained ones cost.
    network = build_face_detector()

    def run_once() -> object:
        fitted, _ = fit_frame(frame, 416)
        output = network.predict(fitted[None, :, :, ::-1].astype(np.float32), verbose=0)[0]
        return suppress(decode(output, locations(*fitted.shape[:2]), 0.5))

    return run_once
