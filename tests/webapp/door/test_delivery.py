from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator

import pytest

from tests.mirror_process import free_port
from tests.webapp.door.receiver import LocalReceiver, local_receiver
from webapp.config import Settings
from webapp.door.delivery import WAITS_S, Message, deliver
from webapp.door.receiver import Receiver, receiver_of

MESSAGE = Message("a1b2c3d4-2026-11-30T14:05:00Z", '{"door": "a1b2c3d4"}')
KEY = "a key for tests"


@pytest.fixture
def receiver() -> Iterator[LocalReceiver]:
    with local_receiver() as running:
        yield running


def settings_of(url: str, key: str = KEY) -> Receiver:
    found = receiver_of(Settings(door_counts_url=url, door_counts_key=key))
    assert found is not None
    return found


def send(receiver: LocalReceiver) -> tuple[str | None, list[float]]:
    waits: list[float] = []
    return deliver(MESSAGE, settings_of(receiver.url), waits.append), waits


def test_a_receiver_can_check_what_it_gets(receiver: LocalReceiver) -> None:
    assert send(receiver) == (None, [0.0])
    ((headers, body),) = receiver.got
    assert body == MESSAGE.body.encode()
    assert headers["webhook-id"] == MESSAGE.id
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    # As docs/door.md tells receivers to do it.
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(KEY.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_a_receiver_in_trouble_is_asked_again(receiver: LocalReceiver, status: int) -> None:
    receiver.statuses = [status, status]
    assert send(receiver) == (None, list(WAITS_S))
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {MESSAGE.id}


def test_after_three_attempts_it_is_given_up(receiver: LocalReceiver) -> None:
    receiver.statuses = [500] * 9
    problem, _ = send(receiver)
    assert problem == "The receiver answered with the status 500."
    assert len(receiver.got) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_a_refusal_is_not_tried_again(receiver: LocalReceiver, status: int) -> None:
    receiver.statuses = [status]
    assert send(receiver) == (f"The receiver answered with the status {status}.", [0.0])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(receiver: LocalReceiver, status: int) -> None:
    with local_receiver() as other:
        receiver.statuses, receiver.location = [status], other.url
        problem, _ = send(receiver)
        assert problem == "The receiver redirects, which is not followed."
        assert other.got == []


def test_a_receiver_that_is_not_there() -> None:
    nobody = settings_of(f"http://127.0.0.1:{free_port()}/")
    assert deliver(MESSAGE, nobody, lambda _: None) == "The receiver cannot be reached."


def test_a_certificate_that_nobody_vouches_for(receiver: LocalReceiver) -> None:
    # The receiver speaks no TLS at all, so nothing of the message may arrive.
    spoken = settings_of(receiver.url.replace("http://", "https://"))
    assert deliver(MESSAGE, spoken, lambda _: None) == "The receiver cannot be reached."
    assert receiver.got == []


def test_proxies_of_the_environment_are_not_used(receiver: LocalReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert send(receiver)[0] is None


def test_the_address_of_the_settings() -> None:
    assert receiver_of(Settings()) is None
    assert settings_of("https://counts.example.org/a/b?c=d") == Receiver(
        True, "counts.example.org", 443, "/a/b?c=d", KEY
    )
    assert settings_of("https://counts.example.org:8443").port == 8443
    assert settings_of("http://localhost:9000/").https is False


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://counts.example.org/", "must begin with https"),
        ("ftp://counts.example.org/", "must be an address"),
        ("https://user:word@counts.example.org/", "without a password"),
        ("counts.example.org", "must be an address"),
        ("https://counts.example.org:port/", "is not an address"),
        ("https://counts.example.org/a b", "ASCII"),
    ],
)
def test_addresses_that_cannot_be_used(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        settings_of(url)


def test_without_a_key_nothing_is_forwarded() -> None:
    with pytest.raises(ValueError, match="DOOR_COUNTS_KEY is missing"):
        settings_of("https://counts.example.org/", "")
