"""Places of client addresses."""

from __future__ import annotations

import pytest

from webapp.serving.addresses import PlacesPerAddress, subscriber


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8::1", "2001:db8::2:3", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("unknown", "unknown", True),
        ("unknown", "192.0.2.1", False),
        ("", "192.0.2.1", False),
    ],
)
def test_a_subscriber_is_an_address_or_a_prefix(one: str, other: str, same: bool) -> None:
    assert (subscriber(one) == subscriber(other)) is same


def test_places_are_counted_by_address_and_given_back() -> None:
    places = PlacesPerAddress(2)
    assert [places.take("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert places.take("192.0.2.2")
    places.give_back("192.0.2.1")
    assert [places.take("192.0.2.1") for _ in range(2)] == [True, False]


def test_without_a_limit_every_address_gets_a_place() -> None:
    places = PlacesPerAddress(0)
    assert all(places.take("192.0.2.1") for _ in range(1000))
