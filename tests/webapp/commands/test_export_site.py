from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.webapp.pages.test_offline import site
from webapp.__main__ import main
from webapp.security import WASM_SCRIPTS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "site"
    assert main(["export-site", str(folder)]) == 0
    return folder


@pytest.mark.parametrize("page", ["index.html", "photo.html", "collect.html", "door.html"])
def test_every_address_of_a_page_is_relative_and_leads_to_a_file(folder: Path, page: str) -> None:
    html = (folder / page).read_text()
    addresses = re.findall(r'(?:href|src|data-service-worker|data-device-url)="([^"#]+)', html)
    assert len(addresses) > 10
    for address in addresses:
        assert not address.startswith(("/", "http")), address
        assert (folder / ("index.html" if address == "./" else address)).is_file(), address


def test_there_is_nothing_of_a_server(folder: Path) -> None:
    for page in ("index.html", "photo.html", "collect.html", "door.html"):
        html = (folder / page).read_text()
        assert "/api/" not in html
        assert "socket.io" not in html
        assert "On the server" not in html
        assert 'data-go="' not in html
        assert not re.search(r'<p[^>]*data-at="device"[^>]*hidden', html)
    assert not [path for path in folder.rglob("*") if "socket.io" in path.name or path.suffix in (".gz", ".py")]
    assert {path.name for path in (folder / "static" / "js").iterdir()} == {
        "live",
        "photos",
        "collect",
        "door",
        "device",
        "offline",
        "shared",
    }


def test_every_import_of_a_script_is_there(folder: Path) -> None:
    for script in (folder / "static" / "js").rglob("*.js"):
        if script.name == "connection.js":  # never loaded without a server
            continue
        for target in re.findall(r'(?:from |import\()"(\.[^"]+)"', script.read_text()):
            assert (script.parent / target).is_file() or target == "./connection.js", f"{script}: {target}"


def test_models_and_their_description(folder: Path) -> None:
    models = json.loads((folder / "device.json").read_text())["models"]
    assert sorted(models) == ["mask_classifier", "multiface", "multiface_wide"]
    for model in models.values():
        assert hashlib.sha256((folder / model["url"]).read_bytes()).hexdigest() == model["sha256"]


def test_the_service_worker_keeps_what_is_there(folder: Path) -> None:
    kept = site((folder / "service-worker.js").read_text())["kept"]
    assert {"./", "photo.html", "collect.html", "door.html", "device.json"} < set(kept)
    for path in kept:
        assert (folder / ("index.html" if path == "./" else path)).is_file(), path


def test_the_headers_have_one_policy_an_address(folder: Path) -> None:
    rules: dict[str, list[str]] = {}
    for line in (folder / "_headers").read_text().splitlines():
        rules[line] = [] if line.startswith("/") else rules.get(line, [])
        if not line.startswith("/"):
            rules[next(reversed([rule for rule in rules if rule.startswith("/")]))].append(line.strip())
    named = {
        path: [line for line in lines if line.startswith("Content-Security-Policy")] for path, lines in rules.items()
    }
    assert named["/*"] == []
    assert any("Cross-Origin-Embedder-Policy" in line for line in rules["/*"])
    for path in WASM_SCRIPTS:
        assert "'wasm-unsafe-eval'" in named[path][0]
    assert "wasm" not in named["/index.html"][0]


def test_a_folder_with_files_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["export-site", str(tmp_path)]) == 1
    assert "is not an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_detector_of_the_server_gives_no_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export-site", str(tmp_path / "site"), "--detector", "haar"]) == 1
    assert "no static site" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--multiface", "--multiface-wide", "--classifier"])
def test_a_model_that_is_not_there_gives_no_site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    assert main(["export-site", str(tmp_path / "site"), option, str(tmp_path / "none.tflite")]) == 1
    assert "none.tflite is missing" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()
