"""Tracker: what it and second opinions do to labels and boxes of real videos, what they cost, and how far it lags."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from webapp.config import process_settings
from webapp.pipelines import build_stream_pipeline
from webapp.videos.annotated_video import video_limits
from webapp.vision.boxes import box_iou
from webapp.vision.detections import Detections, Float64Array, FloatArray
from webapp.vision.frames import Frame
from webapp.vision.pipeline import Pipeline
from webapp.vision.tracking.stream import Stream
from webapp.vision.tracking.tracker import Tracker
from webapp.vision.video.opening import VideoLimits
from webapp.vision.video.reader import TimedFrame, VideoReader

LINK_IOU = 0.3
"""Boxes of successive frames that overlap by more are one face; the tracker has no say in it."""

MOVING = 0.3
"""Box sizes a second, over `WINDOW` frames, from which on a face counts as moving."""

WINDOW = 9
CROWD = 200
Chain = list[tuple[int, int]]
"""One face in successive frames: number of the frame, row in its detections."""


@dataclass(frozen=True)
class Step:
    """One frame: when, detections, tracked detections, time of the tracking, and number of second opinions."""

    time_s: float
    seen: Detections
    shown: Detections
    follow_ms: float
    opinions: int = 0


@dataclass
class Tally:
    """Figures of one video or of several; lists are joined, numbers are summed up."""

    chain_s: float = 0.0
    tracks: int = 0
    chains: int = 0
    video_s: float = 0.0
    changes: list[int] = field(default_factory=lambda: [0, 0])
    state_changes: int = 0
    shown: int = 0
    unsure: int = 0
    opinions: int = 0
    centre_jerks: list[list[float]] = field(default_factory=lambda: [[], []])
    size_jerks: list[list[float]] = field(default_factory=lambda: [[], []])
    lags: list[float] = field(default_factory=list)
    overlaps: list[float] = field(default_factory=list)
    follow_ms: list[float] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take another video in."""
        self.chain_s, self.tracks = self.chain_s + other.chain_s, self.tracks + other.tracks
        self.chains, self.video_s = self.chains + other.chains, self.video_s + other.video_s
        self.state_changes, self.opinions = self.state_changes + other.state_changes, self.opinions + other.opinions
        self.shown, self.unsure = self.shown + other.shown, self.unsure + other.unsure
        for i in (0, 1):
            self.changes[i] += other.changes[i]
            self.centre_jerks[i] += other.centre_jerks[i]
            self.size_jerks[i] += other.size_jerks[i]
        self.lags += other.lags
        self.overlaps += other.overlaps
        self.follow_ms += other.follow_ms

    def row(self, name: str) -> str:
        """Return the figures as one line of the table."""
        changes = " -> ".join(f"{n / max(self.chain_s, 1e-9):5.2f}" for n in self.changes)
        centre, size = (
            " -> ".join(f"{100 * _rms(values):5.2f}" for values in both)
            for both in (self.centre_jerks, self.size_jerks)
        )
        moving = f"{100 * _mean(self.lags):5.2f} {_mean(self.overlaps):5.3f} {len(self.lags):6}"
        states = f"{self.state_changes / max(self.chain_s, 1e-9):8.2f} {100 * self.unsure / max(self.shown, 1):6.1f}"
        cost = f"{self.opinions / max(self.video_s, 1e-9):7.2f} {_mean(self.follow_ms):6.2f}"
        faces = f"{self.chain_s:7.1f} {self.chains:6} -> {self.tracks:3}"
        return f"{name:28} {faces} {changes:>16} {states} {centre:>16} {size:>16} {moving} {cost}"


HEAD = (
    f"{'video':28} {'face s':>7} {'faces':>13} {'label changes/s':>16} {'states/s':>8} {'unsure':>6} "
    f"{'jitter centre %':>16} {'jitter size %':>16} "
    f"{'lag %':>5} {'IoU':>5} {'moving':>6} {'opin./s':>7} {'ms':>6}"
)


def run(folder: Path) -> None:
    """Track the faces of every video of a folder with the settings of the environment and print the table."""
    settings = process_settings()
    pipeline = build_stream_pipeline(settings)
    names = pipeline.describe()
    print(f"\nTracker on videos, faces by {names['detector']}, labels by {names['classifier']}: without -> with")
    print("states/s: label changes and those to and from not sure; unsure: % of faces; opin./s: second opinions")
    print(HEAD)
    total = Tally()
    for path in sorted(folder.iterdir()):
        video = measure(list(track(path, pipeline, video_limits(settings))))
        print(video.row(path.name[:28]), flush=True)
        total.add(video)
    print(total.row("total"))
    print(f"{CROWD} faces at once: {crowd_ms():.2f} ms a frame")


