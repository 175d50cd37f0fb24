from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from webapp.vision.annotate import annotate, percent
from webapp.vision.detections import LABELS, Detections
from webapp.vision.label_bitmaps import FULL, SHORT, Label, label
from webapp.vision.styles import INK, STYLES, UNSURE_STYLE, Style, unit_of

STATES = (*STYLES, UNSURE_STYLE)


def labelled(
    *boxes: list[float], label: int = 0, score: float = 0.9, unsure: bool | None = None, track_id: int | None = None
) -> Detections:
    n = len(boxes)
    return Detections(
        np.array(boxes, np.float32).reshape(n, 4),
        np.ones(n, np.float32),
        np.full(n, label),
        np.full(n, score, np.float32),
        track_id=None if track_id is None else np.full(n, track_id),
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
    assert (drawn == np.array(STYLES[1].colour)).all(axis=2).sum() > 100  # the label is whole


def label_widths(picture: np.ndarray, style: Style) -> list[int]:
    """Widths of the runs of a label's colour along its upper edge, pixels."""
    coloured = (picture == np.array(style.colour)).all(axis=2)
    row = coloured[int(np.flatnonzero(coloured.any(axis=1))[0]) + 1]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
    return (edges[1::2] - edges[::2]).tolist()


def test_a_small_face_gets_the_sign_alone_and_along_a_track_its_number() -> None:
    frame = np.full((600, 800, 3), 128, np.uint8)
    large, small = [100.0, 300.0, 300.0, 500.0], [100.0, 300.0, 124.0, 324.0]
    unit = unit_of(800, 600)
    for box, track_id, words, layout in (
        (large, None, "Mask 90 %", FULL),
        (large, 17, "Mask 90 %", FULL),
        (small, None, "", SHORT),
        (small, 17, "17", SHORT),
    ):
        [width] = label_widths(annotate(frame, labelled(box, track_id=track_id)), STYLES[0])
        assert abs(width - label(STYLES[0], words, layout, unit).size_wh[0]) <= 4, (box, track_id)


def test_labels_of_neighbours_leave_both_faces_free() -> None:
    frame = np.full((600, 800, 3), 128, np.uint8)
    boxes = [[x, y, x + 90.0, y + 90.0] for y in (40.0, 170.0, 300.0) for x in (40.0, 150.0, 260.0, 370.0)]
    drawn = annotate(frame, labelled(*boxes, label=2))
    for x1, y1, x2, y2 in boxes:
        inside = drawn[int(y1) + 8 : int(y2) - 8, int(x1) + 8 : int(x2) - 8]
        assert (inside == 128).all()


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


def test_labels_fit_the_shorter_side_of_a_long_strip(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def noted(*arguments: Any) -> Label:
        sizes.append(label(*arguments).size_wh)
        return label(*arguments)

    monkeypatch.setattr("webapp.vision.annotate.label", noted)
    boxes = [[100.0 + 3000 * i, 50, 400 + 3000 * i, 350] for i in range(6)]
    detections = replace(labelled(*boxes, label=2), label_score=np.linspace(0.7, 0.95, 6, dtype=np.float32))
    for shape in ((400, 20_000, 3), (20_000, 400, 3)):
        annotate(np.zeros(shape, np.uint8), detections)
    assert len(sizes) == 24
    assert np.max(sizes) < 400


def test_the_unit_of_pictures_up_to_four_times_as_long_as_wide_goes_by_their_longer_side() -> None:
    for width, height in ((1600, 1200), (1920, 1080), (1080, 2400), (4000, 1000)):
        assert unit_of(width, height) == max(width, height) / 800
    assert unit_of(320, 240) == 0.75
