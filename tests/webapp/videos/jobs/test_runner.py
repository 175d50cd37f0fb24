from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from webapp.videos.jobs.job import JobProgress
from webapp.videos.jobs.runner import CRASHED, TOO_SLOW, End, Outcome, run_child

STEP = (
    '{"progress": {"progress": 0.5, "frames_done": 5, "skipped_frames": 1, "fps": 9.5, "eta_s": 2, '
    '"width": 64, "height": 48}}'
)


def run(
    code: str, beats: list[JobProgress] | None = None, deadline_s: float = 30, no_progress_s: float = 30
) -> Outcome:
    def keep_on(progress: JobProgress) -> bool:
        if beats is not None:
            beats.append(progress)
        return True

    prelude = "import os, signal, sys, time, ctypes\ndef say(line): print(line, flush=True)\n"
    return run_child([sys.executable, "-c", prelude + code], os.environ, keep_on, deadline_s, no_progress_s)


def test_a_child_that_is_done_is_done() -> None:
    beats: list[JobProgress] = []
    code = f'say(\'{STEP}\'); time.sleep(0.8); say(\'{{"done": {{"frames_done": 9, "skipped_frames": 2}}}}\')'
    assert run(code, beats) == Outcome(End.DONE)
    assert JobProgress(0.5, 5, 1, 9.5, 2.0, 64, 48) in beats
    assert beats[-1] == JobProgress(1.0, 9, 2, 9.5, 0.0, 64, 48)


def test_a_child_may_report_an_error() -> None:
    outcome = run('say(\'{"error": {"code": "no_video", "message": "None."}}\'); time.sleep(9)')
    assert outcome == Outcome(End.FAILED, ("no_video", "None."))


@pytest.mark.parametrize(
    "code",
    [
        "ctypes.string_at(0)",
        "os.abort()",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "sys.exit(3)",
        "pass",
        "say('no json'); say('[1]'); say('{\"progress\": {\"progress\": \"x\"}}'); say('{' * 200000)",
        "say('[' * 60000)",
    ],
    ids=["segfault", "abort", "killed", "exit status", "silent end", "garbage", "nested"],
)
def test_a_child_that_dies_costs_its_job_alone(code: str) -> None:
    assert run(code) == Outcome(End.FAILED, CRASHED)


@pytest.mark.parametrize(
    ("name", "value"),
    [("progress", "NaN"), ("fps", "NaN"), ("eta_s", "Infinity"), ("frames_done", "1" + 30 * "0"), ("width", "-1")],
)
def test_no_figure_that_a_table_cannot_store_is_passed_on(name: str, value: str) -> None:
    figures = json.loads(STEP)["progress"] | {name: "VALUE"}
    line = json.dumps({"progress": figures}).replace('"VALUE"', value)
    beats: list[JobProgress] = []
    run(f"say({line!r}); time.sleep(0.8)", beats)
    assert set(beats) == {JobProgress()}


def test_a_child_over_its_deadline_is_killed() -> None:
    started = time.monotonic()
    assert run(f"while True: say('{STEP}'); time.sleep(0.05)", deadline_s=0.7) == Outcome(End.FAILED, TOO_SLOW)
    assert time.monotonic() - started < 5


def test_a_child_that_hangs_in_silence_is_killed() -> None:
    assert run("time.sleep(60)", no_progress_s=0.5) == Outcome(End.FAILED, TOO_SLOW)


def test_a_child_that_ignores_signals_and_closes_its_pipe_is_killed() -> None:
    code = "signal.signal(signal.SIGTERM, signal.SIG_IGN); os.close(1); time.sleep(60)"
    assert run(code, no_progress_s=0.5) == Outcome(End.FAILED, TOO_SLOW)


def test_a_child_leads_a_group_in_the_session_of_its_parent(tmp_path: Path) -> None:
    """So its whole group can be killed, and Linux compares its priority with that of the live view."""
    note = tmp_path / "ids"
    run(f"open({str(note)!r}, 'w').write(f'{{os.getpid()}} {{os.getpgid(0)}} {{os.getsid(0)}}')")
    pid, group, session = map(int, note.read_text().split())
    assert group == pid
    assert session == os.getsid(0)


def test_cancelling_ends_the_child_and_what_it_started(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = f"p = os.fork() or time.sleep(60)\nopen({str(note)!r}, 'w').write(str(p)); time.sleep(60)"
    outcome = run_child([sys.executable, "-c", "import os, time\n" + code], os.environ, lambda p: not note.exists(), 30)
    assert outcome == Outcome(End.STOPPED)
    time.sleep(0.2)
    grandchild = Path("/proc") / note.read_text()
    assert not grandchild.exists() or "Z" in (grandchild / "stat").read_text().split()[2]
