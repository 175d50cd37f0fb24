"""The file of a visitor's own classifier."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.personal_examples import DATE, made_up
from webapp.vision.errors import PersonalError
from webapp.vision.personal.fitting import fit_personal
from webapp.vision.personal.personal_file import personal_json, read_personal


def written(path: Path, **changes: Any) -> Path:
    content = personal_json(fit_personal(made_up(2), "abc", DATE)) | changes
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
    return path


def test_what_is_written_is_read_again_to_the_last_bit(tmp_path: Path) -> None:
    personal = fit_personal(made_up(2), "abc", DATE)
    again = read_personal(written(tmp_path / "own.json"))
    assert personal_json(again) == personal_json(personal)
    assert again.card["fitted"] == DATE
    other = made_up(1, seed=4)
    assert np.array_equal(
        again.label_probs(other.features, other.shipped), personal.label_probs(other.features, other.shipped)
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"task": "mask_classifier"},
        {"labels": ["with_mask"]},
        {"labels": ["without_mask", "with_mask"]},
        {"labels": ["cat", "dog"]},
        {"weight": 2},
        {"weight": None},
        {"weights": [[1, 2], [3]]},
        {"weights": [1, 2]},
        {"offsets": [0]},
        {"offsets": [0, float("nan")]},
        {"offsets": [0, 10**400]},
        {"weight": 10**400},
        {"classifier_sha256": None},
    ],
    ids=lambda changes: f"{changes}"[:40],
)
def test_a_file_of_something_else_is_refused_in_one_sentence(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(PersonalError, match=r"^own\.json is no file of your own classifier, or a damaged one\.$"):
        read_personal(written(tmp_path / "own.json", **changes))


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, b"1" * 3_000_000])
def test_bad_json_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "own.json").write_bytes(content)
    with pytest.raises(PersonalError, match="damaged one"):
        read_personal(tmp_path / "own.json")
    with pytest.raises(PersonalError, match=r"gone\.json cannot be read: No such file"):
        read_personal(tmp_path / "gone.json")
