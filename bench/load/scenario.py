"""Scenarios of the load bench, read from their names."""

from __future__ import annotations

import re
from dataclasses import dataclass

TABLE = (
    "40x5",
    "80x5",
    "200x1-phase",
    "200x5",
    "40x5-video",
    "40x5-photos",
    "1x30-rtt80",
)
"""What `make load` runs by default; `8x5-photos-soak` takes as long as it is told to."""

SOAK = "8x5-photos-soak"
PHOTO_CLIENTS = 4

_NAME = re.compile(r"(\d+)x(\d+(?:\.\d+)?)((?:-(?:phase|video|photos|soak|rtt\d+))*)")


@dataclass(frozen=True)
class Scenario:
    """A swarm and what runs beside it.

    Args:
        name: as on the command line.
        clients: live connections.
        fps: frames a second of each.
        in_phase: all send at the same moment, else at random phases.
        video: a video is annotated meanwhile.
        photo_clients: clients that send a photo, wait for the answer and send the next.
        round_trip_s: added to the network's own; such a client bounds its frames in flight as the page does.
        soak: report the growth of memory, descriptors and threads.
    """

    name: str
    clients: int
    fps: float
    in_phase: bool = False
    video: bool = False
    photo_clients: int = 0
    round_trip_s: float = 0.0
    soak: bool = False


def parse_scenario(name: str) -> Scenario:
    """Return the scenario of a name like `200x1-phase`: clients x frames a second, then any of `-phase`, `-video`,
    `-photos`, `-rttMS`, `-soak`.

    Raises:
        ValueError: the name has another form.
    """
    match = _NAME.fullmatch(name)
    if not match or not int(match[1]) or not float(match[2]):
        raise ValueError(f"{name} is no scenario: write 40x5, and behind it -phase, -video, -photos, -rtt80 or -soak")
    extras = match[3].split("-")[1:]
    round_trip_ms = sum(float(extra[3:]) for extra in extras if extra.startswith("rtt"))
    return Scenario(
        name,
        int(match[1]),
        float(match[2]),
        in_phase="phase" in extras,
        video="video" in extras,
        photo_clients=PHOTO_CLIENTS if "photos" in extras else 0,
        round_trip_s=round_trip_ms / 1000,
        soak="soak" in extras,
    )
