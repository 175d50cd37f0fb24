"""What can go wrong in the pure core.

VisionError
├── BadImage             the bytes are no picture, or a broken one
├── UnsupportedImage     a picture, but of a format that is not on the list
├── ImageTooLarge        more pixels or bytes than allowed, told from the header
├── VideoError           a video that cannot be worked on; `code` says why
└── ModelError           a model file is missing, cut, or not what its card says
"""

from __future__ import annotations

import errno

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What a write says when the disk, the quota or the file is full."""


class VisionError(Exception):
    """Base of all errors of the pure core; the message is a sentence for people."""


class BadImage(VisionError):
    """The bytes are no picture, or a broken one."""


class UnsupportedImage(VisionError):
    """A picture of a format that is not on the list."""


class ImageTooLarge(VisionError):
    """More pixels or bytes than allowed."""


class VideoError(VisionError):
    """A video that cannot be worked on.

    Args:
        code: stable word for programs, say `no_video`.
        message: sentence for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ModelError(VisionError):
    """A model file is missing, cut, or not what its card says."""
