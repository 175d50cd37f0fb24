"""`python -m bench [live] [film]`: all by default."""

from __future__ import annotations

import sys

from bench import film, live

BENCHES = {"live": live.run, "film": film.run}


def main() -> None:
    """Run the benches that are named, or all."""
    for name in sys.argv[1:] or BENCHES:
        BENCHES[name]()


if __name__ == "__main__":
    main()
