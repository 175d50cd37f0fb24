import numpy as np
import pytest

from tests.pictures import FACE_XYXY, astronaut_bgr, masked_astronaut_bgr
from webapp.vision.detections import LABELS, Detections
from webapp.vision.detectors.haar import HaarDetector
from webapp.vision.detectors.recent_logits import RecentLogits
from webapp.vision.errors import ModelError
from webapp.vision.frames import Frame
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import SHIPPED, Model, load_model
from webapp.vision.pipeline import Pipeline

FACE = np.array([FACE_XYXY], np.float32)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(SHIPPED / "mask_classifier.tflite", "mask_classifier")


@pytest.fixture(scope="module")
def classifier(model: Model) -> MaskClassifier:
    return MaskClassifier(model)


def test_distinguishes_a_bare_face_from_a_masked_one(classifier: MaskClassifier) -> None:
    bare, bare_score = classifier.classify(astronaut_bgr(), FACE)
    masked, _ = classifier.classify(masked_astronaut_bgr(), FACE)
    assert LABELS[int(bare[0])] == "without_mask"
    assert LABELS[int(masked[0])] == "with_mask"
    assert bare_score[0] > 0.7


def test_scores_are_probabilities(classifier: MaskClassifier, model: Model) -> None:
    rng = np.random.default_rng(0)
    size_px = model.card["input"]["size_px"]
    scores = classifier.probabilities(rng.integers(0, 256, (3, size_px, size_px, 3), np.uint8))
    assert scores.shape == (3, len(LABELS))
    assert scores.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-3)


def test_no_faces_no_labels(classifier: MaskClassifier) -> None:
    label, score = classifier.classify(astronaut_bgr(), np.zeros((0, 4), np.float32))
    assert label.shape == (0,)
    assert score.shape == (0,)


def test_the_pipeline_labels_what_the_detector_finds(classifier: MaskClassifier) -> None:
    pipeline = Pipeline(HaarDetector(), classifier, 0.5)
    seen = pipeline.run(astronaut_bgr())
    assert seen.counts()["without_mask"] == 1
    assert len(pipeline.run(astronaut_bgr(), score_threshold=1.0)) == 0
    assert Pipeline(HaarDetector(), None).run(astronaut_bgr()).label is None
    assert_consistent(seen)


def assert_consistent(seen: Detections) -> None:
    """The label is the most probable one, its score its probability, and the probabilities sum to 1."""
    assert seen.label is not None
    assert seen.label_probs is not None
    assert seen.label_score is not None
    assert len(seen) > 0
    assert seen.label.tolist() == seen.label_probs.argmax(axis=1).tolist()
    assert seen.label_score == pytest.approx(seen.label_probs.max(axis=1), abs=1e-6)
    assert seen.label_probs.sum(axis=1) == pytest.approx(np.ones(len(seen)), abs=1e-3)


class Undecided:
    """Finds the astronaut and holds a badly worn mask for likeliest, by a little."""

    name, score_threshold = "undecided", 0.5

    def detect(self, frame: Frame, score_threshold: float, recent: RecentLogits | None = None) -> Detections:
        probs = np.array([[0.1, 0.44, 0.46]], np.float32)
        return Detections(FACE, np.ones(1, np.float32), np.array([2]), np.array([0.46], np.float32), label_probs=probs)


def test_the_ensemble_of_detector_and_classifier_labels_masks(classifier: MaskClassifier) -> None:
    frame = astronaut_bgr()
    alone = Pipeline(Undecided(), None, ensemble=True).run(frame)
    asked = Pipeline(Undecided(), classifier).run(frame)
    both = Pipeline(Undecided(), classifier, ensemble=True).run(frame)
    assert [LABELS[int(seen.label[0])] for seen in (alone, asked, both) if seen.label is not None] == [
        "mask_worn_incorrectly",
        "without_mask",
        "without_mask",
    ]
    assert both.label_score is not None
    assert asked.label_score is not None
    assert both.label_score[0] == pytest.approx((asked.label_score[0] + 0.44) / 2, abs=1e-5)
    for seen in (asked, both):
        assert_consistent(seen)
    haar = Pipeline(HaarDetector(), classifier, 0.5, ensemble=True).run(frame)
    assert haar.counts()["without_mask"] == 1


@pytest.mark.parametrize(
    "changes", [{"classes": ["cat", "dog"]}, {"classes": ["with_mask"]}, {"input": {"size_px": 64}}, {"padding": None}]
)
def test_a_card_that_does_not_fit_its_file_is_refused(model: Model, changes: dict[str, object]) -> None:
    with pytest.raises(ModelError):
        MaskClassifier(Model(model.path, model.card | changes))
