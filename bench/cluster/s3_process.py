"""The process of the S3 stand-in: moto's server, whose objects outlive its absences.

They are in its memory. So it is not killed to be gone: `SIGUSR1` makes it refuse connections, `SIGUSR2` lets it come
back. Nothing of the project is imported: this file runs as a program of its own.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from typing import Any

from moto.moto_server.threaded_moto_server import ThreadedMotoServer

AWAY, BACK = signal.SIGUSR1, signal.SIGUSR2


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    calls: list[int] = []
    called = threading.Event()

    def note(number: int, frame: object) -> None:
        calls.append(number)
        called.set()

    for signal_number in (AWAY, BACK, signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, note)
    server: Any = None
    calls.append(BACK)
    while True:
        while calls:
            number = calls.pop(0)
            if number == AWAY and server is not None:
                server.stop()
                server = None
            elif number == BACK and server is None:
                server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
                server.start()
            elif number in (signal.SIGTERM, signal.SIGINT):
                sys.exit()
        called.wait(1)
        called.clear()


if __name__ == "__main__":
    main()
