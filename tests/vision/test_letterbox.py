import numpy as np
import pytest

from webapp.vision.boxes import scale_boxes
from webapp.vision.letterbox import GREY, fit_square


@pytest.mark.parametrize("wh", [(640, 480), (480, 640), (100, 100), (60, 31)])
def test_a_square_holds_the_frame_at_its_upper_left_and_grey_beside_it(wh: tuple[int, int]) -> None:
    width, height = wh
    square, factors = fit_square(np.full((height, width, 3), 250, np.uint8), 120)
    assert square.shape == (120, 120, 3)
    inner = round(width * factors[0]), round(height * factors[1])
    assert max(inner) == 120
    assert inner[0] / inner[1] == pytest.approx(width / height, rel=0.02)
    shown = np.zeros((120, 120), bool)
    shown[: inner[1], : inner[0]] = True
    assert (square[shown] == 250).all()
    assert (square[~shown] == GREY).all()


def test_boxes_go_to_the_square_and_back() -> None:
    frame = np.zeros((480, 640, 3), np.uint8)
    frame[100:300, 200:360] = 255
    box = np.array([[200, 100, 360, 300]], np.float32)
    square, factors = fit_square(frame, 120)
    rows, columns = np.nonzero(square[..., 0] > 127)
    seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    there = scale_boxes(box, *factors)
    assert there[0] == pytest.approx(seen, abs=1)
    assert scale_boxes(there, 1 / factors[0], 1 / factors[1]) == pytest.approx(box)
