"""Near-duplicates: pictures that show the same, whatever their size, JPEG quality or light, and mirror images too.

Each picture is known by its perceptual hash (DCT of 32 x 32 grey values, 64 bits; Zauner 2010, "Implementation and
Benchmarking of Perceptual Image Hash Functions"), by that of its mirror image, and by a thumbnail. Few differing bits
alone are not enough: close-ups of faces are so much alike that different people come within 10 bits, and in a large
set such pairs would chain everything together. Their thumbnails distinguish them.

Other sizes, JPEG, light and mirrors are found for certain, pictures turned by 5 degrees or shifted by a twentieth in
four of five cases, pieces cut out of pictures seldom: where a set has such copies, give them one session. The
measurements are in EXPERIMENTS.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from webapp.vision.detections import FloatArray, IntArray
from webapp.vision.frames import Frame

SPLIT_BITS = 10
"""Photos that differ in no more bits never go into two splits."""

COLLECT_BITS = 6
"""Frames that differ in no more bits are not worth labelling twice; half a second of a person who moves is more."""

MIN_CORRELATION = 0.75
"""Of the thumbnails of two near-duplicates; different people whose hashes were near had 0.70 at most."""

THUMBNAIL_PX = 16


@dataclass(frozen=True, eq=False)
class PictureHash:
    """Hashes and thumbnail of a picture.

    Args:
        upright: 64 bits.
        mirrored: 64 bits, of the picture's mirror image.
        thumbnail: float32 (16, 16), grey values of mean 0 and norm 1; even where the picture is.
    """

    upright: int
    mirrored: int
    thumbnail: FloatArray

    def is_near_duplicate(self, other: PictureHash, bits: int) -> bool:
        """Return whether two pictures show the same, the second as it is or mirrored."""
        apart = min((self.upright ^ other.upright).bit_count(), (self.upright ^ other.mirrored).bit_count())
        return apart <= bits and _correlations(self.thumbnail, other.thumbnail[None])[0] >= MIN_CORRELATION


def hash_picture(frame: Frame) -> PictureHash:
    """Return the hashes and the thumbnail of a frame.

    Args:
        frame: uint8 (H, W, 3) BGR.
    """
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    # Photos of many megapixels are brought down first: the hash uses 32 x 32.
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


def near_duplicate_links(hashes: Sequence[PictureHash], bits: int) -> IntArray:
    """Return as many pairs of pictures that show the same as join all that belong together, and no more.

    Whether two pictures show the same does not follow from a third, so the nearest or the first one of each is not
    enough: every pair is compared, unless both are joined already.

    Args:
        hashes: of n pictures.
        bits: 0 to 64, in which near-duplicates may differ.

    Returns:
        int64 (k, 2), indices, the first below the second; k < n, where all pairs of n like pictures are n (n - 1) / 2.
    """
    upright = np.array([h.upright for h in hashes], np.uint64)
    mirrored = np.array([h.mirrored for h in hashes], np.uint64)
    thumbnails = np.array([h.thumbnail for h in hashes], np.float32).reshape(-1, THUMBNAIL_PX, THUMBNAIL_PX)
    joined = np.arange(len(hashes))
    links: list[tuple[int, int]] = []
    # One row at a time: memory grows with the number of photos, not with its square.
    for i in range(len(hashes) - 1):
        rest = slice(i + 1, None)
        apart = np.minimum(
            np.bitwise_count(upright[rest] ^ upright[i]),
            np.bitwise_count(mirrored[rest] ^ upright[i]),
        )
        near = np.flatnonzero((apart <= bits) & (joined[rest] != joined[i])) + i + 1
        near = near[_correlations(thumbnails[i], thumbnails[near]) >= MIN_CORRELATION]
        # Of those that are joined among themselves one link is enough.
        groups, first = np.unique(joined[near], return_index=True)
        links += [(i, int(j)) for j in sorted(near[first])]
        joined[np.isin(joined, groups)] = joined[i]
    return np.array(links, np.int64).reshape(-1, 2)


def near_duplicates_among(hashes: Sequence[PictureHash], others: Sequence[PictureHash], bits: int) -> NDArray[np.bool_]:
    """Return which pictures have a near-duplicate in a second set.

    Args:
        hashes: of n pictures.
        others: of the second set's.
        bits: 0 to 64, in which near-duplicates may differ.

    Returns:
        bool (n,).
    """
    upright = np.array([h.upright for h in others], np.uint64)
    mirrored = np.array([h.mirrored for h in others], np.uint64)
    thumbnails = np.array([h.thumbnail for h in others], np.float32).reshape(-1, THUMBNAIL_PX, THUMBNAIL_PX)
    found = np.zeros(len(hashes), bool)
    for i, one in enumerate(hashes):
        own = np.uint64(one.upright)
        near = np.minimum(np.bitwise_count(upright ^ own), np.bitwise_count(mirrored ^ own)) <= bits
        found[i] = bool((_correlations(one.thumbnail, thumbnails[near]) >= MIN_CORRELATION).any())
    return found


def _correlations(one: FloatArray, others: FloatArray) -> FloatArray:
    # Of a thumbnail with k others, as they are or mirrored, the larger.
    flat = others.reshape(len(others), THUMBNAIL_PX**2)
    return np.maximum(flat @ one.ravel(), flat @ one[:, ::-1].ravel())
