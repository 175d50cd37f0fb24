"""A requirement file names all that is needed: an environment for development has more, which would hide a gap."""

from __future__ import annotations

import json
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import webapp
from tests.mirror_process import ROOT

BASE, SCALED = "requirements.txt", "requirements-scale.txt"
MODULES = [found.name for found in pkgutil.walk_packages(webapp.__path__, "webapp.")]

# Celery imports it by name when it connects.
TRANSPORT = "kombu.transport.redis"

IMPORT_ALL = """
import importlib, json, sys
missing = {}
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing[name] = error.name.partition(".")[0]
print(json.dumps(missing))
"""


def distributions(file: str) -> set[str]:
    """Return the names of what pip installs for a requirement file."""
    found: set[tuple[str, str]] = set()
    waiting = list(requirements(ROOT / file))
    while waiting:
        requirement = waiting.pop()
        for name_and_extra in ((canonicalize_name(requirement.name), extra) for extra in ("", *requirement.extras)):
            if name_and_extra not in found:
                found.add(name_and_extra)
                name, extra = name_and_extra
                needs = map(Requirement, metadata.requires(name) or [])
                waiting += [need for need in needs if not need.marker or need.marker.evaluate({"extra": extra})]
    return {name for name, _ in found}


def requirements(path: Path) -> Iterator[Requirement]:
    """Yield the lines of a requirement file and of those that it includes."""
    for line in path.read_text().splitlines():
        if included := re.match(r"-r (.+)", line):
            yield from requirements(path.parent / included[1])
        elif line and not line.startswith("#"):
            requirement = Requirement(line)
            if not requirement.marker or requirement.marker.evaluate():
                yield requirement


def missing_modules(file: str, names: list[str], site: Path) -> dict[str, str]:
    """Import modules where nothing is installed but what a requirement file asks for; return which one misses what."""
    for name in distributions(file):
        distribution = metadata.distribution(name)
        for part in {installed.parts[0] for installed in distribution.files or ()} - {"..", "__pycache__"}:
            if not (site / part).exists():
                (site / part).symlink_to(Path(str(distribution.locate_file(part))))
    # -S: without the environment's own packages.
    command = [sys.executable, "-S", "-c", IMPORT_ALL, json.dumps(names)]
    environ = os.environ | {"PYTHONPATH": f"{site}:{ROOT}"}
    ran = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=True)
    missing: dict[str, str] = json.loads(ran.stdout.splitlines()[-1])
    return missing


def test_one_machine_needs_no_more_than_its_requirements(tmp_path: Path) -> None:
    lacking = set(missing_modules(BASE, MODULES, tmp_path).values())
    assert lacking <= {"alembic", "boto3", "botocore", "celery", "kombu", "psycopg", "redis", "sqlalchemy"}


def test_many_machines_need_no_more_than_theirs(tmp_path: Path) -> None:
    pytest.importorskip("celery", reason="celery is not installed: requirements-scale.txt")
    assert not missing_modules(SCALED, [*MODULES, TRANSPORT], tmp_path)


def test_a_gap_is_found(tmp_path: Path) -> None:
    assert missing_modules(BASE, ["celery", "numpy"], tmp_path) == {"celery": "celery"}
