"""When live frames are inferred smaller, and when in full size again."""

from __future__ import annotations

from webapp.live.view_size import CALM_WINDOWS, WINDOW_S, ViewSize

SIZES_PX = (416, 320, 256)
FPS = 50


class Load:
    """Serves 50 frames a second by two pipelines."""

    def __init__(self, sizes_px: tuple[int, ...] = SIZES_PX) -> None:
        self._now_s = 100.0
        self.size = ViewSize(sizes_px, 2, self._now_s)

    def go_on(self, windows: float, waiting: int, worked_s: float) -> list[int]:
        """Return the sizes after each change during so many windows."""
        changes = []
        for _ in range(round(windows * WINDOW_S * FPS)):
            self._now_s += 1 / FPS
            if self.size.served(waiting, worked_s, self._now_s):
                changes.append(self.size.side_px)
        return changes


def test_a_queue_makes_it_smaller_step_by_step() -> None:
    load = Load()
    assert load.size.side_px == 416
    assert load.go_on(1.1, waiting=20, worked_s=0.04) == [320]
    assert load.go_on(5, waiting=20, worked_s=0.04) == [256]


def test_few_clients_keep_the_full_size_however_much_they_send() -> None:
    assert Load().go_on(20, waiting=2, worked_s=0.04) == []


def test_it_grows_again_when_it_has_been_calm_for_long_enough() -> None:
    load = Load()
    load.go_on(1.1, waiting=20, worked_s=0.04)
    assert load.go_on(CALM_WINDOWS - 1, waiting=0, worked_s=0.01) == []
    assert load.go_on(2, waiting=0, worked_s=0.01) == [416]
    assert load.go_on(20, waiting=0, worked_s=0.01) == []


def test_it_stays_small_while_the_pipelines_are_busy() -> None:
    load = Load()
    load.go_on(1.1, waiting=20, worked_s=0.04)
    assert load.go_on(20, waiting=0, worked_s=0.03) == []
    assert load.size.side_px == 320


def test_a_single_size_never_changes() -> None:
    load = Load((640,))
    assert load.go_on(20, waiting=100, worked_s=0.04) == []
    assert load.size.side_px == 640
