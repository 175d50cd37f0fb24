"""Names of labels in foreign files, mapped to our labels."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from webapp.vision.detections import LABELS

IGNORE, DROP = "ignore", "drop"
TARGETS = (*LABELS, IGNORE, DROP)
"""What a name may be mapped to: a label, a region that is neither face nor background, or nothing at all."""

MASK, BARE, INCORRECT = LABELS
USUAL_NAMES = {
    MASK: "with_mask mask masked face_with_mask face_mask mask_on wearing_mask",
    BARE: "without_mask no_mask unmasked face_no_mask face_without_mask no_face_mask mask_off bare",
    INCORRECT: "mask_worn_incorrectly mask_worn_incorrect mask_weared_incorrect incorrect_mask incorrect "
    "face_with_mask_incorrect incorrectly_worn badly_worn",
    # A face under a scarf or a visor is neither "mask" nor background.
    IGNORE: "face_other_covering ignore",
}


class LabelNames:
    """Names as label files have them, whatever their case, hyphens, blanks and underscores.

    Args:
        rules: `NAME=TARGET` each, before the usual names; `*` stands for every other name.
        dropped: names whose boxes are dropped, unless a rule maps them.

    Raises:
        SystemExit: a rule has another form or another target.
    """

    def __init__(self, rules: Sequence[str] = (), dropped: Sequence[str] = ()) -> None:
        self._target = {_plain(n): target for target, names in USUAL_NAMES.items() for n in names.split()}
        self._target |= {_plain(name): DROP for name in dropped}
        self._rest: str | None = None
        for rule in rules:
            name, _, target = rule.rpartition("=")
            if not name or target not in TARGETS:
                sys.exit(f"--map {rule}: expected NAME=LABEL, with one of {', '.join(TARGETS)}.")
            if name == "*":
                self._rest = target
            else:
                self._target[_plain(name)] = target

    def target(self, name: str) -> str | None:
        """Return what a name stands for, of `TARGETS`; None for an unknown name."""
        return self._target.get(_plain(name), self._rest)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
