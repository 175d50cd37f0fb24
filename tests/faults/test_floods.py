"""Row 42: one visitor's photos and videos beside those of others, and one address with many cookies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pytest

from tests.conftest import ASYNC_MODES
from tests.faults.visitor import FullAnswer, Visitor
from tests.mirror_process import MirrorProcess, mirror_process
from tests.pictures import astronaut_bgr, jpeg
from tests.video_maker import make_video
from tests.webapp.videos.running_jobs import wait_for

PHOTO = jpeg(cv2.resize(astronaut_bgr(), (1500, 1500)))
LIMITS = {"MASK_MIRROR_PHOTOS_PER_ADDRESS": "10", "MASK_MIRROR_JOBS_PER_ADDRESS": "4"}


@pytest.fixture(scope="module", params=ASYNC_MODES)
def proxied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MirrorProcess]:
    """A server that trusts the proxy in front of it."""
    folder = tmp_path_factory.mktemp("proxied")
    variables = LIMITS | {"MASK_MIRROR_TRUSTED_PROXIES": "1", "MASK_MIRROR_PHOTO_DEADLINE_S": "120"}
    with mirror_process(folder, request.param, **variables) as mirror:
        yield mirror


def at_once(calls: list[Callable[[], FullAnswer]]) -> list[FullAnswer]:
    """Run calls in threads and return their answers in the order in which they came."""
    answers: list[FullAnswer] = []
    threads = [threading.Thread(target=lambda call=call: answers.append(call())) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_row_42_a_photo_is_served_before_the_rest_of_another_visitors(proxied: MirrorProcess) -> None:
    many, one = Visitor(proxied.port, "192.0.2.1"), Visitor(proxied.port, "192.0.2.2")
    order: list[str] = []
    threads = [threading.Thread(target=lambda: order.append(f"many {many.detect(PHOTO).status}")) for _ in range(8)]
    for thread in threads:
        thread.start()
    wait_for(lambda: bool(order))  # all eight have been sent by then
    order.append(f"one {one.detect(PHOTO).status}")
    for thread in threads:
        thread.join()
    assert sorted(order) == ["many 200"] * 8 + ["one 200"]
    assert order.index("one 200") <= 4, "one in work, one that was next, and a little for threads that are late"


@pytest.mark.parametrize("address", ["192.0.2.{}", "2001:db8:0:{}::1"], ids=["IPv4", "IPv6"])
def test_row_42_many_cookies_from_one_address_are_told_to_wait(proxied: MirrorProcess, address: str) -> None:
    flood = [Visitor(proxied.port, address.format(7)) for _ in range(14)]
    other = Visitor(proxied.port, address.format(8))
    answers = at_once([*(lambda v=visitor: v.detect(PHOTO) for visitor in flood), lambda: other.detect(PHOTO)])
    refused = [answer for answer in answers if answer.status == 429]
    assert 1 <= len(refused) <= 4
    for answer in refused:
        assert answer.json["error"]["code"] == "too_many_requests"
        assert "network" in answer.json["error"]["message"]
        assert int(answer.headers["Retry-After"]) > 0
    assert {answer.status for answer in answers} == {200, 429}


def test_row_42_one_client_has_all_addresses_of_its_ipv6_network(proxied: MirrorProcess) -> None:
    flood = [Visitor(proxied.port, f"2001:db8:0:9::{i:x}", cookie=False) for i in range(14)]
    answers = at_once([lambda v=visitor: v.detect(PHOTO) for visitor in flood])
    assert [answer.status for answer in answers].count(429) >= 1


def test_row_42_videos_are_run_in_turn_and_limited_by_address(proxied: MirrorProcess, tmp_path: Path) -> None:
    video = make_video(tmp_path / "in.mp4", 60).read_bytes()
    many, one = Visitor(proxied.port, "198.51.100.1"), Visitor(proxied.port, "198.51.100.2")
    for _ in range(4):
        assert many.upload(video).status == 202
    for visitor in (Visitor(proxied.port, "198.51.100.1"), Visitor(proxied.port, "198.51.100.1", cookie=False)):
        refused = visitor.upload(video)
        assert (refused.status, refused.json["error"]["code"]) == (429, "too_many_requests")
        assert int(refused.headers["Retry-After"]) > 0
    assert one.upload(video).status == 202
    wait_for(lambda: one.videos()[0]["state"] == "succeeded", 300)
    assert sum(job["state"] == "queued" for job in many.videos()) >= 1, "the other four were sent before"
    for job in many.videos():
        many.call("DELETE", f"/api/v1/videos/{job['id']}")


def test_row_42_addresses_that_clients_report_themselves_do_not_count(tmp_path: Path) -> None:
    with mirror_process(tmp_path, "eventlet", MASK_MIRROR_PHOTOS_PER_ADDRESS="2") as mirror:
        flood = [Visitor(mirror.port, f"203.0.113.{i}", cookie=False) for i in range(6)]
        answers = at_once([lambda v=visitor: v.detect(PHOTO) for visitor in flood])
    assert [answer.status for answer in answers].count(429) >= 1
