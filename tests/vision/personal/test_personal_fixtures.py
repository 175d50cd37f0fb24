"""What the Python core fits to made-up examples, stored for the tests of its JavaScript counterpart (tests/js/device).

After a change that is meant to change results, write the file again with
`python -m tests.vision.personal.test_personal_fixtures`, and change static/js/device/personal alike.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.personal_examples import DATE, made_up
from tests.webapp.test_stored_detections import leaves
from webapp.vision.detections import LABELS
from webapp.vision.personal.examples import Examples
from webapp.vision.personal.fitting import fit_personal
from webapp.vision.personal.personal_file import personal_json

STORED = Path(__file__).parent.parent.parent / "js" / "device" / "personal" / "fixtures.json"


def rounded(examples: Examples) -> Examples:
    """Return examples whose numbers are short in JSON."""
    return Examples(examples.features.round(3), examples.shipped.round(3), examples.label, examples.sitting)


def cases() -> dict[str, Examples]:
    few = made_up(2, each=5, labels=3, seed=3, features=20)
    few = few.select((few.label != 1) | (np.cumsum(few.label == 1) <= 4))
    good = made_up(2, each=5, seed=5, features=8)
    good = replace(good, shipped=np.eye(3, dtype=np.float32)[good.label] * 0.8 + 0.05)
    fair = made_up(2, each=8, seed=3, features=12)
    noisy = fair.features + np.random.default_rng(1).normal(0, 1.5, fair.features.shape).astype(np.float32)
    fair = replace(
        fair,
        features=noisy,
        shipped=np.float32(0.7) * fair.shipped + np.float32(0.3) * np.eye(3, dtype=np.float32)[fair.label],
    )
    shuffled = np.random.default_rng(2).permutation(good.features)
    return {
        "three sittings, more examples than features": rounded(made_up(3, features=24)),
        "one sitting, three labels, more features than examples": rounded(made_up(1, each=8, labels=3, features=30)),
        "a label of too few": rounded(few),
        "a mean of both": rounded(fair),
        "no help": rounded(replace(good, features=shuffled)),
    }


def test_the_cases_differ() -> None:
    found = {name: fit_personal(examples, "abc", DATE) for name, examples in cases().items()}
    assert found["a label of too few"].labels == (0, 2)
    assert 0 < found["a mean of both"].weight < 1
    assert found["no help"].weight == 0
    assert {personal.card["cross_validation"]["by"] for personal in found.values()} == {"sitting", "time_block"}


def case_json(examples: Examples) -> dict[str, Any]:
    personal = fit_personal(examples, "abc", DATE)
    rows = zip(examples.features, examples.shipped, examples.label.tolist(), examples.sitting, strict=True)
    return {
        "examples": [
            {
                "features": [round(value, 3) for value in features.tolist()],
                "shipped": [round(value, 3) for value in shipped.tolist()],
                "label": LABELS[label],
                "sitting": sitting,
            }
            for features, shipped, label, sitting in rows
        ],
        "personal": personal_json(personal),
        "label_probs": personal.label_probs(examples.features, examples.shipped).tolist(),
    }


def fixtures() -> dict[str, Any]:
    return {name: case_json(examples) for name, examples in cases().items()}


def test_the_stored_results_are_those_of_the_core() -> None:
    stored, found = dict(leaves(json.loads(STORED.read_text()))), dict(leaves(fixtures()))
    assert list(found) == list(stored)
    for path, value in found.items():
        assert value == stored[path] or value == pytest.approx(stored[path], rel=1e-7, abs=1e-9), path


if __name__ == "__main__":
    STORED.parent.mkdir(exist_ok=True)
    STORED.write_text(json.dumps(fixtures(), separators=(",", ":")) + "\n", encoding="utf-8")
