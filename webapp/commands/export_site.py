"""`python -m webapp export-site DIR`: mirror, photo, collect and door page as a static site, without a server of ours.

Faces are detected on the visitor's device. Any static host serves the folder; the file `_headers` tells hosts that read
it (Netlify, Cloudflare Pages) which headers to send. Without them the pages work too, on one thread.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask, render_template

from webapp.config import Settings
from webapp.metrics import Metrics
from webapp.pages.device import create_device, describe_device, device_models
from webapp.pages.offline import SCRIPT, service_worker
from webapp.pages.routes import create_pages
from webapp.security import HEADERS, WASM_POLICY, WASM_SCRIPTS
from webapp.vision.detectors import multiface
from webapp.vision.detectors.views import stream_views
from webapp.vision.errors import ModelError
from webapp.vision.model_files import Model, load_model
from webapp.vision.pipeline import describe

PAGES = {
    "live": ("live/live.html", "index.html"),
    "photo": ("photos/photo.html", "photo.html"),
    "collect": ("collect/collect.html", "collect.html"),
    "door": ("door/door.html", "door.html"),
}
"""Template and file of each page, by the name of its route."""

FILES = {
    "offline.service_worker_script": "service-worker.js",
    "device.device_json": "device.json",
    "pages.door_manifest": "door.webmanifest",
}
"""Files that are no pages, by the names of their routes."""

SCRIPT_FOLDERS = ("live", "photos", "collect", "door", "device", "offline", "shared")
"""Of static/js: what those pages import."""


@dataclass
class StaticSite:
    """An app that renders pages with addresses relative to their folder.

    Args:
        settings: sizes of views and limits.
        models: that browsers load, see `device_models`.
    """

    settings: Settings
    models: dict[str, Model]
    app: Flask = field(init=False)

    def __post_init__(self) -> None:
        self.app = Flask("webapp", static_folder="../static", template_folder="../templates")
        stream = self._model(self.models["multiface"], self.settings.stream_size_px)
        self.app.register_blueprint(create_pages(self.settings, stream, stream, Metrics(), lambda: None, served=False))
        self.app.register_blueprint(create_device(self.settings))
        self.app.jinja_env.globals["url_for"] = relative_address

    @property
    def static(self) -> Path:
        """Folder of the static files."""
        return Path(self.app.static_folder or "")

    def page(self, name: str) -> str:
        """Return a page as HTML, by its key in `PAGES`."""
        return self.text(PAGES[name][0], page=name)

    def text(self, template: str, **variables: object) -> str:
        """Return what a template gives."""
        with self.app.test_request_context():
            return render_template(template, **variables)

    def _model(self, model: Model, size_px: int) -> dict[str, str | float]:
        name, calibration = multiface.read_cards(model, stream_views(size_px))
        return describe(name, name, self.settings.score_threshold or calibration.threshold)


def relative_address(endpoint: str, filename: str = "") -> str:
    """Return the address of a page or a static file, relative to the folder in which all pages lie.

    Args:
        endpoint: `static`, or that of a page.
        filename: of a static file.
    """
    if endpoint == "static":
        return f"static/{filename}"
    if endpoint in FILES:
        return FILES[endpoint]
    file = PAGES.get(endpoint.removeprefix("pages."), ("", "index.html"))[1]
    return "./" if file == "index.html" else file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder to write; must be empty or not there")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Write the site; return the exit status."""
    folder: Path = args.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        print(f"{folder} is not an empty folder.", file=sys.stderr)
        return 1
    try:
        _check_models(settings)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 1
    models = device_models(settings)
    if not models:
        print("This detector runs on a server only, so there is no static site of it.", file=sys.stderr)
        return 1
    site = StaticSite(settings, models)
    if not (site.static / "vendor" / "litert").is_dir():
        print("static/vendor is empty: run `make setup`, or `npm ci && npm run build`, first.", file=sys.stderr)
        return 1
    write(site, folder)
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {total / 1e6:.0f} MB. Serve it over https: browsers give a camera to https and localhost only.")
    return 0


def _check_models(settings: Settings) -> None:
    """Load every model of a site: `device_models` leaves those out that cannot be loaded, and nobody would notice."""
    if settings.detector != "multiface":
        return
    load_model(settings.multiface, "face_detector")
    load_model(settings.multiface_wide, "face_detector")
    load_model(settings.classifier, "mask_classifier")


def write(site: StaticSite, folder: Path) -> None:
    """Write pages, static files, models, service worker and headers into an empty folder."""
    shutil.copytree(site.static, folder / "static", ignore=_unneeded)
    for name, model in site.models.items():
        (folder / "models").mkdir(exist_ok=True)
        shutil.copyfile(model.path, folder / "models" / f"{name}.tflite")
    device = json.dumps(describe_device(site.settings, site.models))
    pages = {PAGES[name][1]: site.page(name) for name in PAGES} | {"device.json": device}
    for file, text in pages.items():
        (folder / file).write_text(text, encoding="utf-8")
    kept = {"./" if file == "index.html" else file: text.encode() for file, text in pages.items()}
    (folder / "service-worker.js").write_text(service_worker(folder / "static", kept), encoding="utf-8")
    (folder / "static" / SCRIPT).unlink()
    (folder / "door.webmanifest").write_text(site.text("door/door.webmanifest"), encoding="utf-8")
    (folder / "_headers").write_text(headers_file(), encoding="utf-8")


def headers_file() -> str:
    """Return the file of headers: which ones a host sends with which address.

    Hosts join the headers of all rules that fit, so the policies stand at single addresses, not at `/*`.
    """
    policy = HEADERS["Content-Security-Policy"]
    rules = {"/*": {name: value for name, value in HEADERS.items() if name != "Content-Security-Policy"}}
    for path in ("/", "/index.html", "/photo", "/photo.html", "/collect", "/collect.html", "/door", "/door.html"):
        rules[path] = {"Content-Security-Policy": policy}
    for path in WASM_SCRIPTS:
        rules[path] = {"Content-Security-Policy": WASM_POLICY}
    rules["/service-worker.js"] = {"Cache-Control": "no-cache"}
    return (
        "\n".join(
            "\n".join([path, *(f"  {name}: {value}" for name, value in headers.items())])
            for path, headers in rules.items()
        )
        + "\n"
    )


def _unneeded(folder: str, names: list[str]) -> set[str]:
    here = Path(folder)
    if here.name == "js":
        return set(names) - set(SCRIPT_FOLDERS)
    return {
        name for name in names if name.endswith(".gz") or name.startswith("socket.io") or name == "install-vendor.js"
    }
