"""The worker of trainings as a process: the web process starts it, where the page /train is offered."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys

from webapp.config import process_settings
from webapp.logs.configuration import configure_logging
from webapp.studio.engine import training_worker


def main() -> int:
    """Run until SIGTERM or SIGINT, or until the parent is gone; the training under way goes back to the queue."""
    parser = argparse.ArgumentParser(prog="python -m webapp.studio.worker_process", description="train networks")
    parser.add_argument("--parent", type=int, default=None, help="stop when this process is no longer the parent")
    parser.add_argument("--heart", type=int, default=None, help="descriptor of a socket for heartbeats")
    args = parser.parse_args()
    settings = process_settings()
    os.umask(0o077)
    configure_logging(settings, "studio")
    heart = None if args.heart is None else socket.socket(fileno=args.heart)
    worker = training_worker(settings, args.parent, heart)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, frame: worker.stop())
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