def crowd_ms() -> float:
    """Return the median time of one update, milliseconds, for a crowd that trembles."""
    rng = np.random.default_rng(0)
    corner = np.stack(np.meshgrid(np.arange(20) * 60, np.arange(CROWD // 20) * 60), axis=-1).reshape(-1, 2)
    ones, label = np.ones(CROWD, np.float32), np.zeros(CROWD, np.int64)
    tracker, spent_ms = Tracker(), []
    for number in range(100):
        xyxy = np.concatenate([corner, corner + 40], axis=1) + rng.normal(0, 2, (CROWD, 4))
        started = time.perf_counter()
        tracker.update(Detections(xyxy.astype(np.float32), ones, label, ones), number / 30)
        spent_ms.append((time.perf_counter() - started) * 1000)
    return float(np.median(spent_ms))


def track(path: Path, pipeline: Pipeline, limits: VideoLimits) -> Iterator[Step]:
    """Yield every frame of a video as a live stream has it."""
    stream, opinions = Stream(track=True), 0

    def counted(frame: Frame, xyxy: FloatArray) -> FloatArray:
        nonlocal opinions
        opinions += len(xyxy)
        assert pipeline.classify_crops is not None
        return pipeline.classify_crops(frame, xyxy)

    with VideoReader(path, limits) as reader:
        for item in reader:
            if isinstance(item, TimedFrame):
                seen = pipeline.classify(item.frame, pipeline.detect(item.frame))
                opinions, started = 0, time.perf_counter()
                shown = stream.follow(item.frame, seen, item.time_s, counted if pipeline.classify_crops else None)
                yield Step(item.time_s, seen, shown, (time.perf_counter() - started) * 1000, opinions)


def measure(steps: list[Step]) -> Tally:
    """Compare what is shown of a video with what was seen."""
    seen, tracked = [step.seen for step in steps], [step.shown for step in steps]
    times_s = [step.time_s for step in steps]
    tally = Tally(video_s=times_s[-1] - times_s[0])
    tally.follow_ms, tally.opinions = [step.follow_ms for step in steps], sum(step.opinions for step in steps)
    tally.shown = sum(len(detections) for detections in tracked)
    tally.unsure = sum(int(detections.unsure.sum()) for detections in tracked if detections.unsure is not None)
    numbers = [d.track_id for d in tracked if d.track_id is not None]
    tally.tracks = len(np.unique(np.concatenate(numbers))) if numbers else 0
    for chain in link(seen):
        tally.chains += 1
        tally.chain_s += times_s[chain[-1][0]] - times_s[chain[0][0]]
        raw, steady = (np.array([d[i].xyxy[row] for i, row in chain], float) for d in (seen, tracked))
        for i, (frames, boxes) in enumerate(((seen, raw), (tracked, steady))):
            tally.changes[i] += _changes(frames, chain)
            centre, size = _jerks(boxes, _sizes(raw))
            tally.centre_jerks[i] += centre
            tally.size_jerks[i] += size
        tally.state_changes += _changes(tracked, chain, with_unsure=True)
        _add_lag(tally, raw, steady, np.array([times_s[i] for i, _ in chain]))
    return tally


def link(seen: list[Detections]) -> list[Chain]:
    """Chain the faces of successive frames by overlap alone, the largest overlap first."""
    done: list[Chain] = []
    open_chains: dict[int, Chain] = {}
    for number, detections in enumerate(seen):
        going_on: dict[int, Chain] = {}
        if open_chains and len(detections):
            overlap = box_iou(seen[number - 1].xyxy, detections.xyxy)
            while overlap.max() > LINK_IOU:
                before, now = np.unravel_index(int(overlap.argmax()), overlap.shape)
                going_on[int(now)] = open_chains.pop(int(before))
                overlap[before, :] = overlap[:, now] = 0
        done += open_chains.values()
        open_chains = {row: [*going_on.get(row, []), (number, row)] for row in range(len(detections))}
    return done + list(open_chains.values())


def _changes(frames: list[Detections], chain: Chain, with_unsure: bool = False) -> int:
    """Count how often the label of a face changes; `with_unsure` counts "not sure" as a label of its own."""
    states = []
    for number, row in chain:
        label, unsure = frames[number].label, frames[number].unsure
        if label is not None:
            states.append(-1 if with_unsure and unsure is not None and unsure[row] else int(label[row]))
    return sum(a != b for a, b in pairwise(states))


def _jerks(boxes: Float64Array, sizes: Float64Array) -> tuple[list[float], list[float]]:
    """Return the second differences of centre and sides from frame to frame, as fractions of the box size."""
    if len(boxes) < 3:
        return [], []
    centre, side = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    middle = sizes[1:-1, None]
    return (
        np.linalg.norm(np.diff(centre, 2, axis=0) / middle, axis=1).tolist(),
        np.linalg.norm(np.diff(side, 2, axis=0) / middle, axis=1).tolist(),
    )


def _add_lag(tally: Tally, raw: Float64Array, steady: Float64Array, times_s: Float64Array) -> None:
    """Note how far the steadied box is behind wherever the raw boxes travel, not merely tremble."""
    half = WINDOW // 2
    centre, sizes = (raw[:, :2] + raw[:, 2:]) / 2, _sizes(raw)
    shown = (steady[:, :2] + steady[:, 2:]) / 2
    for i in range(half, len(raw) - half):
        span_s = max(times_s[i + half] - times_s[i - half], 1e-6)
        way = np.linalg.norm(centre[i + half] - centre[i - half]) / sizes[i]
        if way / span_s < MOVING:
            continue
        tally.lags.append(float(np.linalg.norm(shown[i] - centre[i]) / sizes[i]))
        pair = raw[i : i + 1].astype(np.float32), steady[i : i + 1].astype(np.float32)
        tally.overlaps.append(float(box_iou(*pair)[0, 0]))


def _sizes(boxes: Float64Array) -> Float64Array:
    side = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
    return np.sqrt(side[:, 0] * side[:, 1])


def _rms(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values)))) if values else 0.0


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.tracker", description=__doc__)
    parser.add_argument("--videos", type=Path, required=True, metavar="DIR", help="folder of videos")
    run(parser.parse_args().videos)


if __name__ == "__main__":
    main()
