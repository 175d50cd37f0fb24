"""The helper process for photos: started on demand, killed when it hangs, bounded in every way."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.pictures import astronaut_bgr, jpeg
from webapp.config import Settings
from webapp.errors import BadImage, Busy, MirrorError, TooManyRequests, UnsupportedMedia
from webapp.photos.dispatcher import PhotoDispatcher, _Helper
from webapp.photos.process import DECODING, DETECTING
from webapp.photos.turns import Turns
from webapp.security import Client
from webapp.vision.model_files import SHIPPED

JPEG = jpeg(astronaut_bgr())
SLOW_PNG = cv2.imencode(".png", np.random.default_rng(0).integers(0, 255, (3000, 3000, 3), np.uint8))[1].tobytes()
"""27 MB of noise: takes a fifth of a second to decode, and longer to detect in."""
ANNA, ANNAS_NEIGHBOUR, BEN, CLARA = Client("anna", "1"), Client("", "1"), Client("", "2"), Client("clara", "3")


def helpers() -> list[int]:
    """Process ids of this process's photo helpers (Linux)."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [int(pid) for path in children for pid in path.read_text().split()]
    return [pid for pid in pids if b"webapp.photos.process" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.fixture
def make_dispatcher(tmp_path: Path) -> Iterator[Callable[..., PhotoDispatcher]]:
    dispatchers = []

    def make(**settings: object) -> PhotoDispatcher:
        values = {"data_folder": tmp_path, "photo_deadline_s": 120.0} | settings
        dispatchers.append(PhotoDispatcher(Settings(**values)))  # type: ignore[arg-type]
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
    assert len(dispatcher.detect(JPEG, ANNA)["faces"]) == 1
    pid = the_one_new_helper(before)
    assert len(dispatcher.detect(JPEG, ANNA)["faces"]) == 1
    assert the_one_new_helper(before) == pid


def test_ends_itself_when_idle_and_the_next_photo_still_works(
    make_dispatcher: Callable[..., PhotoDispatcher],
) -> None:
    before, dispatcher = helpers(), make_dispatcher(photo_idle_s=0.2)
    dispatcher.detect(JPEG, ANNA)
    deadline = time.monotonic() + 20
    while set(helpers()) - set(before):
        assert time.monotonic() < deadline
        assert dispatcher._helper is not None
        dispatcher._helper._process.poll()
        time.sleep(0.05)
    assert len(dispatcher.detect(JPEG, ANNA)["faces"]) == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_crash_while_idle_costs_nothing(
    make_dispatcher: Callable[..., PhotoDispatcher], number: signal.Signals
) -> None:
    before, dispatcher = helpers(), make_dispatcher()
    dispatcher.detect(JPEG, ANNA)
    os.kill(the_one_new_helper(before), number)
    assert len(dispatcher.detect(JPEG, ANNA)["faces"]) == 1


def detect_and_signal(
    dispatcher: PhotoDispatcher, data: bytes, stage: str, number: signal.Signals
) -> MirrorError | dict[str, object]:
    """Send a signal to the helper as soon as it is in a stage of the photo; return what the photo comes to."""
    outcome: list[MirrorError | dict[str, object]] = []

    def detect() -> None:
        try:
            outcome.append(dispatcher.detect(data, ANNA))
        except MirrorError as error:
            outcome.append(error)

    thread = threading.Thread(target=detect)
    thread.start()
    while dispatcher._helper is None or dispatcher._helper.stage != stage:
        assert thread.is_alive(), outcome
        time.sleep(0.001)
    os.kill(dispatcher._helper._process.pid, number)
    thread.join(60)
    return outcome[0]


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGSEGV])
@pytest.mark.parametrize(("stage", "kind", "words"), [(DECODING, BadImage, "to open"), (DETECTING, Busy, "right now")])
def test_a_hang_or_a_crash_costs_one_photo_and_is_blamed_on_it_only_while_it_is_decoded(
    make_dispatcher: Callable[..., PhotoDispatcher],
    number: signal.Signals,
    stage: str,
    kind: type[MirrorError],
    words: str,
) -> None:
    dispatcher = make_dispatcher()
    dispatcher.detect(JPEG, ANNA)
    patient, dispatcher._settings = dispatcher._settings, replace(dispatcher._settings, photo_deadline_s=5.0)
    outcome = detect_and_signal(dispatcher, SLOW_PNG, stage, number)
    assert isinstance(outcome, kind)
    assert words in outcome.message
    dispatcher._settings = patient
    assert len(dispatcher.detect(JPEG, ANNA)["faces"]) == 1


