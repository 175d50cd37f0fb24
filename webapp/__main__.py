"""`python -m webapp`: serve (default) | detect IMAGE… | annotate IN OUT."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from webapp import __version__, config

SERVE_OPTIONS = (
    "host",
    "port",
    "https",
    "async_mode",
    "allow_polling",
    "trusted_proxies",
    "allowed_origins",
    "data_folder",
    "inference_threads",
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


COMMANDS = {
    "serve": "serve the web app (default)",
    "detect": "faces of pictures, as text or as JSON Lines",
    "annotate": "draw the faces of a video into a new video",
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
    module = importlib.import_module(f"webapp.commands.{command}")
    parser = _parser(command)
    module.add_arguments(parser)
    args, settings = _parse(parser, arguments, MODEL_OPTIONS + (STREAM_OPTIONS if command == "annotate" else ()))
    status: int = module.run(args, settings)
    return status


def _serve(arguments: list[str]) -> int:
    others = "\n".join(f"  python -m webapp {name:9} {summary}" for name, summary in COMMANDS.items())
    parser = _parser("serve", epilog=f"commands:\n{others}\n")
    parser.add_argument("--version", action="version", version=__version__)
    _, settings = _parse(parser, arguments, SERVE_OPTIONS + MODEL_OPTIONS + STREAM_OPTIONS)
    if settings.async_mode == "eventlet":
        from webapp import green

        green.patch()
        from webapp.live.eventlet_websocket import repair_websocket

        repair_websocket()
    from webapp.serve import serve

    return serve(settings)


def _parser(command: str, epilog: str | None = None) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=f"python -m webapp {command}",
        description=f"Mask Mirror: {COMMANDS[command]}.",
        epilog=epilog,
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
