"""`POST /api/v1/door/counts`: how many faces passed a door in one minute, for the receiver that the settings name."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.config import Settings
from webapp.door.delivery import Message
from webapp.door.forwarder import Forwarder
from webapp.door.receiver import receiver_of
from webapp.errors import BadRequest, NotFound, TooLarge, UnsupportedMedia
from webapp.vision.detections import LABELS

STATES = (*LABELS, "not_sure")
"""Those that people see; each has a count."""

COUNT_MAX = 10_000
BODY_BYTES_MAX = 2_000
_DOOR = re.compile(r"[a-z0-9-]{1,32}")
_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00Z")
_OLDEST = timedelta(days=8)
_NEWEST = timedelta(minutes=10)


def create_door_api(settings: Settings) -> Blueprint:
    """Return the blueprint of `/api/v1/door/counts`.

    Raises:
        ValueError: the settings name a receiver that cannot be used.
    """
    api = Blueprint("door", __name__, url_prefix="/api/v1/door")
    receiver = receiver_of(settings)
    forwarder = None if receiver is None else Forwarder(settings, receiver)

    @api.post("/counts")
    def counts() -> ResponseReturnValue:
        if forwarder is None:
            raise NotFound("This server forwards no counts.")
        forwarder.forward(read_counts(_body(), datetime.now(UTC)))
        return "", 204

    return api


def read_counts(body: bytes, now: datetime) -> Message:
    """Return the message for the receiver.

    Args:
        body: `{"door": name, "minute": "2026-11-30T14:05:00Z", "counts": {state: number}}`, with all of `STATES`.
        now: minutes long past or in the future are refused.

    Raises:
        BadRequest: anything else.
    """
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("The body is not JSON.") from None
    if not isinstance(given, dict) or set(given) != {"door", "minute", "counts"}:
        raise BadRequest("The body must be an object with `door`, `minute` and `counts`.")
    door, counts = given["door"], given["counts"]
    if not isinstance(door, str) or not _DOOR.fullmatch(door):
        raise BadRequest("`door` must be of 1 to 32 small letters, digits and hyphens.")
    minute = _minute(given["minute"])
    if not now - _OLDEST <= minute <= now + _NEWEST:
        raise BadRequest("`minute` must lie in the last week.")
    if not isinstance(counts, dict) or set(counts) != set(STATES) or not all(map(_is_count, counts.values())):
        raise BadRequest(f"`counts` must have a number from 0 to {COUNT_MAX} for each of {', '.join(STATES)}.")
    clean = {"door": door, "minute": given["minute"], "counts": {state: counts[state] for state in STATES}}
    return Message(f"{door}-{given['minute']}", json.dumps(clean))


def _body() -> bytes:
    if "Transfer-Encoding" in request.headers or (request.content_length or 0) > BODY_BYTES_MAX:
        raise TooLarge(f"The limit for counts is {BODY_BYTES_MAX} bytes, sent with their length.")
    if request.mimetype != "application/json":
        raise UnsupportedMedia("Please send the counts as application/json.")
    return request.get_data(cache=False)


def _minute(text: Any) -> datetime:
    try:
        if isinstance(text, str) and _MINUTE.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise BadRequest("`minute` must be the beginning of a minute, like 2026-11-30T14:05:00Z.")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= COUNT_MAX
