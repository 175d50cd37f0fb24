"""The installed page: the service worker, which keeps pages and scripts so that they open without the server."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue

SCRIPT = Path("js") / "offline" / "service_worker.js"
RUNTIME = Path("vendor") / "litert"
"""Folder of files of several megabytes, of which a browser needs some: kept when they are used, not before."""

PAGES = ("/", "/photo", "/collect", "/door", "/about", "/offline", "/device.json")
"""What works without the server, beside the static files. The page at /offline takes the place of any other."""


def create_offline() -> Blueprint:
    """Return the blueprint of `/service-worker.js` and `/offline`."""
    offline = Blueprint("offline", __name__)

    @offline.get("/offline")
    def offline_page() -> str:
        return render_template("shared/offline.html", page="offline")

    @cache
    def script() -> str:
        # Asked through the app itself: what the worker keeps is what visitors get.
        client = current_app.test_client()
        pages = {path.lstrip("/") or "./": _page(client, path) for path in PAGES}
        return service_worker(Path(current_app.static_folder or ""), pages)

    @offline.get("/service-worker.js")
    def service_worker_script() -> ResponseReturnValue:
        return Response(script(), content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})

    return offline


def _page(client: FlaskClient, path: str) -> bytes:
    # Under the host of this request: others may be refused.
    response = client.get(path, base_url=request.host_url)
    if response.status_code != 200:
        # A version made of errors would not change with the pages.
        raise RuntimeError(f"{path} answers {response.status}")
    return response.data


def service_worker(static: Path, pages: Mapping[str, bytes]) -> str:
    """Return the script of a service worker that keeps these pages and the static files.

    Its text changes with any of them: browsers notice that, and install the new version.

    Args:
        static: folder of the static files.
        pages: content by address, relative to the site's root.
    """
    files = {f"static/{name.as_posix()}": (static / name).read_bytes() for name in static_files(static)}
    runtime = {name.as_posix(): (static / name).read_bytes() for name in _listed(static, RUNTIME)}
    kept = {**pages, **{path: content for path, content in files.items() if Path(path) != Path("static") / SCRIPT}}
    settings = {"version": _digest(kept), "runtime": _digest(runtime), "kept": sorted(kept)}
    return f"const SITE = {json.dumps(settings)};\n{(static / SCRIPT).read_text(encoding='utf-8')}"


def static_files(static: Path) -> list[Path]:
    """Return the files that every visit may need, relative to the folder of static files."""
    return [name for name in _listed(static, Path()) if RUNTIME not in name.parents and name.parts[0] != "samples"]


def _listed(static: Path, folder: Path) -> list[Path]:
    found = (path.relative_to(static) for path in (static / folder).rglob("*") if path.is_file())
    return sorted(name for name in found if name.suffix != ".gz" and name.name != "install-vendor.js")


def _digest(files: Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(f"{path} {len(files[path])} ".encode() + files[path])
    return total.hexdigest()[:16]
