"""Second opinions: which faces get one, how often, and what they do to the labels of a stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from tests.pictures import astronaut_bgr
from tests.uncertain import uncertain_astronaut
from webapp.config import Settings
from webapp.pipelines import build_stream_pipeline, build_verifier
from webapp.vision.detections import Detections, FloatArray
from webapp.vision.frames import Frame
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.pipeline import Pipeline
from webapp.vision.second_opinion import CONFIDENT_SCORE, OPINION_MIN_SIDE_PX, PAUSE_S, PER_FRAME_MAX
from webapp.vision.tracking.stream import Stream

FPS = 30
MASK, BARE, WRONG = 0, 1, 2
LIKE_A_MASK = (0.6, 0.0, 0.4)
NO_FRAME = np.zeros((8, 8, 3), np.uint8)


def faces(*probs: Sequence[float], side: float = 80.0) -> Detections:
    """Faces side by side with these label probabilities."""
    n = len(probs)
    left = np.arange(n)[:, None] * 200.0
    xyxy = np.concatenate([left, left * 0, left + side, left * 0 + side], axis=1).astype(np.float32)
    return Detections(xyxy, np.ones(n, np.float32)).with_label_probs(np.array(probs, np.float32).reshape(n, 3))


class Classifier:
    """Returns fixed probabilities, and records the boxes that it classifies."""

    def __init__(self, *probs: float) -> None:
        self.probs = probs
        self.classified: list[list[float]] = []

    def __call__(self, frame: Frame, xyxy: FloatArray) -> FloatArray:
        self.classified += xyxy.tolist()
        return np.tile(np.array([self.probs], np.float32), (len(xyxy), 1))


def label(shown: Detections) -> int:
    assert shown.label is not None
    return int(shown.label[0])


def follow(
    stream: Stream,
    classifier: Classifier,
    seconds: float,
    seen: Callable[[int], Detections],
    from_s: float = 0.0,
    fps: int = FPS,
) -> list[Detections]:
    return [stream.follow(NO_FRAME, seen(i), from_s + i / fps, classifier) for i in range(round(seconds * fps))]


@pytest.mark.parametrize("track", [True, False])
def test_only_large_faces_of_low_confidence_get_a_second_opinion(track: bool) -> None:
    for seen, classified in (
        (faces(LIKE_A_MASK, side=OPINION_MIN_SIDE_PX), 1),
        (faces(LIKE_A_MASK, side=OPINION_MIN_SIDE_PX - 1), 0),
        (faces((CONFIDENT_SCORE + 0.01, 0, 0.14)), 0),
        (faces((0, 0.5, 0.5)), 1),
        (faces(), 0),
    ):
        classifier = Classifier(1, 0, 0)
        assert len(Stream(track).follow(NO_FRAME, seen, 0.0, classifier)) == len(seen)
        assert len(classifier.classified) == classified


@pytest.mark.parametrize("track", [True, False])
def test_of_many_the_least_confident_come_first(track: bool) -> None:
    classifier = Classifier(1, 0, 0)
    seen = faces((0.8, 0.2, 0), (0.5, 0.5, 0), (0.7, 0.3, 0), (0.6, 0.4, 0))
    Stream(track).follow(NO_FRAME, seen, 0.0, classifier)
    assert classifier.classified == seen.xyxy[[1, 3]].tolist()
    assert len(classifier.classified) == PER_FRAME_MAX


def test_along_tracks_everybody_has_a_turn() -> None:
    classifier, stream = Classifier(0.5, 0.5, 0), Stream(track=True)
    for i in range(3):
        stream.follow(NO_FRAME, faces(*[(0.5, 0.5, 0)] * 6), i / FPS, classifier)
    assert len({tuple(box) for box in classifier.classified}) == len(classifier.classified) == 6


@pytest.mark.parametrize("fps", [5, 10, 30])
def test_an_uncertain_track_gets_another_opinion_after_a_pause(fps: int) -> None:
    classifier = Classifier(0.4, 0.2, 0.4)
    follow(Stream(track=True), classifier, 4, lambda i: faces(LIKE_A_MASK), fps=fps)
    assert len(classifier.classified) == pytest.approx(4 / PAUSE_S, abs=1)


def test_a_confident_vote_gets_no_opinion_until_the_last_one_has_faded() -> None:
    classifier = Classifier(0, 0.01, 0.99)
    follow(Stream(track=True), classifier, 10, lambda i: faces((0.3, 0, 0.7)))
    assert 2 <= len(classifier.classified) <= 10  # else it would be 50


def test_a_label_of_the_classifier_holds_while_the_detector_is_uncertain() -> None:
    classifier, stream = Classifier(0.05, 0.0, 0.95), Stream(track=True)
    shown = follow(stream, classifier, 20, lambda i: faces((0.62, 0.0, 0.38) if i % 3 else (0.4, 0.0, 0.6)))
    assert {label(tracked) for tracked in shown} == {WRONG}
    for tracked in shown:
        assert tracked.label_probs is not None
        assert tracked.label_score is not None
        assert tracked.unsure is not None
        assert tracked.label_probs.sum() == pytest.approx(1, abs=1e-5)
        assert tracked.label_score[0] == tracked.label_probs[0, WRONG]
        assert not tracked.unsure.any()


def test_an_opinion_lasts_for_two_seconds_against_thirty_detector_frames_a_second() -> None:
    stream = Stream(track=True)
    follow(stream, Classifier(0.0, 0.0, 1.0), 1, lambda i: faces(LIKE_A_MASK))
    small = [stream.follow(NO_FRAME, faces(LIKE_A_MASK), 1 + i / FPS, None) for i in range(8 * FPS)]
    labels = [label(tracked) for tracked in small]
    assert set(labels[: 2 * FPS]) == {WRONG}
    # The detector is not held up for good by somebody who has nothing more to say.
    probs = small[-1].label_probs
    assert probs is not None
    assert probs[0, MASK] > probs[0, WRONG]


def test_a_mask_put_on_changes_the_label_within_a_second_and_a_quarter_after_any_vote() -> None:
    stream = Stream(track=True)
    before = follow(stream, Classifier(0.1, 0.9, 0.0), 3, lambda i: faces((0.4, 0.6, 0.0)))
    assert label(before[-1]) == BARE
    after = follow(stream, Classifier(0.9, 0.1, 0.0), 2, lambda i: faces((0.95, 0.05, 0.0)), from_s=3)
    labels = [label(tracked) for tracked in after]
    assert labels.index(MASK) / FPS <= 1.25
    assert set(labels[labels.index(MASK) :]) == {MASK}


def test_the_first_frame_of_a_track_is_as_a_frame_that_stands_for_itself() -> None:
    seen = faces(LIKE_A_MASK, (0.9, 0.1, 0), side=100)
    tracked, alone = (Stream(track).follow(NO_FRAME, seen, 0.0, Classifier(0.0, 0.1, 0.9)) for track in (True, False))
    assert tracked.label_probs is not None
    assert alone.label_probs is not None
    assert tracked.label_probs == pytest.approx(alone.label_probs, abs=1e-6)
    assert label(tracked) == label(alone) == WRONG
    assert tracked.unsure is not None
    assert alone.unsure is not None
    assert tracked.unsure.tolist() == alone.unsure.tolist() == [False, False]


def test_without_tracks_each_frame_decides_which_faces_are_unsure() -> None:
    shown = Stream(track=False).follow(NO_FRAME, faces((0.59, 0.41, 0), (0.61, 0.39, 0)), 0.0, None)
    assert shown.unsure is not None
    assert shown.unsure.tolist() == [True, False]
    assert shown.track_id is None


@pytest.mark.parametrize("track", [True, False])
def test_unlabelled_faces_and_labels_without_probabilities_pass(track: bool) -> None:
    seen, classifier = faces(LIKE_A_MASK), Classifier(1, 0, 0)
    bare = Detections(seen.xyxy, seen.detection_score)
    labelled = bare.with_labels(np.array([WRONG]), np.array([0.5], np.float32))
    assert Stream(track).follow(NO_FRAME, bare, 0.0, classifier).label is None
    assert label(Stream(track).follow(NO_FRAME, labelled, 0.0, classifier)) == WRONG
    assert classifier.classified == []


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return build_stream_pipeline(Settings())


def test_the_shipped_classifier_gives_opinions_by_default(pipeline: Pipeline) -> None:
    frame, seen = uncertain_astronaut(pipeline)
    verifier = pipeline.verifier
    assert verifier is not None
    opinion = verifier.label_probs(frame, seen.xyxy)
    assert seen.label_probs is not None
    expected = (seen.label_probs + 2 * opinion) / 3
    assert np.abs(expected - seen.label_probs).max() > 0.01
    for shown in (
        Stream(track=True).follow(frame, seen, 0.0, pipeline.classify_crops),
        Stream(track=False).follow(frame, seen, 0.0, pipeline.classify_crops),
        pipeline.run(frame),
    ):
        assert shown.label_probs == pytest.approx(expected, abs=1e-5)
    assert pipeline.describe()["classifier"] == "multiface+mask_classifier"
    sure = pipeline.run(astronaut_bgr())
    alone = pipeline.detect(astronaut_bgr())
    assert sure.label_probs is not None
    assert (sure.label_probs == alone.label_probs).all()


@pytest.mark.parametrize("settings", [Settings(stream_labels="detector"), Settings(detector="haar")])
def test_who_asks_for_no_second_opinion_gets_none(settings: Settings) -> None:
    pipeline = build_stream_pipeline(settings)
    assert pipeline.classify_crops is None
    assert build_verifier(settings) is None
    assert pipeline.run(astronaut_bgr()).counts()["without_mask"] >= 1


def test_a_classifier_that_does_not_know_every_label_gives_no_second_opinion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MaskClassifier, "knows_all_labels", False)
    pipeline = build_stream_pipeline(Settings())
    assert pipeline.classify_crops is None
    assert pipeline.describe()["classifier"] == "multiface"
    assert pipeline.run(astronaut_bgr()).counts()["without_mask"] == 1
