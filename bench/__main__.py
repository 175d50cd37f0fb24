"""`python -m bench [pipeline] [live] [video] [device] [door] [tracker --videos DIR]`: by default the first three."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from bench import device, door, live, pipeline, tracker, video


def main() -> None:
    """Run the benches that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="pipeline, live, video, tracker, device or door (the last two need Chromium)",
    )
    parser.add_argument("--videos", type=Path, metavar="DIR", help="folder of videos for the tracker")
    arguments = parser.parse_args()
    benches = {"pipeline": pipeline.run, "live": live.run, "video": video.run}
    if arguments.videos is not None:
        benches["tracker"] = partial(tracker.run, arguments.videos)
    names = arguments.names or list(benches)
    benches |= {"device": device.run, "door": door.run}
    for name in names:
        if name not in benches:
            known = name == "tracker"
            parser.error("tracker needs --videos DIR" if known else f"there is no bench called {name}")
    for name in names:
        benches[name]()


if __name__ == "__main__":
    main()
