"""Row 35: dependencies with known vulnerabilities, and whatever an audit would skip."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mirror_process import ROOT

AUDITED = ("requirements.txt", "requirements-dev.txt", "model_training/requirements.txt", "package-lock.json")


def audit(*arguments: str) -> tuple[int, str]:
    """Return exit status and output of the real audit."""
    command = [sys.executable, "tools/audit.py", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of everything that pins a package."""
    for name in AUDITED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def replace_line(path: Path, pattern: str, line: str) -> None:
    """Replace the one line that a pattern matches."""
    text, count = re.subn(pattern, line, path.read_text(), flags=re.MULTILINE)
    assert count == 1
    path.write_text(text)


def lock_version(name: str, version: str | None) -> Callable[[Path], None]:
    """Return what changes the version of a package in the lock file, or takes it away."""

    def change(root: Path) -> None:
        path = root / "package-lock.json"
        lock = json.loads(path.read_text())
        entry = lock["packages"].setdefault(f"node_modules/{name}", {"version": "1.0.0"})
        if version is None:
            del entry["version"]
        else:
            entry["version"] = version
        path.write_text(json.dumps(lock))

    return change


def requirement(pattern: str, line: str, file: str = "requirements.txt") -> Callable[[Path], None]:
    """Return what replaces a line of a requirement file."""
    return lambda root: replace_line(root / file, pattern, line)


def test_row_35_nothing_that_is_pinned_or_brought_in_is_known_to_be_vulnerable_or_skipped() -> None:
    status, output = audit()
    assert status == 0, output
    assert re.search(r"reviewed on \d{4}-\d\d-\d\d$", output.strip())


@pytest.mark.parametrize(
    ("plant", "wanted"),
    [
        (requirement(r"^Werkzeug==.*$", "Werkzeug==0.14.1"), ["werkzeug 0.14.1", "CVE-2019-14806", "0.15.3"]),
        (requirement(r"^eventlet==.*$", "eventlet==0.30.2"), ["eventlet 0.30.2", "CVE-2021-21419"]),
        (requirement(r"^keras==.*$", "keras==3.8.0", AUDITED[2]), ["keras 3.8.0", "CVE-2025-1550"]),
        (lock_version("ws", "8.17.0"), ["ws 8.17.0", "CVE-2024-37890"]),
        (lock_version("socket.io-parser", "4.2.5"), ["socket.io-parser 4.2.5", "CVE-2026-33151"]),
        (lock_version("debug", "4.4.2"), ["debug 4.4.2", "CVE-2025-59144"]),
    ],
    ids=["Werkzeug", "eventlet", "keras", "ws", "socket.io-parser", "debug"],
)
def test_row_35_a_planted_pin_is_found(copy: Path, plant: Callable[[Path], None], wanted: list[str]) -> None:
    assert audit("--pins-only", "--root", str(copy))[0] == 0
    plant(copy)
    status, output = audit("--pins-only", "--root", str(copy))
    assert status == 1
    assert not [text for text in wanted if text not in output], output


@pytest.mark.parametrize(
    ("plant", "wanted"),
    [
        (requirement(r"^Flask==.*$", "Flask"), "not pinned"),
        (requirement(r"^Flask==.*$", "Flask>=3.1.3"), "not pinned"),
        (requirement(r"^Flask==.*$", "Flask==3.1.*"), "not pinned"),
        (requirement(r"^Flask==.*$", "Flask==3.1.3, <4"), "not pinned"),
        (requirement(r"^Flask==.*$", "git+https://example.org/flask"), "cannot be read"),
        (requirement(r"^Flask==.*$", "Flask===of the day"), "cannot be read"),
        (requirement(r"^Flask==.*$", "flask-of-somebody-else==3.1.3"), "not been reviewed"),
        (requirement(r"^pytest==.*$", "pytest", AUDITED[1]), "not pinned"),
        (lock_version("ws", "latest"), "cannot be compared"),
        (lock_version("ws", None), "no version"),
        (lock_version("left-pad", "1.0.0"), "not been reviewed"),
    ],
)
def test_row_35_what_cannot_be_compared_fails_the_audit(copy: Path, plant: Callable[[Path], None], wanted: str) -> None:
    plant(copy)
    status, output = audit("--pins-only", "--root", str(copy))
    assert status == 1
    assert wanted in output
    assert "Traceback" not in output


def test_row_35_every_advisory_can_be_compared() -> None:
    known = json.loads((ROOT / "tools" / "advisories.json").read_text())
    for advisory in known["advisories"]:
        assert advisory["package"] in known["reviewed_packages"][advisory["ecosystem"]]
        assert re.fullmatch(r"(CVE|GHSA|PYSEC)-[\w-]+", advisory["id"])
        assert advisory["summary"]
        assert [sorted(affected) for affected in advisory["ranges"]] == [["fixed", "introduced"]] * len(
            advisory["ranges"]
        )
