"""The helper process that looks at photos: started on demand, killed when it hangs, bounded in every way."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pictures import astronaut_bgr, jpeg
from webapp.config import Settings
from webapp.errors import BadImage, Busy, MirrorError, TooManyRequests
from webapp.photos.dispatcher import PhotoDesk

JPEG = jpeg(astronaut_bgr())


def helpers() -> list[int]:
    """Process ids of this process's photo helpers (Linux)."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [int(pid) for path in children for pid in path.read_text().split()]
    return [pid for pid in pids if b"webapp.photos.process" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[Callable[..., PhotoDesk]]:
    desks = []

    def make(**settings: object) -> PhotoDesk:
        desks.append(PhotoDesk(Settings(data_folder=tmp_path, **settings)))  # type: ignore[arg-type]
        return desks[-1]

    yield make
    for desk in desks:
        if desk._helper is not None:
            desk._helper.end()


def the_one_new_helper(before: list[int]) -> int:
    (pid,) = set(helpers()) - set(before)
    return pid


def test_starts_with_the_first_photo_and_stays(make_desk: Callable[..., PhotoDesk]) -> None:
    before, desk = helpers(), make_desk()
    assert helpers() == before
    assert len(desk.look(JPEG, "a")["faces"]) == 1
    pid = the_one_new_helper(before)
    assert len(desk.look(JPEG, "a")["faces"]) == 1
    assert the_one_new_helper(before) == pid


def test_ends_itself_when_nobody_asks_and_the_next_photo_still_works(make_desk: Callable[..., PhotoDesk]) -> None:
    before, desk = helpers(), make_desk(photo_idle_s=0.2)
    desk.look(JPEG, "a")
    deadline = time.monotonic() + 20
    while set(helpers()) - set(before):
        assert time.monotonic() < deadline
        assert desk._helper is not None
        desk._helper._process.poll()
        time.sleep(0.05)
    assert len(desk.look(JPEG, "a")["faces"]) == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_crash_costs_one_photo(make_desk: Callable[..., PhotoDesk], number: signal.Signals) -> None:
    before, desk = helpers(), make_desk()
    desk.look(JPEG, "a")
    os.kill(the_one_new_helper(before), number)
    with pytest.raises(BadImage):
        desk.look(JPEG, "a")
    assert len(desk.look(JPEG, "a")["faces"]) == 1


def test_a_hang_ends_at_the_deadline(make_desk: Callable[..., PhotoDesk]) -> None:
    before, desk = helpers(), make_desk(photo_deadline_s=15.0)
    desk.look(JPEG, "a")
    desk._settings = Settings(photo_deadline_s=0.5, data_folder=desk._settings.data_folder)
    os.kill(the_one_new_helper(before), signal.SIGSTOP)
    start = time.monotonic()
    with pytest.raises(BadImage, match="too long"):
        desk.look(JPEG, "a")
    assert time.monotonic() - start < 10
    desk._settings = Settings(data_folder=desk._settings.data_folder)
    assert len(desk.look(JPEG, "a")["faces"]) == 1


def test_refusals_carry_their_kind_and_sentence_across(make_desk: Callable[..., PhotoDesk]) -> None:
    with pytest.raises(MirrorError, match="HEIC") as caught:
        make_desk().look(b"\0\0\0\x18ftypheic" + bytes(20), "a")
    assert (caught.value.status, caught.value.code) == (415, "unsupported_media")


def test_one_visitor_and_all_together_may_only_have_so_many_waiting(make_desk: Callable[..., PhotoDesk]) -> None:
    desk = make_desk(photos_per_visitor=1, waiting_max=2)
    desk.look(JPEG, "a")
    with desk._turn:  # as long as a photo of somebody is looked at
        waiting = [threading.Thread(target=desk.look, args=(JPEG, name)) for name in ("a", "b")]
        for thread in waiting:
            thread.start()
        while desk._waiting.total() < 2:
            time.sleep(0.01)
        with pytest.raises(Busy):
            desk.look(JPEG, "c")
        desk._settings = Settings(photos_per_visitor=1, data_folder=desk._settings.data_folder)
        with pytest.raises(TooManyRequests):
            desk.look(JPEG, "a")
    for thread in waiting:
        thread.join(20)
    assert not desk._waiting
