"""`python -m bench.cluster`: a whole deployment on this machine, until Ctrl-C.

`test` lets parts of it go away under load, and exits with 1 where a video was lost or doubled; `figures` measures it.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time

from bench.cluster.cluster import running_cluster
from bench.cluster.figures import PARTS, report
from bench.cluster.servers import NotInstalled
from bench.cluster.trial import LONG, SHORT, STANDARD, run_trial

_EXTENTS = {"short": SHORT, "standard": STANDARD, "long": LONG}


def main() -> int:
    """Run until Ctrl-C, or test, or measure; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("run", "test", "figures"), default="run")
    parser.add_argument("--port", type=int, help="of nginx (default: a free one)")
    parser.add_argument("--web", type=int, default=2, help="web processes (default 2)")
    parser.add_argument("--workers", type=int, default=2, help="workers (default 2)")
    parser.add_argument("--extent", choices=tuple(_EXTENTS), default="standard", help="of the test")
    parser.add_argument("--parts", default=",".join(PARTS), help="of the figures (default %(default)s)")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts.split(",")) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    # A shell's background job inherits that the signal of Ctrl-C is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # As on Ctrl-C, everything that was started ends.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        if arguments.what == "test":
            return _test(arguments.extent)
        if arguments.what == "figures":
            report(lambda line: print(line, flush=True), arguments.parts.split(","))
            return 0
        _run(arguments)
    except NotInstalled as missing:
        print(f"{missing}; tools/install-servers.sh installs it.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nEnded.")
    return 0


def _run(arguments: argparse.Namespace) -> None:
    print("Starting PostgreSQL, Redis, a store of videos, web processes, workers and nginx …", flush=True)
    with running_cluster(arguments.web, arguments.workers, port=arguments.port) as cluster:
        print(f"Mask Mirror: http://localhost:{cluster.proxy.port}")
        print(f"PostgreSQL: {cluster.database.url}")
        print(f"Logs: {cluster.folder}/*.log")
        print("Ctrl-C ends all of it, and deletes its folder.", flush=True)
        while True:
            time.sleep(1)


def _test(extent: str) -> int:
    verdict, log = run_trial(_EXTENTS[extent], lambda line: print(line, flush=True))
    if verdict.failures:
        print(log, file=sys.stderr)
    print(f"\n{verdict.summary()}")
    return 1 if verdict.failures else 0


if __name__ == "__main__":
    sys.exit(main())
