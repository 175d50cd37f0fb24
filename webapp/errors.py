"""Every error that a client may receive, with its code and its sentence. `error_responses.py` has the HTTP statuses.

    MirrorError               internal
    ├── BadRequest            bad_request
    │   └── BadImage          bad_image
    ├── Forbidden             forbidden
    ├── NotFound              not_found
    ├── Conflict              conflict
    ├── ProtocolMismatch      precondition_failed
    ├── Locked                locked
    ├── TooSlow               too_slow
    ├── TooLarge              too_large
    ├── UnsupportedMedia      unsupported_media
    ├── TooManyRequests       too_many_requests
    ├── NotForwarded          not_forwarded
    ├── Busy                  busy
    └── StorageFull           storage_full

`webapp.vision` raises `VisionError`s of its own (see `webapp/vision/errors.py`); `from_vision` translates them.
The message is a sentence for the visitor: what happened and what to do next. It never carries a path,
a traceback or anything that another visitor sent.
"""

from __future__ import annotations

from webapp.vision import errors as vision_errors


class MirrorError(Exception):
    """Base of all; `code` is stable and for programs, `message` is for people.

    Args:
        message: the sentence.
        retry_after_s: when the request may be repeated, seconds; None for what this kind of error says.
    """

    code = "internal"
    retry_after_s: int | None = None

    def __init__(self, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        if retry_after_s is not None:
            self.retry_after_s = retry_after_s

    def to_json(self) -> dict[str, str]:
        """Return `{"code", "message"}`."""
        return {"code": self.code, "message": self.message}


class BadRequest(MirrorError):
    """The request is not of the documented form."""

    code = "bad_request"


class BadImage(BadRequest):
    """The bytes are not an image that can be decoded."""

    code = "bad_image"


class Forbidden(MirrorError):
    """The request comes from another site."""

    code = "forbidden"


class NotFound(MirrorError):
    """Nothing is there, or it belongs to somebody else: the two are not distinguished, on purpose."""

    code = "not_found"


class Conflict(MirrorError):
    """The thing is there, but not in a state that allows this."""

    code = "conflict"


class ProtocolMismatch(MirrorError):
    """The request is not of the version of tus that this server speaks."""

    code = "precondition_failed"


class Locked(MirrorError):
    """Another request is changing this."""

    code = "locked"


class TooSlow(MirrorError):
    """The body of the request did not arrive in time."""

    code = "too_slow"


class TooLarge(MirrorError):
    """More bytes, pixels or seconds than allowed."""

    code = "too_large"


class UnsupportedMedia(MirrorError):
    """A format that is not on the list."""

    code = "unsupported_media"


class TooManyRequests(MirrorError):
    """This visitor has enough work waiting."""

    code = "too_many_requests"
    retry_after_s = 5


class NotForwarded(MirrorError):
    """Another host, to which the server forwards, did not take it."""

    code = "not_forwarded"
    retry_after_s = 30


class Busy(MirrorError):
    """The server has enough work waiting, from everybody."""

    code = "busy"
    retry_after_s = 5


class StorageFull(MirrorError):
    """The disk is full."""

    code = "storage_full"


_FROM_VISION: dict[type[vision_errors.VisionError], type[MirrorError]] = {
    vision_errors.ImageTooLarge: TooLarge,
    vision_errors.UnsupportedImage: UnsupportedMedia,
    vision_errors.BadImage: BadImage,
}


def error_from_json(error: dict[str, str]) -> MirrorError:
    """Rebuild an error from what `to_json` made of it, in another process."""
    kinds: list[type[MirrorError]] = [MirrorError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    found = next((kind for kind in kinds if kind.code == error["code"]), MirrorError)
    return found(error["message"])


def from_vision(error: vision_errors.VisionError) -> MirrorError:
    """Translate an error of the pure core into one that a client may receive."""
    for kind, mirror_error in _FROM_VISION.items():
        if isinstance(error, kind):
            return mirror_error(str(error))
    return MirrorError(str(error))
