from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"
FROM_MAKE = {"DATA", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}


@pytest.mark.parametrize("target", ["eval", "eval-close"])
def test_missing_data_is_reported_before_anything_is_installed(target: str, tmp_path: Path) -> None:
    shutil.copy(MAKEFILE, tmp_path)
    # `make test` hands its own flags and level down, which would add "Entering directory" lines.
    environment = {name: value for name, value in os.environ.items() if name not in FROM_MAKE}
    ran = subprocess.run(["make", target], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 2
    assert ran.stdout.splitlines()[0].startswith(f"make {target} needs DATA=folder with ")
    assert [path.name for path in tmp_path.iterdir()] == ["Makefile"]
