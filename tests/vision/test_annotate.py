import numpy as np
import pytest

from webapp.vision.annotate import INK, STYLES, UNSURE_STYLE, Style, annotate, percent
from webapp.vision.detections import LABELS, Detections

STATES = (*STYLES, UNSURE_STYLE)


def labelled(*boxes: list[float], label: int = 0, score: float = 0.9, unsure: bool | None = None) -> Detections:
    n = len(boxes)
    return Detections(
        np.array(boxes, np.float32).reshape(n, 4),
        np.ones(n, np.float32),
        np.full(n, label),
        np.full(n, score, np.float32),
        unsure=None if unsure is None else np.full(n, unsure),
    )


def grey() -> np.ndarray:
    return np.full((240, 320, 3), 128, np.uint8)


def test_draws_on_a_copy_and_nothing_without_faces() -> None:
    frame = grey()
    assert (annotate(frame, Detections.empty()) == frame).all()
    drawn = annotate(frame, labelled([100, 100, 160, 180]))
    assert (frame == 128).all()
    assert (drawn != frame).any()


@pytest.mark.parametrize("label", range(len(LABELS)))
def test_each_state_has_its_own_colour_line_and_word(label: int) -> None:
    drawn = annotate(grey(), labelled([100, 100, 200, 200], label=label))
    assert (drawn == np.array(STYLES[label].colour)).all(axis=2).sum() > 200
    assert len(STYLES) == len(LABELS)
    for part in ("colour", "line", "word", "sign"):
        assert len({getattr(style, part) for style in STATES}) == len(LABELS) + 1


def drawn_in(style: Style, detections: Detections) -> int:
    return int((annotate(grey(), detections) == np.array(style.colour)).all(axis=2).sum())


@pytest.mark.parametrize("label", range(len(LABELS)))
def test_an_uncertain_label_is_drawn_as_not_sure(label: int) -> None:
    box = [100.0, 100.0, 200.0, 200.0]
    uncertain, certain = labelled(box, label=label, score=0.59), labelled(box, label=label, score=0.61)
    assert drawn_in(UNSURE_STYLE, uncertain) > 500
    assert drawn_in(STYLES[label], uncertain) == 0
    assert drawn_in(UNSURE_STYLE, certain) == 0
    # Along a track the state has hysteresis, so the track decides it.
    assert drawn_in(UNSURE_STYLE, labelled(box, label=label, score=0.61, unsure=True)) > 500
    assert drawn_in(UNSURE_STYLE, labelled(box, label=label, score=0.59, unsure=False)) == 0


def test_the_line_of_not_sure_is_whole_and_thin() -> None:
    frame = np.full((720, 960, 3), 128, np.uint8)

    def left_side(score: float) -> np.ndarray:
        """Which pixels around the left side of the box are drawn on."""
        drawn = annotate(frame, labelled([300, 300, 600, 600], score=score))
        return (drawn[310:590, 280:320] != 128).any(axis=(2,))

    unsure, sure = left_side(0.5), left_side(0.9)
    assert unsure.any(axis=1).all()
    assert not sure.any(axis=1).all()
    assert unsure.sum(axis=1).max() < sure.sum(axis=1).max()


@pytest.mark.parametrize(
    "box", [[-50, -50, 20, 20], [300, 220, 400, 400], [0, 0, 320, 240], [10, 10, 10, 10], [100, 2, 200, 239]]
)
def test_boxes_at_the_edges_still_show_their_word(box: list[float]) -> None:
    drawn = annotate(grey(), labelled(box, label=1))
    assert (drawn == np.array(STYLES[1].colour)).all(axis=2).sum() > 800  # the plate is whole


def luminance(bgr: tuple[int, int, int]) -> float:
    """Relative luminance of WCAG 2."""
    channels = np.array(bgr[::-1]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_the_words_are_readable_on_every_colour() -> None:
    for style in STATES:
        assert (luminance(style.colour) + 0.05) / (luminance(INK) + 0.05) >= 4.5, style.word


def test_only_certainty_is_a_hundred_per_cent() -> None:
    assert [percent(score) for score in (0.0, 0.987, 0.9999, 1.0)] == ["0 %", "99 %", "99 %", "100 %"]


def test_unlabelled_faces_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="labelled"):
        annotate(grey(), Detections(np.zeros((1, 4), np.float32), np.ones(1, np.float32)))
