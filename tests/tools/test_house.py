"""`tools/house.py`: what it measures and what it refuses, on small projects made here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent.parent / "tools" / "house.py"


def check(root: Path, **files: str) -> subprocess.CompletedProcess[str]:
    """Run `--check` on a project of some files, named with `__` for `/`."""
    for name, text in files.items():
        path = root / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if path.parent != root:
            (path.parent / "__init__.py").touch()
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    command = [sys.executable, str(HOUSE), "--check", "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_sound_project_passes_with_its_table(tmp_path: Path) -> None:
    done = check(
        tmp_path,
        webapp__app="from webapp.live import frames\n\n\ndef run():\n    '''Run.'''\n    return frames\n",
        webapp__live__frames="SIDE = 3\n",
    )
    assert done.returncode == 0, done.stdout
    # Four files of 0, 0, 1 and 6 lines; one function of three lines, its docstring left out.
    assert "files, lines (p50 / p90 / max)                         1 / 6 / 6" in done.stdout
    assert "functions, lines without docstring (p50 / p90 / max)   2 / 2 / 2" in done.stdout
    assert "webapp: 1 modules" in done.stdout


def test_circles_between_modules_are_refused(tmp_path: Path) -> None:
    done = check(tmp_path, webapp__a="import webapp.b\n", webapp__b="from webapp import a\n")
    assert done.returncode == 1
    assert "webapp.a -> webapp.b -> webapp.a" in done.stdout


def test_relative_imports_are_refused(tmp_path: Path) -> None:
    done = check(tmp_path, webapp__a="from . import b\n", webapp__b="SIDE = 1\n")
    assert done.returncode == 1
    assert "imports relatively" in done.stderr


def test_packages_that_import_each_other_are_refused(tmp_path: Path) -> None:
    done = check(
        tmp_path,
        webapp__live__frames="from webapp.vision.boxes import area\n",
        webapp__live__clock="NOW = 0\n",
        webapp__vision__boxes="area = 1\n",
        webapp__vision__stream="from webapp.live import clock\n",
    )
    assert done.returncode == 1
    assert "webapp.live imports webapp.vision 1 times and is imported back 1 times" in done.stdout
    assert "circles                                                0" in done.stdout


@pytest.mark.parametrize("line", ["# a fi" + "lm\n", "fi" + "lm_length = 3\n", "# Fi" + "lms\n"])
def test_words_of_the_old_dialect_are_refused_with_their_place(tmp_path: Path, line: str) -> None:
    done = check(tmp_path, webapp__app=f"SIDE = 1\n{line}")
    assert done.returncode == 1
    assert "webapp/app.py:2: " in done.stdout
    assert "(instead: video)" in done.stdout


def test_words_of_a_longer_word_are_not(tmp_path: Path) -> None:
    done = check(tmp_path, webapp__app="# filmed outlooks, truthful sharing\n")
    assert done.returncode == 0, done.stdout
