"""The table of README.md: every row has a test or a reason, and every test of a row is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
REASON_CHARS_MIN = 20


def rows() -> dict[int, str]:
    """Return the last column of the table by row number."""
    lines = (HERE / "README.md").read_text(encoding="utf-8").splitlines()
    cells = [line.strip("|").split("|") for line in lines if re.match(r"\| \d", line)]
    assert all(len(row) == 4 for row in cells)
    return {int(row[0]): row[3].strip() for row in cells}


def rows_with_tests() -> dict[int, set[str]]:
    """Return the files of this folder with a test of each row."""
    found: dict[int, set[str]] = {}
    for path in HERE.glob("test_*.py"):
        for number in re.findall(r"^def test_row_(\d+)_", path.read_text(encoding="utf-8"), re.MULTILINE):
            found.setdefault(int(number), set()).add(path.name)
    return found


ROWS = rows()


def test_rows_are_numbered_without_a_gap() -> None:
    assert list(ROWS) == list(range(1, len(ROWS) + 1))


@pytest.mark.parametrize("number", ROWS)
def test_every_row_has_a_test_or_a_reason(number: int) -> None:
    cell = ROWS[number]
    files = set(re.findall(r"`(test_\w+\.py)`", cell))
    elsewhere = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", cell)
    assert files == rows_with_tests().get(number, set())
    for path, name in elsewhere:
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), f"{path}::{name}"
    if not files and not elsewhere:
        reason = re.fullmatch(r"none(?: here)?: (.+)", cell)
        assert reason, f"row {number} names neither a test nor a reason"
        assert len(reason[1]) >= REASON_CHARS_MIN


def test_every_test_of_a_row_belongs_to_a_row() -> None:
    assert set(rows_with_tests()) <= set(ROWS)
