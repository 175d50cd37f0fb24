"""Row 29 of the fault table where many processes share servers: each of the servers goes away under load."""

from __future__ import annotations

import importlib.util

import pytest

from bench.cluster.servers import NotInstalled
from bench.cluster.trial import LONG, SHORT, Extent, run_trial


@pytest.mark.parametrize(
    "extent", [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.long)]
)
def test_row_29_no_video_is_lost_or_doubled_and_live_frames_go_on(extent: Extent) -> None:
    for package in ("psycopg", "celery", "boto3", "moto"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: requirements-dev.txt")
    try:
        verdict, log = run_trial(extent)
    except NotInstalled as missing:
        pytest.skip(f"{missing}: tools/install-servers.sh installs it")
    print(verdict.summary())
    assert not verdict.failures, log
    assert verdict.books.accepted > extent.kills / 2
    assert sum(phase.kills for phase in verdict.phases) == extent.kills
    [replica] = [phase for phase in verdict.phases if phase.name == "a web replica"]
    assert replica.live.reconnected > 0
