"""What operators see: the metrics of a real server, and a dashboard that asks for no other."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import promql_parser
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bench.load.processes import tree_usage
from tests.conftest import ASYNC_MODES
from tests.faults.video_client import VideoClient
from tests.mirror_process import ROOT, MirrorProcess, mirror_process
from tests.pictures import astronaut_bgr, jpeg
from tests.video_maker import make_video
from webapp.videos.jobs.states import State

JPEG = jpeg(astronaut_bgr())
DASHBOARD = json.loads((ROOT / "docs" / "grafana-dashboard.json").read_text(encoding="utf-8"))


class Samples(dict[tuple[str, tuple[tuple[str, str], ...]], float]):
    """The samples of one request of /metrics, by name and labels."""

    def of(self, name: str, **labels: str) -> float:
        return self[f"mask_mirror_{name}", tuple(sorted(labels.items()))]

    def labels_of(self, name: str) -> list[dict[str, str]]:
        return [dict(labels) for found, labels in self if found == name]


def read_metrics(mirror: MirrorProcess) -> Samples:
    with urllib.request.urlopen(mirror.url + "/metrics", timeout=30) as response:
        text = response.read().decode()
    families = text_string_to_metric_families(text)
    return Samples({(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples})


def detect(mirror: MirrorProcess) -> int:
    return VideoClient(mirror).call("POST", "/api/v1/detect", JPEG, "image/jpeg").status


def wait_for(mirror: MirrorProcess, name: str, labels: dict[str, str], value: float) -> None:
    give_up_at = time.monotonic() + 120
    while read_metrics(mirror).of(name, **labels) < value:
        assert time.monotonic() < give_up_at, name
        time.sleep(0.2)


@pytest.fixture(scope="module", params=ASYNC_MODES)
def used(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MirrorProcess]:
    """A server of its own with a frame, a refused frame, a photo and a video behind it."""
    with mirror_process(tmp_path_factory.mktemp("used"), request.param) as mirror:
        yield from _used(mirror, tmp_path_factory)


def _used(mirror: MirrorProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MirrorProcess]:
    live = mirror.connect()
    assert live.call("frame", ({"seq": 1, "captured_ms": 0}, JPEG), timeout=60)["faces"]
    assert "error" in live.call("frame", ({"seq": 2, "captured_ms": 1}, b"no picture"), timeout=60)
    assert detect(mirror) == 200
    job = VideoClient(mirror).annotate(make_video(tmp_path_factory.mktemp("video") / "in.mp4", 3))
    assert job["state"] == "succeeded"
    yield mirror
    live.disconnect()


def test_frames_photos_and_videos_are_counted(used: MirrorProcess) -> None:
    samples = read_metrics(used)
    answered = samples.of("frames_answered_total")
    ends = answered + samples.of("frames_dropped_total") + samples.of("frames_refused_total")
    assert samples.of("frames_offered_total") >= ends - samples.of("frames_refused_total") >= 1
    assert samples.of("frames_refused_total") >= 1
    assert samples.of("frame_age_seconds_count") == samples.of("inference_seconds_count") == answered
    assert samples.of("connections") >= 1
    assert samples.of("images_total", outcome="answered") >= 1
    assert samples.of("photos_waiting") == 0
    assert {labels["state"] for labels in samples.labels_of("mask_mirror_jobs")} == {state.value for state in State}
    assert samples.of("jobs", state="succeeded") >= 1


def test_memory_and_descriptors_are_those_of_the_tree(used: MirrorProcess) -> None:
    assert detect(used) == 200  # so that the process for photos runs
    samples, seen = read_metrics(used), tree_usage(used.process.pid)
    names = {labels["process"] for labels in samples.labels_of("mask_mirror_memory_bytes")}
    assert {"web", "worker", "photos"} <= names
    total_mb = sum(samples.of("memory_bytes", process=name) for name in names) / 1e6
    assert total_mb == pytest.approx(seen.pss_mb, rel=0.25)
    descriptors = sum(samples.of("descriptors", process=name) for name in names)
    assert descriptors == pytest.approx(seen.descriptors, abs=12)


def test_replaced_processes_are_counted(used: MirrorProcess) -> None:
    before = read_metrics(used)
    assert detect(used) == 200
    for process, module in (("worker", "webapp.videos.worker_process"), ("photos", "webapp.photos.process")):
        processes = psutil.Process(used.process.pid).children(recursive=True)
        [found] = [running for running in processes if module in running.cmdline()]
        found.kill()
        if process == "photos":
            assert detect(used) == 200
        wait_for(used, "restarts_total", {"process": process}, before.of("restarts_total", process=process) + 1)
    assert read_metrics(used).of("start_time_seconds") == before.of("start_time_seconds")


def test_every_expression_of_the_dashboard_asks_for_metrics_and_labels_that_there_are(used: MirrorProcess) -> None:
    samples = read_metrics(used)
    expressions = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    asked = set()
    for expression in expressions:
        for name, labels in selected(promql_parser.parse(expression.replace("$__rate_interval", "5m")), frozenset()):
            found = samples.labels_of(name)
            assert found, f"{name} of {expression!r} is not in /metrics"
            assert labels <= set(found[0]), f"{expression!r}: {name} has the labels {set(found[0])}"
            asked.add(name)
    ends = ("_created", "_bucket", "_sum", "_count")
    served = {name for name, _ in samples if name.startswith("mask_mirror_") and not name.endswith(ends)}
    assert served <= asked, "the dashboard shows every metric"


def test_the_dashboard_can_be_imported() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(panels)
    [source] = DASHBOARD["__inputs"]
    assert {panel["datasource"]["uid"] for panel in panels} == {f"${{{source['name']}}}"}


def selected(expression: Any, labels: frozenset[str]) -> Iterator[tuple[str, set[str]]]:
    """Yield the name of every metric of an expression, and the labels that the expression needs it to have."""
    kind = type(expression).__name__
    if kind == "AggregateExpr":
        modifier = expression.modifier
        yield from selected(expression.expr, frozenset(modifier.labels if modifier else ()))
    elif kind == "VectorSelector":
        yield expression.name, {matcher.name for matcher in expression.matchers.matchers} | set(labels)
    elif kind == "MatrixSelector":
        yield from selected(expression.vector_selector, labels)
    elif kind == "Call":
        for argument in expression.args:
            yield from selected(argument, labels)
    elif kind == "BinaryExpr":
        yield from selected(expression.lhs, labels)
        yield from selected(expression.rhs, labels)
    else:
        assert kind == "NumberLiteral", kind
