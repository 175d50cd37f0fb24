"""`python -m bench.load [SCENARIO …]`: load on the real server, one row of Markdown a scenario.

A scenario is CLIENTSxFPS with any of -phase (all send at once), -video, -photos (work beside), -rttMS (a longer way)
and -soak (report growth). Clients send when a frame is due, answered or not; an age counts from that moment.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import replace

from bench.load.beside import Beside, PhotoClient, VideoJob, photo_summary, working
from bench.load.report import HEAD, hardware, note, row
from bench.load.scenario import SOAK, TABLE, Scenario, parse_scenario
from bench.load.soak import soak
from bench.load.swarm import run_swarm
from bench.server import running_app

VIDEO_LENGTHS = 4
"""Length of the video beside a swarm, times the measured seconds: it must not end before."""

VIDEO_MAX_S = 300.0


def main() -> None:
    """Run the scenarios that are named, or the table."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"default: {' '.join(TABLE)}; also {SOAK}")
    parser.add_argument("--seconds", type=float, default=20.0, help="measured time of each (default 20)")
    parser.add_argument("--warm-up", type=float, default=3.0, help="seconds before it (default 3)")
    parser.add_argument("--phase", choices=("random", "equal"), help="instead of the scenario's own")
    parser.add_argument("--px", type=int, help="longer side of frames; default: what the server asks for, else 640")
    parser.add_argument("--mode", choices=("eventlet", "threading"), default="eventlet")
    arguments = parser.parse_args()
    try:
        scenarios = [parse_scenario(name) for name in arguments.scenarios or TABLE]
    except ValueError as error:
        parser.error(str(error))
    if arguments.phase:
        scenarios = [replace(scenario, in_phase=arguments.phase == "equal") for scenario in scenarios]
    print(f"{hardware()}\n\n{HEAD}", flush=True)
    notes = []
    for scenario in scenarios:
        line, remark = _run(scenario, arguments)
        print(line, flush=True)
        notes.append(f"{scenario.name}: {remark}")
    print("\n" + "\n".join(notes))


def _run(scenario: Scenario, arguments: argparse.Namespace) -> tuple[str, str]:
    seconds = arguments.seconds
    video_s = min(VIDEO_LENGTHS * (seconds + arguments.warm_up), VIDEO_MAX_S)
    with running_app(arguments.mode) as (port, pid, _):
        if scenario.soak:
            soaked = soak(scenario, port, pid, seconds, arguments.warm_up, arguments.px)
            words = photo_summary(soaked.photos, seconds + arguments.warm_up) if soaked.photos else ""
            return row(scenario, soaked.measured, words, (soaked.before, soaked.after)), note(soaked.measured)
        video = VideoJob(port, video_s) if scenario.video else None
        photos = [PhotoClient(port, number) for number in range(scenario.photo_clients)]
        beside: list[Beside] = [*photos, *([video] if video else [])]
        with working(beside):
            measured = asyncio.run(run_swarm(scenario, port, pid, seconds, arguments.warm_up, arguments.px))
        summaries = [video.summary()] if video else []
        if photos:
            summaries.append(photo_summary(photos, seconds + arguments.warm_up))
        return row(scenario, measured, "; ".join(summaries)), note(measured)


if __name__ == "__main__":
    main()
