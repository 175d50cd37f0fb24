"""Split photos into training, validation and test without leakage."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from model_training.data.annotations import Photo
from model_training.data.near_duplicates import PictureHash, near_duplicate_links
from webapp.vision.detections import IntArray


def group_photos(photos: Sequence[Photo], hashes: Sequence[PictureHash], bits: int, by_session: bool) -> IntArray:
    """Number the photos so that those with the same number must stay together.

    Near-duplicates stay together, whatever was made from a photo stays with it and with its siblings, and so do the
    photos of a session; whoever is together with the same third is together too.

    Args:
        photos: n of them.
        hashes: in the same order.
        bits: see `near_duplicate_links`.
        by_session: whether the photos of a session stay together.

    Returns:
        int64 (n,), from 0 on.
    """
    pairs = [near_duplicate_links(hashes, bits)]
    pairs.append(_same([photo.made_from or photo.file_name for photo in photos]))
    if by_session:
        pairs.append(_same([photo.session for photo in photos]))
    joined = np.concatenate(pairs)
    edges = coo_array((np.ones(len(joined), bool), (joined[:, 0], joined[:, 1])), shape=(len(photos), len(photos)))
    _, group = connected_components(edges, directed=False)
    return np.asarray(group, np.int64)


def assign_splits(photos: Sequence[Photo], group: IntArray, fractions: Sequence[float], seed: int) -> IntArray:
    """Give every group to a split so that photos, labels, empty photos and sources are distributed evenly.

    The largest groups come first, each to the split where it adds least to Pearson's chi-squared between what the
    splits hold and what they should; groups of the same size come in an order drawn at random. What cannot be divided
    stays uneven: one session is in one split.

    Args:
        photos: n of them.
        group: int64 (n,), from 0 on, see `group_photos`.
        fractions: of each split, 1 in sum.
        seed: of the order.

    Returns:
        int64 (n,), index into `fractions`.
    """
    if not len(photos):
        return np.zeros(0, np.int64)
    held = np.zeros((int(group.max()) + 1, _columns(photos).shape[1]))
    np.add.at(held, group, _columns(photos))
    total = np.maximum(held.sum(axis=0), 1)
    lacking = np.outer(fractions, total)
    order = np.random.default_rng(seed).permutation(len(held))
    order = order[np.argsort(-(held[order] / total).sum(axis=1), kind="stable")]
    split = np.zeros(len(held), np.int64)
    fraction = np.array(fractions)[:, None]
    for each in order:
        change = (held[each] ** 2 - 2 * lacking * held[each]) / (np.maximum(fraction, 1e-9) * total**2)
        split[each] = int(np.argmin(np.where(fraction[:, 0] > 0, change.sum(axis=1), np.inf)))
        lacking[split[each]] -= held[each]
    return split[group]


def leaking_groups(group: IntArray, split: Sequence[Hashable]) -> IntArray:
    """Return the groups that stand in more than one split, int64 (k,)."""
    homes: dict[int, set[Hashable]] = {}
    for number, home in zip(group.tolist(), split, strict=True):
        homes.setdefault(number, set()).add(home)
    return np.array([number for number, found in homes.items() if len(found) > 1], np.int64)


def _columns(photos: Sequence[Photo]) -> NDArray[np.float64]:
    sources = sorted({photo.source for photo in photos})
    rows = []
    for photo in photos:
        counts = photo.annotations.label_counts()
        rows.append([1, float(counts.sum() == 0), *counts, *(float(photo.source == each) for each in sources)])
    return np.array(rows, float)


def _same(keys: Sequence[str | None]) -> IntArray:
    first: dict[str, int] = {}
    pairs = [(first.setdefault(key, i), i) for i, key in enumerate(keys) if key is not None]
    return np.array(pairs, np.int64).reshape(-1, 2)
