from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from model_training.data.annotations import Photo
from model_training.data.near_duplicates import hash_picture, near_duplicates_among
from model_training.evaluation.close_ups.close_up_windows import CloseUp, draw_windows
from model_training.evaluation.close_ups.whole_crops import whole_crops
from tests.model_training.ground_truth_photos import BAD, BARE, MASK, photo
from tests.model_training.painted_faces import painted, seen_box
from tests.model_training.photo_folders import scene, write_picture
from webapp.vision.detections import LABELS

SIZE = (512, 384)


def crowd(photos: int, seed: int = 3) -> list[Photo]:
    """Return photos with one large face and two further ones, wherever they come to lie."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(photos):
        faces = []
        for least, most in ((85, 220), (20, 60), (20, 60)):
            width = rng.uniform(least, most)
            x, y = rng.uniform(0, SIZE[0] - width), rng.uniform(-20, SIZE[1] - width * 1.2)
            faces.append([x, y, x + width, y + width * 1.2, (MASK, BARE, BAD)[i % 3]])
        made.append(photo(faces, f"{i}.png", SIZE, [False, False, True]))
    return made


def hidden(window: CloseUp, made: Photo, face: int) -> float:
    """Return which part of a face, as far as it lies in its photo, lies outside a window."""
    assert window.window_xyxy is not None
    x1, y1, x2, y2 = np.clip(made.annotations.xyxy[face], 0, [*SIZE, *SIZE])
    left, top, right, bottom = window.window_xyxy
    inside = max(min(x2, right) - max(x1, left), 0) * max(min(y2, bottom) - max(y1, top), 0)
    return 1 - inside / ((x2 - x1) * (y2 - y1))


@pytest.fixture(scope="module")
def photos() -> list[Photo]:
    return crowd(80)


@pytest.fixture(scope="module")
def windows(photos: list[Photo]) -> list[CloseUp]:
    return draw_windows(photos, seed=5)


def test_windows_are_many_and_several_a_face(windows: list[CloseUp]) -> None:
    assert len(windows) >= 400
    assert len({window.name for window in windows}) == len(windows)
    names, times = np.unique([window.cluster for window in windows], return_counts=True)
    assert len(names) > 40
    assert times.min() >= 3
    assert {window.label for window in windows} == {0, 1, 2}
    assert {str(window.path) for window in windows} == set(names)


def test_windows_of_photos_with_like_names_are_told_apart() -> None:
    like = ("a/b.png", "a-b.png", "a-b.jpg", "c.png")
    photos = [replace(each, file_name=name) for each, name in zip(crowd(80), like * 20, strict=True)]
    # Of each name, the first photo that gives windows.
    by_name = {}
    for each in photos:
        if each.file_name not in by_name and draw_windows([each], seed=5):
            by_name[each.file_name] = each
    windows = draw_windows([by_name[name] for name in like], seed=5)
    assert {window.cluster for window in windows} == set(like)
    assert len({window.name for window in windows}) == len(windows)
    assert any(window.name == "c-00-00.png" for window in windows)


def test_the_face_covers_a_fifth_to_four_fifths_in_a_webcams_or_a_portraits_shape(windows: list[CloseUp]) -> None:
    for window in windows:
        width, height = window.resolution_wh
        x1, y1, x2, y2 = window.face_xyxy
        assert window.coverage == pytest.approx((x2 - x1) * (y2 - y1) / (width * height))
        assert 0.2 <= window.coverage <= 0.8
        # Enlarged windows have whole pixels.
        assert 0.745 <= width / height <= 1.34
        assert max(width, height) >= 200
        assert min(window.face_xyxy) >= 0
        assert x2 <= width + 1e-9
        assert y2 <= height + 1e-9
    coverages = np.array([window.coverage for window in windows])
    assert (np.histogram(coverages, [0.2, 0.4, 0.6, 0.8])[0] > len(windows) / 8).all()


def test_a_third_is_cut_by_an_edge_and_the_rest_is_whole(photos: list[Photo], windows: list[CloseUp]) -> None:
    by_name = {made.file_name: made for made in photos}
    cut = [window for window in windows if window.cut]
    assert len(cut) / len(windows) == pytest.approx(1 / 3, abs=0.02)
    edges = set()
    for window in windows:
        made = by_name[window.cluster]
        outside = hidden(window, made, 0)
        if not window.cut:
            assert outside == pytest.approx(0, abs=1e-9)
            continue
        assert 0.1 <= outside <= 0.35
        x1, y1, x2, y2 = np.clip(made.annotations.xyxy[0], 0, [*SIZE, *SIZE])
        left, top, right, bottom = window.window_xyxy
        over = {"left": left > x1, "top": top > y1, "right": right < x2, "bottom": bottom < y2}
        assert sum(over.values()) == 1
        edges |= {edge for edge, is_over in over.items() if is_over}
        if over["bottom"]:
            assert outside <= 0.2  # what it wears is still to be seen
    assert edges == {"left", "top", "right", "bottom"}


def test_windows_lie_in_the_photo_and_show_no_other_face(photos: list[Photo], windows: list[CloseUp]) -> None:
    by_name = {made.file_name: made for made in photos}
    slivers = 0
    for window in windows:
        left, top, right, bottom = window.window_xyxy
        assert 0 <= left < right <= SIZE[0]
        assert 0 <= top < bottom <= SIZE[1]
        shown = [1 - hidden(window, by_name[window.cluster], other) for other in (1, 2)]
        assert max(shown) <= 0.15  # a tenth of the whole face, which may reach out of the photo
        assert len(window.ignore_xyxy) == sum(part > 1e-9 for part in shown)
        slivers += len(window.ignore_xyxy)
    assert slivers > 0


def test_a_neighbour_or_a_region_to_ignore_leaves_no_window() -> None:
    face, near = [100, 100, 250, 280, BARE], [150, 120, 240, 250, MASK]
    alone, crowded = photo([face], "a.png", SIZE), photo([face, near], "a.png", SIZE)
    assert len(draw_windows([alone])) >= 3
    assert draw_windows([crowded]) == []
    assert draw_windows([photo([face, near], "a.png", SIZE, [False, True])]) == []
    # Neither has a region to ignore, or a small face, a window of its own.
    assert draw_windows([photo([face], "a.png", SIZE, [True])]) == []
    assert draw_windows([photo([[100, 100, 178, 250, BARE]], "a.png", SIZE)]) == []


def test_one_seed_gives_the_same_windows_whatever_the_other_photos(photos: list[Photo]) -> None:
    def drawn(some: list[Photo], seed: int) -> dict[str, list[int]]:
        return {w.name: w.window_xyxy.tolist() for w in draw_windows(some, seed, number=len(photos) * 3)}

    everyone, again, fewer = drawn(photos, 5), drawn(photos, 5), drawn(photos[::2], 5)
    assert everyone == again
    both = everyone.keys() & fewer.keys()
    assert len(both) > 60
    assert [everyone[name] for name in both] == [fewer[name] for name in both]
    other = drawn(photos, 6)
    assert not any(other[name] == box for name, box in everyone.items() if name in other)


def test_the_picture_shows_the_face_where_the_window_says(tmp_path: Path) -> None:
    box = [200, 120, 300, 240]
    cv2.imwrite(str(tmp_path / "a.png"), painted(SIZE, [box]))
    windows = draw_windows([replace(photo([[*box, MASK]], "a.png", SIZE), folder=tmp_path)], number=12)
    assert len(windows) == 12
    for window in windows:
        frame = window.read()
        assert frame.shape[1::-1] == window.resolution_wh
        # Enlarging blurs an edge over two pixels.
        assert seen_box(frame) == pytest.approx(window.face_xyxy.tolist(), abs=3)


def test_whole_crops_have_their_folders_label_and_no_near_duplicate_in_training(tmp_path: Path) -> None:
    for seed, folder in ((1, "WithMask"), (2, "WithMask"), (3, "WithoutMask"), (4, "odd")):
        write_picture(tmp_path / "val" / folder / f"{seed}.jpg", scene(seed))
    # The same scene mirrored, with another light and size.
    copied = cv2.resize(cv2.convertScaleAbs(scene(2)[:, ::-1], alpha=0.9, beta=20), (120, 90))
    write_picture(tmp_path / "train" / "WithMask" / "9.jpg", copied)
    write_picture(tmp_path / "more" / "8.jpg", scene(8))
    crops, left_out = whole_crops(tmp_path / "val", [tmp_path / "train", tmp_path / "more"])
    assert [(crop.name, LABELS[crop.label]) for crop in crops] == [
        ("WithMask/1.jpg", MASK),
        ("WithoutMask/3.jpg", BARE),
    ]
    assert left_out == 1
    assert crops[0].resolution_wh == (160, 120)
    assert crops[0].face_xyxy.tolist() == [0, 0, 160, 120]
    assert crops[0].read().shape == (120, 160, 3)
    assert len(whole_crops(tmp_path / "val", [])[0]) == 3
    with pytest.raises(ValueError, match=r"train2"):
        whole_crops(tmp_path / "val", [tmp_path / "train2"])
    with pytest.raises(ValueError, match=r"WithMask or WithoutMask"):
        whole_crops(tmp_path / "more", [])


def test_near_duplicates_among_agrees_with_pairs() -> None:
    ours = [hash_picture(scene(seed)) for seed in range(6)]
    theirs = [hash_picture(np.ascontiguousarray(scene(seed)[:, ::-1])) for seed in (4, 1, 30)]
    listed = near_duplicates_among(ours, theirs, 10)
    assert listed.tolist() == [any(one.is_near_duplicate(other, 10) for other in theirs) for one in ours]
    assert listed.tolist() == [False, True, False, False, True, False]
    assert near_duplicates_among(ours, [], 10).tolist() == [False] * 6
