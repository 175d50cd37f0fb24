"""Who may import whom; an arrow never points up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.house import circles, imported_modules, module_graph

ROOT = Path(__file__).parent.parent.parent
WEBAPP = sorted((ROOT / "webapp").rglob("*.py"))

LAYERS = (
    {"__main__"},
    {"serve"},
    {"app"},
    {"live", "photos", "videos", "door", "studio", "commands", "pages", "operation", "error_responses"},
    {"inference", "security", "openapi", "metrics", "wsgi"},
    {"serving"},
    {"pipelines", "protocol", "errors", "processes", "supervision", "green"},
    {"config", "logs", "vision"},
)
"""What stands in `webapp/`, from the top down. A file may import what stands beside it or below."""

PARTS = ("live", "photos", "videos", "door", "studio", "commands")
"""Folders of the same layer: each is one page or command, and none imports another, but for `ALLOWED_BETWEEN_PARTS`."""

ALLOWED_BETWEEN_PARTS = {("commands", "photos"), ("commands", "videos"), ("studio", "photos"), ("studio", "videos")}
"""The commands do what the photo page and the video page do; trainings are jobs, and their models detect in photos."""


def imports(path: Path) -> set[str]:
    """Return every module that a file imports, anywhere in it."""
    return imported_modules(path.read_text(encoding="utf-8"))


def layer_of(part: str) -> int:
    for depth, parts in enumerate(LAYERS):
        if part in parts:
            return depth
    raise AssertionError(f"webapp/{part} has no layer: add it to LAYERS and to ARCHITECTURE.md")


@pytest.mark.parametrize("path", WEBAPP, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_import_points_up(path: Path) -> None:
    own = path.relative_to(ROOT / "webapp").parts[0].removesuffix(".py")
    if own == "__init__":
        return
    for module in imports(path):
        parts = module.split(".")
        if parts[0] == "webapp" and len(parts) > 1 and parts[1] != "__version__":
            assert layer_of(parts[1]) >= layer_of(own), f"{own} imports {module}"


@pytest.mark.parametrize("path", WEBAPP, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_web_app_never_needs_training_or_tensorflow(path: Path) -> None:
    roots = {module.split(".")[0] for module in imports(path)}
    assert not roots & {"model_training", "tensorflow", "keras", "albumentations", "bench", "tests"}


def test_the_pure_core_imports_no_web_and_no_environment() -> None:
    for path in (ROOT / "webapp" / "vision").rglob("*.py"):
        found = imports(path)
        assert not {module.split(".")[0] for module in found} & {
            "flask",
            "flask_socketio",
            "eventlet",
            "os",
            "socketio",
        }
        assert all(not m.startswith("webapp.") or m.startswith("webapp.vision") for m in found), path


@pytest.mark.parametrize("part", PARTS)
def test_the_parts_of_the_app_do_not_import_each_other(part: str) -> None:
    for path in (ROOT / "webapp" / part).rglob("*.py"):
        others = {module.split(".")[1] for module in imports(path) if module.startswith("webapp.")} & set(PARTS)
        assert {(part, other) for other in others - {part}} <= ALLOWED_BETWEEN_PARTS, path


def test_jobs_import_no_flask_and_nothing_of_the_folder_above_them() -> None:
    paths = list((ROOT / "webapp" / "videos" / "jobs").rglob("*.py"))
    assert paths
    for path in paths:
        found = imports(path)
        assert not {module.split(".")[0] for module in found} & {"flask", "flask_socketio", "eventlet"}
        assert all(m.startswith("webapp.videos.jobs") for m in found if m.startswith("webapp.videos")), path


def test_four_files_at_most_import_eventlet() -> None:
    users = [p.name for p in WEBAPP if any(module.split(".")[0] == "eventlet" for module in imports(p))]
    assert sorted(users) == ["eventlet_server.py", "eventlet_websocket.py", "green.py", "inference.py"]


def test_no_circles() -> None:
    assert circles(module_graph(ROOT, [path.relative_to(ROOT) for path in WEBAPP])) == []
