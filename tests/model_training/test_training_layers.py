"""Who may import whom in training; an arrow never points up, and tasks stay apart."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from model_training.stages import STAGES
from tools import house

ROOT = Path(__file__).parent.parent.parent
TRAINING = ROOT / "model_training"
MODULES = sorted(TRAINING.rglob("*.py"))

TASKS = {"classifier", "detector", "localizer"}
LAYERS = (
    {"__main__"},
    {"rehearse", "studio"},
    {"stages"},  # imports a stage's module when it runs, by the name in its table
    {"prepare", *TASKS},
    {"report"},
    {"evaluation"},
    {"training", "export"},
    {"data"},
)
APP = {
    "evaluation/app_predictions.py": {"webapp.config"},
    "prepare/prelabel.py": {"webapp.config", "webapp.pipelines"},
    "prepare/pseudo_label.py": {"webapp.config", "webapp.pipelines"},
    "studio/run.py": {"webapp.processes.helpers"},
}
"""Files that run the app itself, and what of it they import beside `webapp.vision`."""

MOST_MODULES = 16

TRAINING_LIBRARIES = {"albumentations", "keras", "tensorboard", "tensorflow"}
"""What takes seconds to load and is not needed to evaluate the app."""


def name_of(path: Path) -> str:
    """Return a file's module below `model_training`, like `data.formats.voc`; empty for the package itself."""
    return ".".join(path.relative_to(TRAINING).with_suffix("").parts).removesuffix("__init__").removesuffix(".")


NAMES = {name_of(path): path for path in MODULES}


def imports(path: Path) -> set[str]:
    """Return every module that a file imports, anywhere in it; a name imported from a package counts as its module."""
    pairs = house.imports(path.read_text(encoding="utf-8"))
    full = {(module, f"{module}.{name}") for module, name in pairs}
    return {name if name.removeprefix("model_training.") in NAMES else module for module, name in full}


def own_imports(path: Path) -> set[str]:
    """Return what a file imports of `model_training`, without that prefix."""
    return {m.removeprefix("model_training.") for m in imports(path) if m.startswith("model_training.")}


def layer_of(part: str) -> int:
    for depth, parts in enumerate(LAYERS):
        if part in parts:
            return depth
    raise AssertionError(f"model_training/{part} has no layer: add it to LAYERS and to ARCHITECTURE.md")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_import_points_up(path: Path) -> None:
    own = name_of(path).split(".")[0]
    for module in own_imports(path):
        part = module.split(".")[0]
        assert own, f"model_training/__init__.py imports {module}"
        assert layer_of(part) >= layer_of(own), f"{name_of(path)} imports {module}"
        siblings = layer_of(part) == layer_of(own) and part != own
        assert not siblings, f"{name_of(path)} imports {module}: packages of one layer do not know each other"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_of_the_app_only_the_pure_core_is_used(path: Path) -> None:
    allowed = APP.get(path.relative_to(TRAINING).as_posix(), set())
    for module in imports(path):
        if module.split(".")[0] == "webapp":
            assert module.startswith("webapp.vision") or module in allowed, f"{name_of(path)} imports {module}"
    assert not {module.split(".")[0] for module in imports(path)} & {"bench", "tests"}


def test_a_sub_package_and_the_package_around_it_import_in_one_direction() -> None:
    for folder in {path.parent for path in MODULES if path.parent.parent != ROOT and path.parent != TRAINING}:
        own = ".".join(folder.relative_to(TRAINING).parts)
        if "." not in own:
            continue
        around = own.rpartition(".")[0]
        outside = [p for p in MODULES if name_of(p).startswith(around) and not name_of(p).startswith(own)]
        assert not [name_of(p) for p in outside for m in own_imports(p) if m.startswith(own)], own


def test_no_circles() -> None:
    assert house.circles(house.module_graph(ROOT, [path.relative_to(ROOT) for path in MODULES])) == []


def test_every_stage_has_its_module_in_a_task_or_in_prepare() -> None:
    for name, stage in STAGES.items():
        assert stage.module in NAMES, name
        assert stage.module in ("rehearse", "studio.run") or stage.module.split(".")[0] in {"prepare", *TASKS}


def test_folders_stay_small() -> None:
    sizes = Counter(path.parent for path in MODULES if path.name != "__init__.py")
    assert {folder: size for folder, size in sizes.items() if size > MOST_MODULES} == {}


@pytest.mark.parametrize(
    ("module", "libraries"),
    [
        ("detector.evaluate", TRAINING_LIBRARIES),
        ("stages", TRAINING_LIBRARIES | {"pycocotools", "scipy", "sklearn", "tqdm"}),
    ],
)
def test_evaluating_the_app_loads_no_training_library(module: str, libraries: set[str]) -> None:
    known, waiting = set[str](), [module]
    while waiting:
        name = waiting.pop()
        if name in NAMES and name not in known:
            known.add(name)
            waiting += own_imports(NAMES[name])
    top_level = set()
    for name in known:
        for node in ast.parse(NAMES[name].read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import):
                top_level |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                top_level.add(str(node.module).split(".")[0])
    assert not top_level & libraries