@pytest.mark.parametrize("data", ["JPEG", "SLOW_PNG"])
def test_a_photo_has_a_deadline_of_processor_time(make_dispatcher: Callable[..., PhotoDispatcher], data: str) -> None:
    """A picture that is slow to decode is at fault; detection costs the same for all pictures."""
    dispatcher = make_dispatcher(photo_deadline_s=0.03)  # six views by two networks take longer everywhere
    dispatcher._helper = _Helper(dispatcher._settings)
    dispatcher._settings = replace(dispatcher._settings, photo_deadline_s=1000.0)
    with pytest.raises(Busy if data == "JPEG" else BadImage):
        dispatcher.detect(globals()[data], ANNA)
    assert len(dispatcher.detect(JPEG, ANNA)["faces"]) == 1


def test_refusals_carry_their_kind_and_sentence_across(make_dispatcher: Callable[..., PhotoDispatcher]) -> None:
    with pytest.raises(MirrorError, match="HEIC") as caught:
        make_dispatcher().detect(b"\0\0\0\x18ftypheic" + bytes(20), ANNA)
    assert (type(caught.value), caught.value.code) == (UnsupportedMedia, "unsupported_media")


def test_a_visitor_an_address_and_everybody_may_only_have_so_many_waiting(
    make_dispatcher: Callable[..., PhotoDispatcher],
) -> None:
    dispatcher = make_dispatcher(photos_per_visitor=1, photos_per_address=2, waiting_max=3)
    turns = dispatcher._turns
    with turns.turn(ANNA), ExitStack() as stack:  # as while a photo is processed
        with pytest.raises(TooManyRequests, match="You have"):
            dispatcher.detect(JPEG, ANNA)
        waiting = []
        for client in (ANNAS_NEIGHBOUR, BEN):
            waiting.append(threading.Thread(target=dispatcher.detect, args=(JPEG, client)))
            stack.callback(waiting[-1].join, 60)
            waiting[-1].start()
            while len(turns._waiting) < len(waiting):
                time.sleep(0.01)
            if client is ANNAS_NEIGHBOUR:
                with pytest.raises(TooManyRequests, match="network"):
                    dispatcher.detect(JPEG, Client("another cookie", ANNA.address))
        with pytest.raises(Busy):
            dispatcher.detect(JPEG, CLARA)
        stack.pop_all()
    for thread in waiting:
        thread.join(60)
    assert not turns._waiting
    assert turns._current is None


def test_turns_go_round_over_addresses_and_over_their_visitors(tmp_path: Path) -> None:
    turns, order = Turns(Settings(data_folder=tmp_path)), []

    def take(client: Client) -> None:
        with turns.turn(client):
            order.append(client)

    threads = []
    with turns.turn(ANNA):
        for client in (ANNA, ANNA, ANNA, ANNAS_NEIGHBOUR, ANNAS_NEIGHBOUR, BEN, CLARA):
            threads.append(threading.Thread(target=take, args=(client,)))
            threads[-1].start()
            while len(turns._waiting) < len(threads):
                time.sleep(0.001)
    for thread in threads:
        thread.join(10)
    assert order == [BEN, CLARA, ANNAS_NEIGHBOUR, ANNA, ANNAS_NEIGHBOUR, ANNA, ANNA]


def test_whoever_stops_waiting_leaves_no_place_taken(tmp_path: Path) -> None:
    turns = Turns(Settings(data_folder=tmp_path))
    with turns.turn(ANNA):
        ticket = turns._enter(BEN)
        turns._leave(ticket)
    with turns.turn(CLARA):
        assert not turns._waiting


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
        make_dispatcher(classifier=model).detect(JPEG, ANNA)
