"""Compare every package with the advisories of tools/advisories.json; fail on what is found and on what is skipped.

python tools/audit.py               # the pins, and what the installed ones bring in
python tools/audit.py --pins-only   # the pins alone; needs nothing installed

The advisories are in the repository, so an audit needs no service, and says how old its knowledge is.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
PYPI, NPM = "PyPI", "npm"
REQUIREMENTS = ("requirements*.txt", "*/requirements*.txt")
SCRIPTS = ("tools/*.sh", "Makefile", "Dockerfile")


class Package(NamedTuple):
    """A package of one version.

    Args:
        ecosystem: `PyPI` or `npm`.
        name: canonical.
        version: as written.
        where: the file that pins it, or what brings it in.
        is_for_here: whether this machine should have it: some pins are for other systems.
    """

    ecosystem: str
    name: str
    version: str
    where: str
    is_for_here: bool = False


class Skipped(NamedTuple):
    """What cannot be compared, and why."""

    what: str
    why: str


def python_pins(root: Path) -> Iterator[Package | Skipped]:
    """Yield what the requirement files and the scripts of a project pin."""
    for path in sorted(path for pattern in REQUIREMENTS for path in root.glob(pattern)):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            text = line.partition("#")[0].strip()
            if text and not text.startswith("-r "):
                yield _pin(text, f"{path.relative_to(root)}:{number}", True)
    for path in sorted(path for pattern in SCRIPTS for path in root.glob(pattern)):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for text in re.findall(r"\S+==\S+", line) if "pip install" in line else ():
                yield _pin(text, f"{path.relative_to(root)}:{number}", False)


def npm_pins(root: Path) -> Iterator[Package | Skipped]:
    """Yield what the lock file of a project pins."""
    lock = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))
    if "packages" not in lock:
        yield Skipped("package-lock.json", "has no packages; npm 7 or later writes them")
    for path, entry in lock.get("packages", {}).items():
        if path:  # the empty one is the project itself
            name = path.rpartition("node_modules/")[2]
            if "version" in entry:
                yield Package(NPM, name, entry["version"], "package-lock.json")
            else:
                yield Skipped(name, "package-lock.json gives no version")


def brought_in(pins: Iterable[Package | Skipped]) -> Iterator[Package | Skipped]:
    """Yield the installed Python packages that these need, directly or not."""
    seen: set[tuple[str, str]] = set()
    pinned = {pin.name: pin for pin in pins if isinstance(pin, Package) and pin.ecosystem == PYPI}
    waiting = [(name, "", pin.where) for name, pin in pinned.items() if pin.is_for_here]
    while waiting:
        name, extra, parent = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            yield Skipped(name, f"{parent} needs it, and it is not installed")
            continue
        if name not in pinned and not extra:
            yield Package(PYPI, name, found.version, f"brought in by {parent}")
        for needed in map(Requirement, found.requires or []):
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                waiting += [(canonicalize_name(needed.name), wanted, name) for wanted in ("", *needed.extras)]


def problems(packages: Iterable[Package | Skipped], known: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for every package that an advisory names, and for every one that cannot be compared.

    Args:
        packages: to compare.
        known: content of tools/advisories.json.
    """
    for package in packages:
        if isinstance(package, Skipped):
            yield f"{package.what}: skipped, for {package.why}"
        elif package.name not in known["reviewed_packages"][package.ecosystem]:
            yield f"{package.name} ({package.where}): skipped, for its advisories have not been reviewed"
        else:
            yield from _findings(package, known["advisories"])


def _findings(package: Package, advisories: list[dict[str, Any]]) -> Iterator[str]:
    try:
        version = Version(package.version)
    except InvalidVersion:
        yield f"{package.name} ({package.where}): skipped, for its version {package.version!r} cannot be compared"
        return
    for advisory in advisories:
        if (advisory["ecosystem"], advisory["package"]) != (package.ecosystem, package.name):
            continue
        for affected in advisory["ranges"]:
            if Version(affected["introduced"]) <= version < Version(affected["fixed"]):
                found = f"{package.name} {package.version} ({package.where}): {advisory['id']}, {advisory['summary']}"
                yield f"{found}; fixed in {affected['fixed']}"


def _pin(text: str, where: str, from_requirements: bool) -> Package | Skipped:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return Skipped(f"{text} ({where})", "it cannot be read")
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator != "==" or "*" in specifiers[0].version:
        return Skipped(f"{text} ({where})", "it is not pinned to one version")
    is_for_here = from_requirements and (requirement.marker is None or requirement.marker.evaluate())
    return Package(PYPI, canonicalize_name(requirement.name), specifiers[0].version, where, is_for_here)


def main() -> int:
    """Print the findings; the exit status is 1 where there is one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the project (default: this one)")
    parser.add_argument("--pins-only", action="store_true", help="leave out what the installed packages bring in")
    args = parser.parse_args()
    known = json.loads((ROOT / "tools" / "advisories.json").read_text(encoding="utf-8"))
    pins = [*python_pins(args.root), *npm_pins(args.root)]
    packages = pins if args.pins_only else [*pins, *brought_in(pins)]
    found = sorted(set(problems(packages, known)))
    print("\n".join(found) or "nothing found")
    print(f"{len(packages)} packages, {len(known['advisories'])} advisories, reviewed on {known['reviewed']}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
