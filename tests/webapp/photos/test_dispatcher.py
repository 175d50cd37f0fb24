"""The helper process for photos: started on demand, killed when it hangs, bounded in every way."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pictures import astronaut_bgr, jpeg
from webapp.config import Settings
from webapp.errors import BadImage, Busy, MirrorError, TooManyRequests, UnsupportedMedia
from webapp.photos.dispatcher import PhotoDispatcher
from webapp.vision.model_files import SHIPPED

JPEG = jpeg(astronaut_bgr())


def helpers() -> list[int]:
    """Process ids of this process's photo helpers (Linux)."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [int(pid) for path in children for pid in path.read_text().split()]
    return [pid for pid in pids if b"webapp.photos.process" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.fixture
def make_dispatcher(tmp_path: Path) -> Iterator[Callable[..., PhotoDispatcher]]:
    dispatchers = []

    def make(**settings: object) -> PhotoDispatcher:
        dispatchers.append(PhotoDispatcher(Settings(data_folder=tmp_path, **settings)))  # type: ignore[arg-type]
        return dispatchers[-1]

    yield make
    for dispatcher in dispatchers:
        if dispatcher._helper is not None:
            dispatcher._helper.end()


def the_one_new_helper(before: list[int]) -> int:
    (pid,) = set(helpers()) - set(before)
    return pid


def test_starts_with_the_first_photo_and_stays(make_dispatcher: Callable[..., PhotoDispatcher]) -> None:
    before, dispatcher = helpers(), make_dispatcher()
    assert helpers() == before
    assert len(dispatcher.detect(JPEG, "a")["faces"]) == 1
    pid = the_one_new_helper(before)
    assert len(dispatcher.detect(JPEG, "a")["faces"]) == 1
    assert the_one_new_helper(before) == pid


def test_ends_itself_when_idle_and_the_next_photo_still_works(
    make_dispatcher: Callable[..., PhotoDispatcher],
) -> None:
    before, dispatcher = helpers(), make_dispatcher(photo_idle_s=0.2)
    dispatcher.detect(JPEG, "a")
    deadline = time.monotonic() + 20
    while set(helpers()) - set(before):
        assert time.monotonic() < deadline
        assert dispatcher._helper is not None
        dispatcher._helper._process.poll()
        time.sleep(0.05)
    assert len(dispatcher.detect(JPEG, "a")["faces"]) == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_crash_costs_one_photo(make_dispatcher: Callable[..., PhotoDispatcher], number: signal.Signals) -> None:
    before, dispatcher = helpers(), make_dispatcher()
    dispatcher.detect(JPEG, "a")
    os.kill(the_one_new_helper(before), number)
    with pytest.raises(BadImage):
        dispatcher.detect(JPEG, "a")
    assert len(dispatcher.detect(JPEG, "a")["faces"]) == 1


def test_a_hang_ends_at_the_deadline(make_dispatcher: Callable[..., PhotoDispatcher]) -> None:
    before, dispatcher = helpers(), make_dispatcher(photo_deadline_s=15.0)
    dispatcher.detect(JPEG, "a")
    dispatcher._settings = Settings(photo_deadline_s=0.5, data_folder=dispatcher._settings.data_folder)
    os.kill(the_one_new_helper(before), signal.SIGSTOP)
    start = time.monotonic()
    with pytest.raises(BadImage, match="too long"):
        dispatcher.detect(JPEG, "a")
    assert time.monotonic() - start < 10
    dispatcher._settings = Settings(data_folder=dispatcher._settings.data_folder)
    assert len(dispatcher.detect(JPEG, "a")["faces"]) == 1


def test_refusals_carry_their_kind_and_sentence_across(make_dispatcher: Callable[..., PhotoDispatcher]) -> None:
    with pytest.raises(MirrorError, match="HEIC") as caught:
        make_dispatcher().detect(b"\0\0\0\x18ftypheic" + bytes(20), "a")
    assert (type(caught.value), caught.value.code) == (UnsupportedMedia, "unsupported_media")


def test_one_visitor_and_everybody_may_only_have_so_many_waiting(
    make_dispatcher: Callable[..., PhotoDispatcher],
) -> None:
    dispatcher = make_dispatcher(photos_per_visitor=1, waiting_max=2)
    dispatcher.detect(JPEG, "a")
    with dispatcher._turn:  # as while another photo is processed
        waiting = [threading.Thread(target=dispatcher.detect, args=(JPEG, name)) for name in ("a", "b")]
        for thread in waiting:
            thread.start()
        while dispatcher._waiting.total() < 2:
            time.sleep(0.01)
        with pytest.raises(Busy):
            dispatcher.detect(JPEG, "c")
        dispatcher._settings = Settings(photos_per_visitor=1, data_folder=dispatcher._settings.data_folder)
        with pytest.raises(TooManyRequests):
            dispatcher.detect(JPEG, "a")
    for thread in waiting:
        thread.join(20)
    assert not dispatcher._waiting


def test_a_model_that_cannot_run_is_not_the_photos_fault(
    make_dispatcher: Callable[..., PhotoDispatcher], tmp_path: Path
) -> None:
    """Its checksum is right, so the start does not notice; the sender of a photo is asked to try later."""
    model = tmp_path / "broken.tflite"
    model.write_bytes(b"TFL3" * 100)
    card = json.loads((SHIPPED / "mask_classifier.json").read_text())
    checksum = hashlib.sha256(model.read_bytes()).hexdigest()
    model.with_suffix(".json").write_text(json.dumps(card | {"sha256": checksum}))
    with pytest.raises(Busy, match="cannot be processed"):
        make_dispatcher(classifier=model, photo_deadline_s=60.0).detect(JPEG, "a")
