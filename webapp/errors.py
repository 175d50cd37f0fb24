"""Every error that a client may meet, with its code, HTTP status and sentence.

    MirrorError
    ├── BadRequest            400 bad_request
    │   └── BadImage          400 bad_image
    ├── Forbidden             403 forbidden
    ├── NotFound              404 not_found
    ├── Conflict              409 conflict
    ├── TooLarge              413 too_large
    ├── UnsupportedMedia      415 unsupported_media
    ├── TooManyRequests       429 too_many_requests
    ├── Busy                  503 busy
    └── StorageFull           507 storage_full

`webapp.vision` raises its own `VisionError`s (see `webapp/vision/errors.py`); `from_vision` translates them.
The message is a sentence for the visitor: what happened and what to do next. It never carries a path,
a traceback or anything another visitor sent.
"""

from __future__ import annotations

from webapp.vision import errors as vision_errors


class MirrorError(Exception):
    """Base of all; `code` is stable and for programs, `message` is for people."""

    status = 500
    code = "internal"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def to_json(self) -> dict[str, str]:
        """Return `{"code", "message"}`."""
        return {"code": self.code, "message": self.message}


class BadRequest(MirrorError):
    """The request is not of the documented form."""

    status, code = 400, "bad_request"


class BadImage(BadRequest):
    """The bytes are no picture that can be decoded."""

    code = "bad_image"


class Forbidden(MirrorError):
    """The request comes from another site."""

    status, code = 403, "forbidden"


class NotFound(MirrorError):
    """Nothing is there, or it belongs to somebody else: the two look alike on purpose."""

    status, code = 404, "not_found"


class Conflict(MirrorError):
    """The thing is there, but not in a state that allows this."""

    status, code = 409, "conflict"


class TooLarge(MirrorError):
    """More bytes, pixels or seconds than allowed."""

    status, code = 413, "too_large"


class UnsupportedMedia(MirrorError):
    """A format that is not on the list."""

    status, code = 415, "unsupported_media"


class TooManyRequests(MirrorError):
    """This visitor has enough work waiting."""

    status, code = 429, "too_many_requests"


class Busy(MirrorError):
    """The server has enough work waiting, from everybody."""

    status, code = 503, "busy"


class StorageFull(MirrorError):
    """The disk is full."""

    status, code = 507, "storage_full"


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
    """Translate an error of the pure core into one that a client may meet."""
    for kind, mirror_error in _FROM_VISION.items():
        if isinstance(error, kind):
            return mirror_error(str(error))
    return MirrorError(str(error))
