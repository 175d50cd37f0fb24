"""What a visitor may choose of a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.errors import BadRequest

BACKBONES = {"localizer": ("mobilenetv2", "vgg16"), "classifier": ("mobilenetv2", "scratch", "vgg16")}
"""Of each task, the default first."""

EPOCHS = {"localizer": 8, "classifier": 3}
SIZES_PX = {"localizer": 120, "classifier": 128}
RANGES = {"epochs": (1, 60), "size_px": (32, 224), "copies": (1, 60)}
COPIES = 60


@dataclass(frozen=True)
class TrainingOptions:
    """The choices of one training; see `model_training/studio/run.py`.

    Args:
        task: `localizer` finds a face, `classifier` tells how its mask is worn.
        backbone: of `BACKBONES[task]`.
        epochs: in all.
        size_px: side of the network's square input.
        copies: augmented ones of each training picture.
    """

    task: str
    backbone: str
    epochs: int
    size_px: int
    copies: int


def parse_options(values: Mapping[str, str]) -> TrainingOptions:
    """Read the options of a request; all but the task have defaults.

    Raises:
        BadRequest: a value is none of those allowed; the message names it.
    """
    task = values.get("task", "")
    if task not in BACKBONES:
        raise BadRequest("`task` must be localizer (find my face) or classifier (is the mask worn right).")
    backbone = values.get("backbone") or BACKBONES[task][0]
    if backbone not in BACKBONES[task]:
        raise BadRequest(f"`backbone` of a {task} must be one of {', '.join(BACKBONES[task])}.")
    defaults = {"epochs": EPOCHS[task], "size_px": SIZES_PX[task], "copies": COPIES}
    return TrainingOptions(task, backbone, **{name: _number(values, name, defaults[name]) for name in RANGES})


def _number(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name) or str(default)
    low, high = RANGES[name]
    if not text.isascii() or not text.isdecimal() or not low <= int(text[:6]) <= high:
        raise BadRequest(f"`{name}` must be a whole number from {low} to {high}.")
    return int(text)
