"""Near-copies: pictures that show the same, whatever their size, JPEG quality or light, and mirror images too.

Each picture is known by its perceptual hash (DCT of 32 x 32 grey values, 64 bits; Zauner 2010, "Implementation and
Benchmarking of Perceptual Image Hash Functions"), by that of its mirror image, and by a thumbnail. Few differing bits
alone are not enough: close-ups of faces are so much alike that strangers come within 10 bits, and in a large set such
pairs would chain everything together. Their thumbnails tell them apart.

Other sizes, JPEG, light and mirrors are found for certain, pictures turned by 5 degrees or shifted by a twentieth in
four of five cases, pieces cut out of pictures seldom: where a set has such copies, give them one session. The figures
are in EXPERIMENTS.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import imagehash
import numpy as np
from PIL import Image

from webapp.vision.crops import Frame
from webapp.vision.detections import FloatArray, IntArray

SPLIT_BITS = 10
"""Photos that differ in no more bits never go into two splits."""

COLLECT_BITS = 6
"""Frames that differ in no more bits are not worth labelling twice; half a second of a person who moves is more."""

MIN_CORRELATION = 0.75
"""Of the thumbnails of two near-copies; strangers whose hashes were near had 0.70 at most."""

THUMBNAIL_PX = 16


@dataclass(frozen=True, eq=False)
class PictureHash:
    """What a picture looks like.

    Args:
        upright: 64 bits.
        mirrored: 64 bits, of the picture's mirror image.
        thumbnail: float32 (16, 16), grey values of mean 0 and norm 1; even where the picture is.
    """

    upright: int
    mirrored: int
    thumbnail: FloatArray

    def is_near_copy(self, other: PictureHash, bits: int) -> bool:
        """Tell whether two pictures show the same, the second as it is or mirrored."""
        apart = min((self.upright ^ other.upright).bit_count(), (self.upright ^ other.mirrored).bit_count())
        return apart <= bits and _correlation(self.thumbnail, other.thumbnail) >= MIN_CORRELATION


def hash_picture(frame: Frame) -> PictureHash:
    """Return what a frame looks like.

    Args:
        frame: uint8 (H, W, 3) BGR.
    """
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    # Photos of many megapixels are brought down first: the hash looks at 32 x 32 in the end.
    if max(grey.shape) > 256:
        scale = 256 / max(grey.shape)
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    upright, mirrored = (int(str(imagehash.phash(Image.fromarray(g))), 16) for g in (grey, grey[:, ::-1]))
    small = cv2.resize(grey, (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= small.mean()
    norm = float(np.linalg.norm(small))
    # One grey value a pixel apart: an even picture is like every even picture, and like no other.
    thumbnail = small / norm if norm > THUMBNAIL_PX else np.full_like(small, 1 / THUMBNAIL_PX)
    return PictureHash(upright, mirrored, thumbnail)


def near_copy_pairs(hashes: Sequence[PictureHash], bits: int) -> IntArray:
    """Return every pair of pictures that show the same.

    Args:
        hashes: of n pictures.
        bits: 0 to 64, in which near-copies may differ.

    Returns:
        int64 (k, 2), indices, the first below the second.
    """
    upright = np.array([h.upright for h in hashes], np.uint64)
    mirrored = np.array([h.mirrored for h in hashes], np.uint64)
    pairs: list[tuple[int, int]] = []
    # One row at a time: memory grows with the number of photos, not with its square.
    for i in range(len(hashes) - 1):
        rest = slice(i + 1, None)
        apart = np.minimum(
            np.bitwise_count(upright[rest] ^ upright[i]),
            np.bitwise_count(mirrored[rest] ^ upright[i]),
        )
        for j in (np.flatnonzero(apart <= bits) + i + 1).tolist():
            if _correlation(hashes[i].thumbnail, hashes[j].thumbnail) >= MIN_CORRELATION:
                pairs.append((i, j))
    return np.array(pairs, np.int64).reshape(-1, 2)


def _correlation(a: FloatArray, b: FloatArray) -> float:
    return max(float((a * b).sum()), float((a * b[:, ::-1]).sum()))
