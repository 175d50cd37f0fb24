"""Measure the layout: file and function lengths, folders, dependencies between packages, words of the glossary.

python tools/house.py            # print the table
python tools/house.py --check    # and fail on circles, two-way dependencies between packages, and forbidden words
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("webapp", "model_training")
"""Packages whose imports are checked."""

TEXT = frozenset({".py", ".js", ".html", ".css", ".md", ".ipynb", ".sh", ".toml", ".json", ".yml", ".yaml"})
HISTORY = frozenset({"CHANGELOG.md", "model_training/EXPERIMENTS.md", "package-lock.json", "tools/house.py"})
"""Files that may use any word: what was written at the time stays, and this file lists the words."""


class Word(NamedTuple):
    """A word of the project's old dialect.

    Args:
        pattern: regular expression, upper and lower case alike.
        instead: what the field says.
        within: first folders in which it is forbidden; everywhere if empty.
    """

    pattern: str
    instead: str
    within: tuple[str, ...] = ()


TRAINING = ("model_training", "tests/model_training")
WORDS = (
    Word(r"films?(?![a-z])", "video"),
    Word(r"(?<![a-z])looks?(?![a-z])|looked at", "inference, view", ("webapp", "model_training")),
    Word(r"(label_|_)shares?(?![a-z])|(?<![a-z])shares? of", "probability, fraction", ("webapp", "model_training")),
    Word(r"sureness|sure of it|sure of face", "confidence, certainty"),
    Word(r"false.alarms?|(?<![a-z])alarms?(?![a-z])", "false positive"),
    Word(r"(?<!ground.)(?<!ground)(?<![a-z])truth", "ground truth", TRAINING),
    Word(r"(?<![a-z])(doubtful|spared)(?![a-z])", "ignore, ignored", TRAINING),
    Word(r"(?<![a-z])(judges?|judged|verdicts?)(?![a-z])", "match, matches", TRAINING),
    Word(r"near.cop(y|ies)", "near-duplicate"),
    Word(r"(?<![a-z])twins?(?![a-z])", "ensemble, float32 model", TRAINING),
    Word(r"averaged weights|(?<![a-z])restat(e|ed|es|ing)(?![a-z])", "EMA weights, re-estimate", TRAINING),
    Word(r"source of chance|(?<![a-z])reckon|rare sights", "random generator, compute, occlusion augmentation"),
    Word(r"for the curious|nobody else sees|by itself in|MB is the most|when drawn", "plain sentences"),
)


class Lengths(NamedTuple):
    """Median, 90th percentile and maximum of some lengths, lines."""

    p50: int
    p90: int
    most: int


def lengths(values: Iterable[int]) -> Lengths:
    """Return median, 90th percentile and maximum; zeros where there is nothing."""
    ordered = sorted(values)
    if not ordered:
        return Lengths(0, 0, 0)
    return Lengths(ordered[len(ordered) // 2], ordered[min(len(ordered) * 9 // 10, len(ordered) - 1)], ordered[-1])


def tracked_files(root: Path) -> list[Path]:
    """Return every file that git tracks under a folder, relative to it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
    return sorted(Path(name) for name in listed.stdout.decode().split("\0") if name and (root / name).exists())


