"""A visitor's own classifier on the people of clips: right labels before and after.

    python -m bench.personal --videos DIR --spans SPANS.csv

Each line of the CSV is a span of a clip in which one person shows one state: `file,from_s,to_s,label,x`, x being where
the face is, from 0 (left) to 1. The first half of each span trains, the second one tests.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from webapp.config import Settings
from webapp.pipelines import build_stream_pipeline
from webapp.vision.crops import crop_faces_rgb
from webapp.vision.detections import LABELS, FloatArray
from webapp.vision.frames import Frame
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.personal.cross_validation import Score, score
from webapp.vision.personal.examples import Examples
from webapp.vision.personal.fitting import fit_personal
from webapp.vision.personal.personal_classifier import PersonalClassifier
from webapp.vision.pipeline import Pipeline
from webapp.vision.video.opening import VideoLimits
from webapp.vision.video.reader import TimedFrame, VideoReader

LIGHTS = (1.0, 0.25)
"""Factors of the brightness of what tests: as it is, and as under a weak lamp."""

SITTINGS = ((1.0,), (1.0, 0.4))
"""Factors of the brightness of what trains: one sitting, and a second one under another lamp."""

LIMITS = VideoLimits(math.inf, 8_900_000, 1280, math.inf)


@dataclass(frozen=True)
class Span:
    """A time in which a face at `x` (0 to 1) of a clip shows one state."""

    file: str
    from_s: float
    to_s: float
    label: str
    x: float

    def part(self, time_s: float) -> int | None:
        """Return 0 in the first half, 1 in the second one, None outside."""
        if not self.from_s <= time_s < self.to_s:
            return None
        return int(time_s >= (self.from_s + self.to_s) / 2)


@dataclass(frozen=True)
class Row:
    """A labelled face: where it belongs, its frame and its box."""

    span: Span
    part: int
    frame: Frame
    xyxy: FloatArray


def main() -> None:
    """Print a table, a row for each clip with two states and one for all clips together."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=Path, required=True, metavar="DIR", help="folder of the clips")
    parser.add_argument("--spans", type=Path, required=True, metavar="FILE", help="CSV: file,from_s,to_s,label,x")
    args = parser.parse_args()
    with args.spans.open(encoding="utf-8", newline="") as file:
        spans = [Span(a, float(b), float(c), d, float(x)) for a, b, c, d, x in csv.reader(file)]
    pipeline = build_stream_pipeline(Settings())
    rows = [
        row for name in dict.fromkeys(span.file for span in spans) for row in faces(pipeline, args.videos, spans, name)
    ]
    print("| clips | light, training | test | trained on | tested on | right before | after ", end="")
    print("| log loss before | after | weight | fit s |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name in dict.fromkeys(span.file for span in spans):
        if len({span.label for span in spans if span.file == name}) > 1:
            report(name, [row for row in rows if row.span.file == name], pipeline)
    if len({span.file for span in spans}) > 1:
        report("all", rows, pipeline)


def faces(pipeline: Pipeline, folder: Path, spans: list[Span], name: str) -> Iterator[Row]:
    """Yield the face of each frame of a clip that lies in a span, and in which the detector finds it."""
    with VideoReader(folder / name, LIMITS) as video:
        for item in video:
            if not isinstance(item, TimedFrame):
                continue
            for span in spans:
                part = span.part(item.time_s) if span.file == name else None
                if part is None:
                    continue
                xyxy = pipeline.detect(item.frame).xyxy
                if len(xyxy):
                    centre = (xyxy[:, 0] + xyxy[:, 2]) / 2 / item.frame.shape[1]
                    nearest = np.abs(centre - span.x).argmin()
                    yield Row(span, part, item.frame.copy(), xyxy[nearest : nearest + 1])


def report(name: str, rows: list[Row], pipeline: Pipeline) -> None:
    """Fit to the first halves, and print how the second halves are labelled before and after."""
    classifier = pipeline.verifier
    assert classifier is not None
    tests = {light: examples(classifier, [row for row in rows if row.part == 1], (light,)) for light in LIGHTS}
    for lights, (light, test) in product(SITTINGS, tests.items()):
        train = examples(classifier, [row for row in rows if row.part == 0], lights)
        started = time.perf_counter()
        personal = fit_personal(train, classifier.sha256, time.strftime("%Y-%m-%d"))
        fit_s = time.perf_counter() - started
        before, after = scores(personal, test)
        numbers = [f"{before.accuracy:.1%}", f"{after.accuracy:.1%}", f"{before.log_loss:.3f}", f"{after.log_loss:.3f}"]
        cells = [
            name,
            " + ".join(f"{each:g}" for each in lights),
            f"{light:g}",
            counts(train),
            counts(test),
            *numbers,
            f"{personal.weight:g}",
            f"{fit_s:.2f}",
        ]
        print("| " + " | ".join(cells) + " |", flush=True)


def examples(classifier: MaskClassifier, rows: list[Row], lights: tuple[float, ...]) -> Examples:
    """Return the crops of faces as examples; each light of a clip is a sitting, and they take turns."""
    lit = [(row, lights[number % len(lights)]) for number, row in enumerate(rows)]
    crops = [crop_faces_rgb((row.frame * light).astype(np.uint8), row.xyxy, 128, 0.1) for row, light in lit]
    raw, features = classifier.outputs_and_features(np.concatenate(crops))
    label = np.array([LABELS.index(row.span.label) for row, _ in lit], np.int64)
    return Examples(features, raw[:, : len(LABELS)], label, tuple(f"{row.span.file} {light:g}" for row, light in lit))


def scores(personal: PersonalClassifier, test: Examples) -> tuple[Score, Score]:
    """Return the score of the shipped classifier, and of the mean with the visitor's own."""
    mean = personal.label_probs(test.features, test.shipped) if personal.weight else test.shipped
    return score(test.shipped.astype(np.float64), test.label), score(mean.astype(np.float64), test.label)


def counts(rows: Examples) -> str:
    """Return how many examples of each label there are, in words."""
    number = np.bincount(rows.label, minlength=len(LABELS))
    return ", ".join(f"{count} {LABELS[i]}" for i, count in enumerate(number.tolist()) if count)


if __name__ == "__main__":
    main()
