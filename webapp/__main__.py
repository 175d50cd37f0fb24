"""`python -m webapp`: serve (default) | worker | detect IMAGE… | annotate IN OUT | export-site DIR."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from functools import partial
from socket import socket

from webapp import __version__, config
from webapp.logs.json_stderr import redirect_stderr

SERVE_OPTIONS = (
    "host",
    "port",
    "https",
    "async_mode",
    "allow_polling",
    "trusted_proxies",
    "allowed_origins",
    "data_folder",
    "log_format",
    "profile",
    "inference_threads",
    "restarts",
)
MODEL_OPTIONS = (
    "detector",
    "model",
    "multiface",
    "multiface_wide",
    "stream_size_px",
    "photo_size_px",
    "photo_tta",
    "stream_labels",
    "photo_labels",
    "haar_scale",
    "classifier",
    "score_threshold",
)
STREAM_OPTIONS = ("track",)
WORKER_OPTIONS = ("data_folder", "log_format", "profile", "inference_threads", "restarts")


COMMANDS = {
    "serve": "serve the web app (default)",
    "worker": "annotate the videos that web processes queue",
    "detect": "faces of pictures, as text or as JSON Lines",
    "annotate": "draw the faces of a video or a picture into a new one",
    "export-site": "write mirror, photo page and door as a static site",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments and arguments[0] in COMMANDS:
        command, arguments = arguments[0], arguments[1:]
    else:
        command = "serve"
    if command == "serve":
        return _serve(arguments)
    # Imported only now: serving patches the standard library first, and a command loads only what it needs.
    module = importlib.import_module(f"webapp.commands.{command.replace('-', '_')}")
    parser = _parser(command, f"Mask Mirror: {COMMANDS[command]}.")
    module.add_arguments(parser)
    further = {"annotate": STREAM_OPTIONS, "worker": STREAM_OPTIONS + WORKER_OPTIONS}.get(command, ())
    args, settings = _parse(parser, arguments, MODEL_OPTIONS + further)
    status: int = module.run(args, settings)
    return status


def _serve(arguments: list[str]) -> int:
    commands = "\n".join(f"  python -m webapp {name:12} {summary}" for name, summary in COMMANDS.items())
    parser = _parser(
        "",
        f"Mask Mirror: how are masks worn, live, in photos and in videos.\n\ncommands:\n{commands}\n\n"
        "Each has its own --help. These are the options of serve:",
    )
    parser.add_argument("--version", action="version", version=__version__)
    _, settings = _parse(parser, arguments, SERVE_OPTIONS + MODEL_OPTIONS + STREAM_OPTIONS)
    if settings.restarts:
        from webapp.supervision.restarts import keep_running

        if settings.log_format == "json":
            redirect_stderr("parent")
        return keep_running(partial(_serve_here, settings), settings.restarts)
    return _serve_here(settings)


def _serve_here(settings: config.Settings, heart: socket | None = None) -> int:
    if settings.async_mode == "eventlet":
        from webapp import green

        green.patch()
        from webapp.serving.eventlet_websocket import repair_websocket

        repair_websocket()
    from webapp.serve import serve

    return serve(settings, heart)


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=f"python -m webapp {command}".strip(),
        # The usual line of usage lists every option; those of serve would push the commands out of sight.
        usage=None if command else "python -m webapp [COMMAND] [OPTIONS]",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _parse(
    parser: argparse.ArgumentParser, arguments: list[str], options: tuple[str, ...]
) -> tuple[argparse.Namespace, config.Settings]:
    config.add_arguments(parser, options)
    args = parser.parse_args(arguments)
    try:
        return args, config.load_settings(os.environ, {name: getattr(args, name) for name in options})
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    sys.exit(main())
