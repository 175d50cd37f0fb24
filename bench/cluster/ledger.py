"""Books on videos: what was accepted, and what the database and the store say became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.cluster.cluster import Cluster
from bench.cluster.servers import execute
from bench.cluster.visitor import Lost, Uploaded, Visitor

_JOURNAL = (
    "CREATE TABLE journal (job_id TEXT, state TEXT, waited_s DOUBLE PRECISION, attempts INTEGER)",
    """
    CREATE FUNCTION note_state() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO journal
        VALUES (NEW.id, NEW.state, extract(epoch FROM clock_timestamp()) - NEW.created_s, NEW.attempts);
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER note_state AFTER UPDATE OF state ON jobs FOR EACH ROW EXECUTE FUNCTION note_state()",
)
"""Every change of a state, written down by the database itself."""


@dataclass(frozen=True)
class Balance:
    """What became of the accepted videos.

    Args:
        accepted: number of videos whose owner was told so.
        unanswered: videos in the table whose owner was never told, as the connection broke before the answer.
        lost: one line for each video without its whole result.
        doubled: one line for each video that ended twice, or whose result has frames twice.
        attempts: how many jobs took how many starts.
        left_over: attempts with files that no row names, since their worker was killed; they go with their job.
        resumed: how many uploads went on after they had broken off.
    """

    accepted: int
    unanswered: int
    lost: list[str]
    doubled: list[str]
    attempts: Counter[int]
    left_over: int
    resumed: int


def open_journal(cluster: Cluster) -> None:
    """Let the database of a deployment note every change of a state."""
    for statement in _JOURNAL:
        execute(cluster.database.url, statement)


def unended(cluster: Cluster) -> int:
    """Return how many videos wait, run or are being uploaded."""
    rows = execute(cluster.database.url, "SELECT count(*) FROM jobs WHERE state IN ('uploading', 'queued', 'running')")
    return int(str(rows[0][0]))


def ended(cluster: Cluster) -> int:
    """Return how often a video has succeeded."""
    rows = execute(cluster.database.url, "SELECT count(*) FROM journal WHERE state = 'succeeded'")
    return int(str(rows[0][0]))


def waits_s(cluster: Cluster, videos: Sequence[Uploaded]) -> list[float]:
    """Return the time from the whole upload to the first start of each of these videos, seconds."""
    rows = execute(
        cluster.database.url, "SELECT job_id, waited_s FROM journal WHERE state = 'running' AND attempts = 1"
    )
    waited = {str(job_id): float(str(waited_s)) for job_id, waited_s in rows}
    return [waited[video.id] for video in videos]


def balance(cluster: Cluster, videos: Sequence[Uploaded]) -> Balance:
    """Compare accepted videos with the table, the journal and the store; fetch and count every result."""
    url = cluster.database.url
    rows = {
        str(job_id): (str(state), str(error), int(str(attempts)))
        for job_id, state, error, attempts in execute(url, "SELECT id, state, error_code, attempts FROM jobs")
    }
    ends = Counter(
        str(job_id)
        for (job_id,) in execute(url, "SELECT job_id FROM journal WHERE state IN ('succeeded', 'failed', 'cancelled')")
    )
    lost, doubled = [], []
    visitor = Visitor(cluster.proxy.port)
    for video in videos:
        state, error, _ = rows.get(video.id, ("gone", "", 0))
        if state != "succeeded":
            lost.append(f"{video.id} is {state} {error}")
            continue
        try:
            frames, lines = visitor.result_frames(video)
        except Lost as reason:
            lost.append(str(reason))
            continue
        if min(frames, lines) < video.frames:
            lost.append(f"{video.id} has {frames} frames and {lines} lines of {video.frames}")
        elif max(frames, lines) > video.frames:
            doubled.append(f"{video.id} has {frames} frames and {lines} lines of {video.frames}")
    accepted = {video.id for video in videos}
    # A visitor who was not told sends it again; what came first must still end like any other.
    lost += [
        f"{job_id} is {state} {error}"
        for job_id, (state, error, _) in rows.items()
        if job_id not in accepted and state != "succeeded"
    ]
    doubled += [f"{job_id} ended {count} times" for job_id, count in ends.items() if count > 1]
    return Balance(
        len(videos),
        len(rows.keys() - accepted),
        lost,
        doubled,
        Counter(attempts for _, _, attempts in rows.values()),
        sum(runs - 1 for runs in _runs(cluster).values()),
        sum(video.resumed > 0 for video in videos),
    )


def _runs(cluster: Cluster) -> Counter[str]:
    # jobs/JOB/run-ATTEMPT/NAME
    runs = {tuple(key.split("/")[1:3]) for key in cluster.store.listed() if "/run-" in key}
    return Counter(run[0] for run in runs)


def in_words(attempts: Counter[int]) -> str:
    """Return how many starts jobs took."""
    if not attempts:
        return "no jobs"
    starts = list(attempts.elements())
    return f"median {median(starts):.0f}, most {max(starts)}"
