"""The page that describes the API: whole, and with examples that work."""

from __future__ import annotations

import html
import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.mirror_process import MirrorProcess
from tests.pictures import astronaut_bgr, jpeg
from webapp.config import Settings
from webapp.openapi import openapi_document
from webapp.pages.api_docs import operations


def page(mirror: MirrorProcess) -> str:
    with urllib.request.urlopen(mirror.url + "/api/v1/docs") as response:
        return str(response.read().decode())


def example(text: str, language: str) -> str:
    """Return an example of the page as a reader would copy it."""
    [found] = re.findall(rf'aria-label="Example in {language}"><code>(.*?)</code>', text, re.DOTALL)
    return html.unescape(found)


def test_every_request_is_described(mirror: MirrorProcess) -> None:
    text = page(mirror)
    document = openapi_document(Settings())
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            assert (f'id="{described["operationId"]}"' in text) == (method != "head"), f"{method} {path}"
    assert all(answer.description for one in operations(document) for answer in one.answers)
    assert "{version}" not in text


def test_the_examples_work(mirror: MirrorProcess, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(jpeg(astronaut_bgr()))
    text = page(mirror)
    code = example(text, "Python")
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("without_mask ")
    file = 'import fs from "node:fs"; const file = new Blob([fs.readFileSync("photo.jpg")], { type: "image/jpeg" });'
    code = f"{file}\n{example(text, 'JavaScript')}"
    command = ["node", "--input-type=module", "-e", code]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("without_mask ")
    faces, drawn = example(text, "curl").splitlines()[:2]
    ran = subprocess.run(shlex.split(faces), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert '"label":"without_mask"' in ran.stdout.replace(" ", "")
    subprocess.run(shlex.split(drawn), cwd=tmp_path, capture_output=True, check=True)
    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG")
