"""Errors of the pure core.

VisionError
├── BadImage             the bytes are not a picture, or a broken one
├── UnsupportedImage     a picture, but of a format that is not on the list
├── ImageTooLarge        more pixels or bytes than allowed, by its header
├── VideoError           a video that cannot be annotated; `code` is the reason
├── ModelError           a model file is missing, cut, or does not match its card
└── PersonalError        a visitor's own classifier cannot be fitted, read or used
"""

from __future__ import annotations

import errno

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Error numbers of a write where the disk, the quota or the file is full."""


class VisionError(Exception):
    """Base of all errors of the pure core; the message is a sentence for people."""


class BadImage(VisionError):
    """The bytes are not a picture, or a broken one."""


class UnsupportedImage(VisionError):
    """A picture of a format that is not on the list."""


class ImageTooLarge(VisionError):
    """More pixels or bytes than allowed."""


class VideoError(VisionError):
    """A video that cannot be annotated.

    Args:
        code: stable word for programs, like `no_video`.
        message: sentence for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ModelError(VisionError):
    """A model file is missing, cut, or does not match its card."""


class PersonalError(VisionError):
    """A visitor's own classifier cannot be fitted, read or used."""