def function_lengths(source: str) -> list[int]:
    """Return the number of lines of every function of a Python file, docstrings left out."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = ast.get_docstring(node) is not None
            docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0
            found.append((node.end_lineno or node.lineno) - node.lineno + 1 - docstring)
    return found


def imports(source: str) -> set[tuple[str, str | None]]:
    """Return what a Python file imports, anywhere in it: module and name, None where the module itself is imported.

    Raises:
        ValueError: it imports relatively.
    """
    found: set[tuple[str, str | None]] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, None) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                raise ValueError(f"line {node.lineno} imports relatively")
            found |= {(node.module, alias.name) for alias in node.names}
    return found


def imported_modules(source: str) -> set[str]:
    """Return every module that a Python file imports; of `from a import b` both a and a.b."""
    pairs = imports(source)
    return {module for module, _ in pairs} | {f"{module}.{name}" for module, name in pairs if name is not None}


def module_graph(root: Path, files: Iterable[Path]) -> dict[str, set[str]]:
    """Return which module imports which, of the packages in `SOURCES`.

    Args:
        root: folder that the files are relative to.
        files: Python files.
    """
    names = {
        ".".join(file.with_suffix("").parts).removesuffix(".__init__"): file
        for file in files
        if file.suffix == ".py" and file.parts[0] in SOURCES
    }
    graph = {}
    for name, file in names.items():
        found = imported_modules((root / file).read_text(encoding="utf-8"))
        graph[name] = {module for module in found if module in names and module != name}
    return graph


def package_graph(graph: Mapping[str, set[str]], packages: set[str]) -> dict[str, Counter[str]]:
    """Return how many modules of each folder import one of another folder.

    Args:
        graph: see `module_graph`.
        packages: modules that are folders; their own files belong to them. The files of a top package, some above
            its folders and some below, count as a package each: the layer tests order them.
    """

    def folder(module: str) -> str:
        return module if module in packages or module.count(".") < 2 else module.rpartition(".")[0]

    found: dict[str, Counter[str]] = defaultdict(Counter)
    for module, imports in graph.items():
        for other in {folder(each) for each in imports} - {folder(module)}:
            # That a name's parents are packages is no dependency on what they hold.
            if any(folder(each) == other and each not in packages for each in imports):
                found[folder(module)][other] += 1
    return found


def two_way(packages: Mapping[str, Counter[str]]) -> list[str]:
    """Return the pairs of folders that import each other, as sentences."""
    return [
        f"{a} imports {b} {packages[a][b]} times and is imported back {packages[b][a]} times"
        for a in sorted(packages)
        for b in sorted(packages[a])
        if a < b and packages.get(b, Counter())[a]
    ]


def circles(graph: Mapping[str, set[str]]) -> list[str]:
    """Return one circle of imports for every module with which one closes, as `a -> b -> a`."""
    done: set[str] = set()
    found: list[str] = []

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            found.append(" -> ".join((*trail[trail.index(name) :], name)))
        elif name not in done:
            for module in sorted(graph[name]):
                visit(module, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())
    return found


def forbidden_words(root: Path, files: Iterable[Path]) -> list[str]:
    """Return every line with a word of the old dialect, as `file:line: word (instead: …)`."""
    found = []
    for file in files:
        name = file.as_posix()
        if file.suffix not in TEXT or name in HISTORY:
            continue
        words = [w for w in WORDS if not w.within or name.startswith(tuple(f"{folder}/" for folder in w.within))]
        patterns = [(re.compile(word.pattern, re.IGNORECASE), word) for word in words]
        for number, line in enumerate((root / file).read_text(encoding="utf-8").splitlines(), 1):
            for pattern, word in patterns:
                for match in pattern.finditer(line):
                    found.append(f"{name}:{number}: {match[0]} (instead: {word.instead})")
    return found


def largest_folder(files: Iterable[Path]) -> tuple[str, int]:
    """Return the folder with most modules (Python or JavaScript) and their number."""
    counted = Counter(
        file.parent.as_posix() for file in files if file.suffix in {".py", ".js"} and file.name != "__init__.py"
    )
    return counted.most_common(1)[0] if counted else ("", 0)


class House(NamedTuple):
    """What is measured of a project.

    Args:
        table: a line for each measure.
        problems: what `--check` fails on.
    """

    table: str
    problems: list[str]


def measure(root: Path, files: Sequence[Path]) -> House:
    """Measure a project.

    Args:
        root: its folder.
        files: its files, relative to the root.
    """
    own = [file for file in files if file.suffix == ".py" and file.parts[0] in SOURCES]
    sources = [(root / file).read_text(encoding="utf-8") for file in own]
    graph = module_graph(root, own)
    folders = {".".join(file.parent.parts) for file in own if (root / file.parent / "__init__.py").exists()}
    both_ways, round_trips = two_way(package_graph(graph, folders)), circles(graph)
    words = forbidden_words(root, files)
    folder, modules = largest_folder(file for file in files if file.parts[0] in (*SOURCES, "static"))
    of_files = lengths(len(source.splitlines()) for source in sources)
    of_functions = lengths(length for source in sources for length in function_lengths(source))
    rows = {
        "files, lines (p50 / p90 / max)": " / ".join(map(str, of_files)),
        "functions, lines without docstring (p50 / p90 / max)": " / ".join(map(str, of_functions)),
        "lines of webapp and model_training": sum(len(source.splitlines()) for source in sources),
        "largest folder": f"{folder}: {modules} modules",
        "two-way dependencies between packages": len(both_ways),
        "circles": len(round_trips),
        "forbidden words": len(words),
    }
    table = "\n".join(f"{name:54} {value}" for name, value in rows.items())
    return House(table, [*round_trips, *both_ways, *words])


def main() -> None:
    """Print the table; with `--check` also every problem, and end with status 1 if there is one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail on circles, two-way dependencies, forbidden words")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project (default: this one)")
    args = parser.parse_args()
    house = measure(args.root, tracked_files(args.root))
    print(house.table)
    if args.check and house.problems:
        print("\n".join(house.problems))
        sys.exit(1)


if __name__ == "__main__":
    main()
