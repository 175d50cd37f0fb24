"""The tracker on synthetic streams, whose ground truth is known."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from webapp.vision.boxes import box_iou
from webapp.vision.detections import Detections
from webapp.vision.tracking.stream import Stream
from webapp.vision.tracking.tracker import FORGET_S, UNSEEN_MAX, Tracker

FPS = 30
MASK, BARE, WRONG = 0, 1, 2


def square(centre_x: float, centre_y: float = 200.0, side: float = 80.0) -> list[float]:
    return [centre_x - side / 2, centre_y - side / 2, centre_x + side / 2, centre_y + side / 2]


def faces(boxes: Sequence[Sequence[float]], label: int | Sequence[int] = MASK, score: float = 0.9) -> Detections:
    n = len(boxes)
    xyxy = np.array(boxes, np.float32).reshape(n, 4)
    labels = np.full(n, label, np.int64)
    return Detections(xyxy, np.full(n, 0.8, np.float32), labels, np.full(n, score, np.float32))


def ids(tracked: Detections) -> list[int]:
    assert tracked.track_id is not None
    assert tracked.track_id.dtype == np.int64
    return tracked.track_id.tolist()


def label_of(tracked: Detections) -> int:
    assert tracked.label is not None
    return int(tracked.label[0])


def score_of(tracked: Detections) -> float:
    assert tracked.label_score is not None
    return float(tracked.label_score[0])


def test_a_new_face_is_shown_as_detected() -> None:
    seen = faces([square(100), square(300)], [BARE, WRONG], 0.7)
    shown = Tracker().update(seen, 12.5)
    assert len(set(ids(shown))) == 2
    assert (shown.xyxy == seen.xyxy).all()
    assert shown.label is not None
    assert shown.label.tolist() == [BARE, WRONG]
    assert score_of(shown) == pytest.approx(0.7)
    assert seen.track_id is None


def test_a_still_face_stops_trembling_and_stays_where_it_is() -> None:
    rng = np.random.default_rng(1)
    tracker, seen, shown = Tracker(), [], []
    for i in range(10 * FPS):
        box = np.array(square(200)) + rng.normal(0, 1.6, 4)  # 2 % of its size
        tracked = tracker.update(faces([box.tolist()]), i / FPS)
        assert ids(tracked) == [1]
        seen.append(box)
        shown.append(tracked.xyxy[0])
    calm = FPS
    jerk = [np.sqrt(np.mean(np.square(np.diff(np.array(boxes[calm:]), 2, axis=0)))) for boxes in (seen, shown)]
    assert jerk[1] < 0.35 * jerk[0]
    assert np.abs(np.mean(shown[calm:], axis=0) - square(200)).max() < 0.8


@pytest.mark.parametrize("fps", [5, 15, 30, 60])
@pytest.mark.parametrize("speed", [0.5, 2.0, 5.0])
def test_a_face_that_sets_off_is_followed_at_once(fps: int, speed: float) -> None:
    tracker = Tracker()
    for i in range(3 * fps):
        gt = faces([square(100 + 80 * speed * max(0.0, i / fps - 1.0))])
        shown = tracker.update(gt, i / fps)
        assert ids(shown) == [1]
        assert box_iou(shown.xyxy, gt.xyxy)[0, 0] > 0.88


def test_a_smoothed_box_is_a_convex_combination_of_detected_boxes() -> None:
    rng = np.random.default_rng(2)
    tracker = Tracker()
    low, high = np.full(4, np.inf), np.full(4, -np.inf)
    for i in range(200):
        size = rng.uniform(60, 80)
        seen = faces([square(rng.uniform(90, 110), rng.uniform(90, 110), size)])
        low, high = np.minimum(low, seen.xyxy[0]), np.maximum(high, seen.xyxy[0])
        shown = tracker.update(seen, i / FPS)
        assert (shown.xyxy[0] >= low - 1e-3).all()
        assert (shown.xyxy[0] <= high + 1e-3).all()


def test_faces_that_cross_keep_their_numbers() -> None:
    tracker = Tracker()
    first = None
    for i in range(2 * FPS):
        x = 100 + 200 * i / FPS
        boxes = [square(x, 190), square(600 - x, 230)]
        # Detectors list faces by score, in another order in every frame; and while one hides the other, they see one.
        hidden = abs(boxes[0][0] - boxes[1][0]) < 25
        order = [1] if hidden else ([0, 1] if i % 2 else [1, 0])
        found = dict(zip(order, ids(tracker.update(faces([boxes[k] for k in order]), i / FPS)), strict=True))
        first = first or found
        assert all(first[k] == number for k, number in found.items()), i


def test_a_fast_face_is_one_face_although_its_boxes_never_overlap() -> None:
    tracker = Tracker()
    for i in range(10):
        assert ids(tracker.update(faces([square(100 + 90 * i), square(500, 600, 70)]), i * 0.2)) == [1, 2]


def test_what_is_far_away_or_of_another_size_is_another_face() -> None:
    tracker = Tracker()
    tracker.update(faces([square(100)]), 0.0)
    assert ids(tracker.update(faces([square(400)]), 0.1)) == [2]
    tracker = Tracker()
    tracker.update(faces([square(100)]), 0.0)
    assert ids(tracker.update(faces([square(150, side=240.0)]), 0.1)) == [2]


@pytest.mark.parametrize(("away_s", "same"), [(0.5, True), (FORGET_S + 0.1, False)])
@pytest.mark.parametrize("frames_between", [True, False], ids=["empty frames", "no frames"])
def test_a_face_may_be_out_of_sight_for_a_second(away_s: float, same: bool, frames_between: bool) -> None:
    tracker = Tracker()
    for i in range(FPS):
        tracker.update(faces([square(200)]), i / FPS)
    if frames_between:
        for i in range(FPS, FPS + int(away_s * FPS)):
            assert len(tracker.update(Detections.empty(), i / FPS)) == 0
    back = tracker.update(faces([square(210)], BARE), 29 / FPS + away_s)
    assert (ids(back) == [1]) == same
    assert len(tracker) == 1
    if not same:
        assert label_of(back) == BARE


def test_a_label_that_flickers_is_outvoted() -> None:
    rng = np.random.default_rng(3)
    tracker = Tracker()
    shown = []
    for i in range(10 * FPS):
        wrong = rng.random() < 0.3
        shown.append(tracker.update(faces([square(200)], BARE if wrong else MASK), i / FPS))
    labels = [label_of(tracked) for tracked in shown]
    assert set(labels[FPS // 2 :]) == {MASK}
    scores = np.array([score_of(tracked) for tracked in shown[FPS:]])
    assert (scores > 0.3).all()
    assert (scores < 0.9).all()


def test_an_even_mixture_of_labels_does_not_flicker() -> None:
    tracker = Tracker()
    labels = [label_of(tracker.update(faces([square(200)], i % 2), i / FPS)) for i in range(5 * FPS)]
    assert np.count_nonzero(np.diff(labels)) <= 1


@pytest.mark.parametrize("fps", [4, 15, 30, 60])
def test_a_mask_put_on_changes_the_label_within_a_second(fps: int) -> None:
    tracker = Tracker()
    labels = []
    for i in range(6 * fps):
        labels.append(label_of(tracker.update(faces([square(200)], BARE if i < 3 * fps else MASK), i / fps)))
    assert np.count_nonzero(np.diff(labels)) == 1
    assert 0.25 <= labels.index(MASK) / fps - 3 <= 1.0


def test_the_probability_of_a_unanimous_vote_is_the_score() -> None:
    tracker = Tracker()
    for i in range(FPS):
        assert score_of(tracker.update(faces([square(200)], WRONG, 0.6), i / FPS)) == pytest.approx(0.6)
    assert score_of(tracker.update(faces([square(200)], WRONG, 0.0), 1.0)) < 0.6


def probable(probs: Sequence[float], box: Sequence[float] | None = None) -> Detections:
    """One face with these label probabilities."""
    return faces([box or square(200)]).with_label_probs(np.array([probs], np.float32))


def probs_of(tracked: Detections) -> list[float]:
    assert tracked.label_probs is not None
    assert tracked.label_probs.dtype == np.float32
    return tracked.label_probs[0].tolist()


def unsure(tracked: Detections) -> bool:
    assert tracked.unsure is not None
    return bool(tracked.unsure[0])


def test_a_vote_counts_every_label_for_what_it_is_probable() -> None:
    tracker = Tracker()
    for i in range(5 * FPS):
        # Never the most probable of a frame, but the most probable of all frames together.
        probs = (0.5, 0.05, 0.45) if i % 2 else (0.05, 0.5, 0.45)
        shown = tracker.update(probable(probs), i / FPS)
        assert sum(probs_of(shown)) == pytest.approx(1, abs=1e-5)
        assert score_of(shown) == pytest.approx(probs_of(shown)[label_of(shown)])
    assert probs_of(shown) == pytest.approx([0.275, 0.275, 0.45], abs=0.02)
    assert label_of(shown) == WRONG


def test_a_new_face_has_the_probabilities_of_its_frame() -> None:
    shown = Tracker().update(probable((0.2, 0.1, 0.7)), 0.0)
    assert probs_of(shown) == pytest.approx([0.2, 0.1, 0.7])
    assert label_of(shown) == WRONG


def test_labels_without_probabilities_get_none() -> None:
    tracker = Tracker()
    for i in range(3):
        assert tracker.update(faces([square(200)], MASK, 0.8), i / FPS).label_probs is None


def test_not_sure_has_hysteresis() -> None:
    tracker, states = Tracker(), []
    # Up and down between the two limits, again and again, then past each of them.
    for i in range(4 * FPS):
        level = 0.63 + 0.02 * math.sin(i / 3)
        states.append(unsure(tracker.update(probable((level, 1 - level, 0)), i / FPS)))
    assert not any(states)
    for i in range(4 * FPS, 6 * FPS):
        shown = tracker.update(probable((0.55, 0.45, 0)), i / FPS)
    assert unsure(shown)
    for i in range(6 * FPS, 10 * FPS):
        level = 0.63 + 0.02 * math.sin(i / 3)
        shown = tracker.update(probable((level, 1 - level, 0)), i / FPS)
        assert unsure(shown)
    for i in range(10 * FPS, 12 * FPS):
        shown = tracker.update(probable((0.9, 0.1, 0)), i / FPS)
    assert not unsure(shown)
    assert unsure(Tracker().update(probable((0.5, 0.4, 0.1)), 0.0))


def test_unlabelled_faces_stay_unlabelled_and_cost_no_vote() -> None:
    tracker = Tracker()
    labelled = faces([square(200)], WRONG, 0.8)
    unlabelled = Detections(labelled.xyxy, labelled.detection_score)
    for i, seen in enumerate([unlabelled, labelled, unlabelled, labelled]):
        shown = tracker.update(seen, i / FPS)
        assert ids(shown) == [1]
        assert (shown.label is None) == (seen.label is None)
        if seen.label is not None:
            assert (label_of(shown), score_of(shown)) == (WRONG, pytest.approx(0.8))


def test_no_face_at_all_is_fine() -> None:
    tracker = Tracker()
    for i in range(3):
        shown = tracker.update(Detections.empty(), i / FPS)
        assert (len(shown), ids(shown)) == (0, [])
        assert shown.label is not None
    assert len(tracker) == 0


@pytest.mark.parametrize(
    "times_s",
    [
        [0.0] * 60,
        [100 - i / FPS for i in range(60)],
        [i / FPS + (1e9 if i > 30 else 0) for i in range(60)],
        [(i % 10) / FPS for i in range(60)],
        [math.nan] * 60,
        [math.inf if i % 2 else -math.inf for i in range(60)],
        [i * 1e-9 for i in range(60)],
        [1.7e9 + i * (0.01 if i % 3 else 0.2) for i in range(60)],
    ],
    ids=["stands still", "backwards", "a leap", "starts again", "no number", "endless", "crawls", "uneven"],
)
def test_whatever_time_does_the_box_follows_its_face(times_s: list[float]) -> None:
    tracker = Tracker()
    for i, time_s in enumerate(times_s):
        seen = faces([square(100 + 2 * i)])
        shown = tracker.update(seen, time_s)
        assert np.isfinite(shown.xyxy).all()
        assert box_iou(shown.xyxy, seen.xyxy)[0, 0] > 0.85
        assert 0 <= score_of(shown) <= 1
    assert len(tracker) <= 2


def test_where_time_stands_still_the_gone_are_forgotten_too() -> None:
    tracker = Tracker()
    tracker.update(faces([square(200)]), 5.0)
    for _ in range(2 * FPS):
        tracker.update(Detections.empty(), 5.0)
    assert len(tracker) == 0


def test_two_hundred_faces_keep_their_numbers() -> None:
    rng = np.random.default_rng(4)
    tracker = Tracker()
    grid = np.array([square(60 * (k % 20), 60 * (k // 20), 40) for k in range(200)])
    for i in range(20):
        order = rng.permutation(200)
        shown = tracker.update(faces((grid + rng.normal(0, 1, grid.shape))[order].tolist()), i / FPS)
        numbers = dict(zip(order.tolist(), ids(shown), strict=True))
        if i == 0:
            first = numbers
        assert numbers == first
    assert len(tracker) == 200


def test_memory_is_bounded_however_many_faces_come_and_go() -> None:
    rng = np.random.default_rng(5)
    tracker = Tracker()
    for i in range(60):
        boxes = [square(x, y, 10.0) for x, y in rng.uniform(0, 100_000, (200, 2))]
        shown = tracker.update(faces(boxes), i * 1e-6)  # time that hardly goes on forgets nobody
        assert len(set(ids(shown))) == 200
        assert len(tracker) <= 200 + UNSEEN_MAX


def test_boxes_without_an_area_and_twins_are_survived() -> None:
    tracker = Tracker()
    for i in range(5):
        shown = tracker.update(faces([[5, 5, 5, 5], [9, 9, 3, 3], square(50), square(50)]), i / FPS)
        assert len(set(ids(shown))) == 4
        assert np.isfinite(shown.xyxy).all()


def test_streams_are_independent() -> None:
    one, other = Tracker(), Tracker()
    for i in range(5):
        alone = one.update(faces([square(200)]), i / FPS)
        other.update(faces([square(204), square(600)], BARE), i / FPS)
    assert (ids(alone), label_of(alone)) == ([1], MASK)
    assert (alone.xyxy == np.array([square(200)], np.float32)).all()


def test_tracks_go_on_when_a_client_sends_smaller_frames() -> None:
    stream = Stream(track=True)
    for i, height in enumerate([480] * 10 + [288] * 10 + [480] * 10):
        scale = height / 480
        frame = np.zeros((height, height * 4 // 3, 3), np.uint8)
        seen = faces([[scale * value for value in box] for box in (square(100 + i), square(500 - i))])
        shown = stream.follow(frame, seen, i / FPS, None)
        assert ids(shown) == [1, 2]
        assert np.abs(shown.xyxy - seen.xyxy).max() < 0.06 * scale * 80
