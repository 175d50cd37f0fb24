"""`make cluster-test`: parts of a deployment go away under load; no video may be lost or doubled, live frames go on."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.cluster.cluster import Cluster, running_cluster
from bench.cluster.ledger import Balance, balance, ended, in_words, open_journal, unended
from bench.cluster.live_swarm import LiveCounts, LiveSwarm
from bench.cluster.replica import Replica, kill
from bench.cluster.servers import execute
from bench.cluster.uploaders import Uploaders, sample
from bench.cluster.visitor import Uploaded, Visitor

SETTINGS = {
    "MASK_MIRROR_INFERENCE_THREADS": "1",
    # Two cores for everything: a frame may wait, and a worker that is killed is replaced soon.
    "MASK_MIRROR_FRAME_MAX_AGE_S": "5",
    "MASK_MIRROR_LEASE_S": "4",
    "MASK_MIRROR_JOB_ATTEMPTS": "1000",
    "MASK_MIRROR_JOBS_PER_VISITOR": "1000",
    "MASK_MIRROR_JOBS_PER_ADDRESS": "1000",
    "MASK_MIRROR_JOBS_MAX": "1000",
}

HEAD = (
    "| away | for s | kills | videos accepted | ended | uploads that went on | live answers/s | longest gap s "
    "| reconnected |\n" + "|---" * 9 + "|"
)
_THROUGH_REPLICAS = 4
_KILL_AFTER_MAX_S = 4.0
"""About as long as a video takes: kills come at its start, in its middle and at its end."""
_POLL_S = 0.05
_DRAIN_S = 240.0


@dataclass(frozen=True)
class Extent:
    """How long parts are away.

    Args:
        replica_s, redis_s, database_s, store_s: seconds.
        hung_s: seconds for which Redis, the database and the store each hang: connections stay, nothing answers. 0
            leaves this out.
        kills: of workers.
        waiting: videos that are unfinished at any time.
        seed: of the moments of the kills.
    """

    replica_s: float
    kills: int
    redis_s: float
    database_s: float
    store_s: float
    hung_s: float = 0.0
    waiting: int = 8
    seed: int = 1


SHORT = Extent(replica_s=3, kills=3, redis_s=3, database_s=3, store_s=3, waiting=4)
STANDARD = Extent(replica_s=10, kills=10, redis_s=60, database_s=20, store_s=60, hung_s=20)
LONG = Extent(replica_s=5, kills=50, redis_s=60, database_s=20, store_s=60)


@dataclass(frozen=True)
class Phase:
    """What was counted while a part was away.

    Args:
        name: of the part.
        seconds: that it took.
        kills: of workers.
        accepted, ended, resumed: videos; see `Balance`.
        live: what live visitors saw.
    """

    name: str
    seconds: float
    kills: int
    accepted: int
    ended: int
    resumed: int
    live: LiveCounts

    def row(self) -> str:
        """Return a row of Markdown."""
        live = self.live
        cells = [self.name, f"{self.seconds:.0f}", str(self.kills or ""), self.accepted, self.ended, self.resumed]
        cells += [f"{live.per_s:.1f}", f"{live.gap_s:.1f}", live.reconnected]
        return f"| {' | '.join(map(str, cells))} |"


@dataclass(frozen=True)
class Verdict:
    """What the whole trial found.

    Args:
        phases: in their order.
        books: of all videos.
        moved: uploads that went on at another web process, as theirs was killed.
        failures: sentences; empty where all went well.
    """

    phases: list[Phase]
    books: Balance
    moved: int
    failures: list[str]

    def summary(self) -> str:
        """Return the counts of the whole in words."""
        books = self.books
        kills = sum(phase.kills for phase in self.phases)
        lines = [
            f"{books.accepted} videos accepted, {len(books.lost)} lost, {len(books.doubled)} doubled; {kills} workers "
            f"killed; starts of a job: {in_words(books.attempts)}.",
            f"{books.resumed} uploads went on after they had broken off, {self.moved} of them at another web process, "
            f"as theirs was killed. {books.unanswered} videos whose visitor never heard of their arrival; "
            f"{books.left_over} attempts left files, which are deleted with their job.",
            *(f"FAILED: {failure}" for failure in self.failures),
        ]
        return "\n".join(lines)


class Trial:
    """Runs the phases against a deployment.

    Args:
        cluster: freshly started, with `SETTINGS`.
        extent: how long parts are away.
        say: gets each row as soon as it is known.
    """

    def __init__(self, cluster: Cluster, extent: Extent, say: Callable[[str], None] = print) -> None:
        self._cluster, self._extent, self._say = cluster, extent, say
        self._random = random.Random(extent.seed)
        self._phases: list[Phase] = []
        self._live = LiveSwarm(cluster.proxy.port, clients=4, fps=2)
        self._uploaders = Uploaders(cluster, visitors=2, waiting=extent.waiting)
        self._kills = 0
        self._more: list[Uploaded] = []

    def run(self) -> Verdict:
        """Let one part after the other go away, wait for all videos, and count."""
        cluster, extent = self._cluster, self._extent
        self._say(HEAD)
        self._live.start()
        self._uploaders.start()
        with self._phase("nothing"):
            time.sleep(extent.replica_s)
        with self._phase("a web replica"):
            self._without_a_replica()
        with self._phase("workers, one by one"):
            self._kill_workers()
        if cluster.redis is not None:
            with self._phase("Redis"):
                _gone(cluster.redis.stop, extent.redis_s, cluster.redis.start)
        with self._phase("PostgreSQL"):
            _gone(cluster.database.stop, extent.database_s, cluster.database.start)
        with self._phase("the object store"):
            _gone(cluster.store.leave, extent.store_s, cluster.store.come_back)
        for name, server in (("Redis", cluster.redis), ("PostgreSQL", cluster.database), ("the store", cluster.store)):
            if extent.hung_s and server is not None:
                with self._phase(f"{name}, hung"):
                    _gone(server.freeze, extent.hung_s, server.thaw)
        with self._phase("nothing, to the last video"):
            self._uploaders.stop()
            left = self._drain()
        self._live.stop()
        books = balance(cluster, self._videos)
        failures = [*self._uploaders.failures, *books.lost, *books.doubled]
        failures += [f"no live answer without {phase.name}" for phase in self._phases if not phase.live.answered]
        failures += [f"{left} videos have not ended after {_DRAIN_S:.0f} s"] if left else []
        hung = cluster.hung()
        failures += [f"{hung} processes waited for a part that was away until they were killed"] if hung else []
        moved = sum(video.resumed > 0 for video in self._more)
        failures += [] if moved else ["no upload went on at another web process"]
        return Verdict(self._phases, books, moved, failures)

    @property
    def _videos(self) -> list[Uploaded]:
        return [*self._uploaders.videos, *self._more]

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        live, before, accepted = self._live.mark(), ended(self._cluster), len(self._videos)
        start, self._kills = time.monotonic(), 0
        yield
        seconds, counts = time.monotonic() - start, self._live.since(live)
        new = self._videos[accepted:]
        resumed = sum(video.resumed > 0 for video in new)
        done = ended(self._cluster) - before
        self._phases.append(Phase(name, seconds, self._kills, len(new), done, resumed, counts))
        self._say(self._phases[-1].row())

    def _without_a_replica(self) -> None:
        """Kill a web process while uploads send: some of them through it, as nginx spreads them."""
        replica = self._cluster.web[0]
        all_send = threading.Barrier(_THROUGH_REPLICAS, action=lambda: replica.kill(comes_back=False))

        def upload() -> None:
            visitor, frames = Visitor(self._cluster.proxy.port), 40
            video = visitor.upload_in_pieces(sample(frames), frames, lambda: all_send.wait(30))
            if video is not None:
                self._more.append(video)

        threads = [threading.Thread(target=upload) for _ in range(_THROUGH_REPLICAS)]
        for thread in threads:
            thread.start()
        time.sleep(self._extent.replica_s)
        for thread in threads:
            thread.join()
        replica.start()

    def _kill_workers(self) -> None:
        while self._kills < self._extent.kills:
            busy = self._wait_until_busy()
            time.sleep(self._random.uniform(0, _KILL_AFTER_MAX_S))
            worker, pid = busy[self._random.randrange(len(busy))]
            match self._random.randrange(3):
                case 0:
                    worker.kill()  # as where a machine is gone
                case 1:
                    worker.kill_watcher()
                case _:
                    kill(pid)
            self._kills += 1

    def _wait_until_busy(self) -> list[tuple[Replica, int]]:
        """Return the workers that have a job and the process ids of those that hold it, as soon as there are any."""
        while True:
            rows = execute(self._cluster.database.url, "SELECT worker FROM jobs WHERE state = 'running'")
            # A worker's name is HOST:PID:RANDOM.
            holders = {int(str(name).split(":")[1]) for (name,) in rows}
            busy = [(worker, pid) for worker in self._cluster.workers for pid in holders & set(worker.descendants())]
            if busy:
                return busy
            time.sleep(_POLL_S)

    def _drain(self) -> int:
        give_up_at = time.monotonic() + _DRAIN_S
        while (left := unended(self._cluster)) and time.monotonic() < give_up_at:
            time.sleep(_POLL_S)
        return left


def _gone(leave: Callable[[], object], seconds: float, come_back: Callable[[], object]) -> None:
    leave()
    time.sleep(seconds)
    come_back()


def run_trial(extent: Extent, say: Callable[[str], None] = print) -> tuple[Verdict, str]:
    """Start a deployment, run the trial, and return what it found, with the deployment's log.

    Raises:
        NotInstalled: a server's program is not on this machine.
    """
    with running_cluster(settings=SETTINGS) as cluster:
        open_journal(cluster)
        verdict = Trial(cluster, extent, say).run()
        return verdict, cluster.log()
