import numpy as np
import pytest

from webapp.vision.crops import crop_face, crop_faces_rgb


def quadrants() -> np.ndarray:
    frame = np.zeros((40, 40, 3), np.uint8)
    frame[:20, 20:] = (255, 0, 0)  # blue, top right
    frame[20:, :20] = (0, 0, 255)  # red, bottom left
    return frame


def test_no_faces_give_no_crops() -> None:
    assert crop_faces_rgb(quadrants(), np.zeros((0, 4), np.float32), 16, 0.1).shape == (0, 16, 16, 3)


def test_crops_are_rgb_while_frames_are_bgr() -> None:
    crops = crop_faces_rgb(quadrants(), np.array([[22, 2, 38, 18], [2, 22, 18, 38]], np.float32), 8, 0.0)
    assert crops[0, 4, 4].tolist() == [0, 0, 255]
    assert crops[1, 4, 4].tolist() == [255, 0, 0]


def test_outside_the_frame_the_edge_repeats_and_the_face_keeps_its_place() -> None:
    crop = crop_face(quadrants(), (20, -20, 60, 20), 40)
    assert crop[:, 0].tolist() == [[255, 0, 0]] * 40
    assert (crop == (255, 0, 0)).all()


@pytest.mark.parametrize(
    "square", [(-100, -100, -50, -50), (90, 90, 120, 120), (5.2, 5.2, 5.3, 5.3), (-50, -50, 150, 150), (39, 39, 41, 41)]
)
def test_any_square_gives_a_crop_of_the_given_size(square: tuple[float, ...]) -> None:
    assert crop_face(quadrants(), square, 12).shape == (12, 12, 3)


def test_shrinking_averages() -> None:
    checkers = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    crop = crop_face(np.repeat(checkers[:, :, None], 3, axis=2), (0, 0, 64, 64), 8)
    assert abs(int(crop.mean()) - 127) <= 2
    assert crop.std() < 5
