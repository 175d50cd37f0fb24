"""`python -m webapp`: serve (default) | detect IMAGE… | annotate IN OUT."""

from __future__ import annotations

import argparse
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
MODEL_OPTIONS = ("detector", "haar_scale", "classifier", "score_threshold")


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    parser = _build_parser()
    if not arguments or arguments[0] not in ("detect", "annotate", "serve", "-h", "--help", "--version"):
        arguments = ["serve", *arguments]
    args = parser.parse_args(arguments)
    overrides = {name: getattr(args, name, None) for name in SERVE_OPTIONS + MODEL_OPTIONS}
    try:
        settings = config.load_settings(os.environ, overrides)
    except ValueError as error:
        parser.error(str(error))
    # Imported only now: serving patches the standard library first, and no command pays for the others.
    if args.command == "detect":
        from webapp import detect_command

        return detect_command.run(args, settings)
    if args.command == "annotate":
        from webapp import annotate_command

        return annotate_command.run(args, settings)
    if settings.async_mode == "eventlet":
        from webapp import green

        green.patch()
    from webapp.serve import serve

    return serve(settings)


def _build_parser() -> argparse.ArgumentParser:
    from webapp import annotate_command, detect_command

    parser = argparse.ArgumentParser(prog="python -m webapp", description="Mask Mirror: who wears a mask, live.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="serve | detect | annotate")
    serve_parser = commands.add_parser("serve", help="serve the web app (default)")
    config.add_arguments(serve_parser, SERVE_OPTIONS + MODEL_OPTIONS)
    detect_parser = commands.add_parser("detect", help="faces of pictures, as a table or as JSON lines")
    detect_command.add_arguments(detect_parser)
    config.add_arguments(detect_parser, MODEL_OPTIONS)
    annotate_parser = commands.add_parser("annotate", help="draw the faces of a film into a new film")
    annotate_command.add_arguments(annotate_parser)
    config.add_arguments(annotate_parser, MODEL_OPTIONS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
