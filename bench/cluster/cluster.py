"""A whole deployment on the loopback address: nginx, web processes, workers, PostgreSQL, Redis, an S3 store."""

from __future__ import annotations

import os
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.cluster.nginx import nginx
from bench.cluster.replica import Replica
from bench.cluster.s3_stand_in import S3StandIn, s3_stand_in
from bench.cluster.servers import Server, free_port, postgres, redis

_START_S = 120.0


@dataclass
class Cluster:
    """The parts of a running deployment.

    Args:
        folder: has the folders of all servers, and the logs of the replicas.
        database: PostgreSQL.
        redis: brings hints; None without.
        store: has the videos.
        proxy: nginx.
        web, workers: the replicas.
    """

    folder: Path
    database: Server
    redis: Server | None
    store: S3StandIn
    proxy: Server
    web: list[Replica] = field(default_factory=list)
    workers: list[Replica] = field(default_factory=list)

    def log(self, last_chars: int = 4000) -> str:
        """Return the end of what each replica has logged."""
        return "\n".join(f"== {name}\n{text[-last_chars:]}" for name, text in self._logs().items())

    def hung(self) -> int:
        """Return how many processes were killed by the ones that watch them, as they had hung."""
        return sum(text.count(" has hung for ") for text in self._logs().values())

    def _logs(self) -> dict[str, str]:
        return {path.name: path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log"))}


@contextmanager
def running_cluster(
    web: int = 2,
    workers: int = 2,
    with_redis: bool = True,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    """Run a deployment until the block ends.

    Args:
        web: number of web processes.
        workers: number of workers.
        with_redis: whether workers get hints.
        port: of nginx; None for a free one.
        settings: further environment variables of web processes and workers.

    Raises:
        NotInstalled: a server's program is not on this machine.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mask-mirror-cluster-")))
        folder.chmod(0o711)  # PostgreSQL may run under another account
        database = stack.enter_context(postgres(parent=folder))
        hints = stack.enter_context(redis(parent=folder)) if with_redis else None
        store = stack.enter_context(s3_stand_in(parent=folder))
        environ = (
            os.environ
            | store.variables()
            | {
                "DATABASE_URL": database.url,
                "SECRET_KEY": "of the cluster on this machine",
                "MASK_MIRROR_EMBEDDED_WORKER": "no",
                "MASK_MIRROR_TRUSTED_PROXIES": "1",
            }
        )
        if hints is not None:
            environ["REDIS_URL"] = hints.url
        environ |= settings or {}

        def replica(name: str, *arguments: str) -> Replica:
            # Each has a folder of its own, as on a machine of its own: videos lie in the store alone.
            own = {"MASK_MIRROR_DATA_FOLDER": str(folder / name)}
            return Replica(name, ["-m", "webapp", *arguments], environ | own, folder / f"{name}.log")

        ports = [free_port() for _ in range(web)]
        servers = [replica(f"web-{number}", "--port", str(at)) for number, at in enumerate(ports, 1)]
        crew = [replica(f"worker-{number}", "worker") for number in range(1, workers + 1)]
        for one in (*servers, *crew):
            stack.callback(one.stop)
        for one in (*servers, *crew):
            stack.callback(one.ask_to_stop)  # called first: all end at once, then each is waited for
            one.start()
        proxy = stack.enter_context(nginx(ports, port, folder))
        cluster = Cluster(folder, database, hints, store, proxy, servers, crew)
        for at in ports:
            _wait_until_ready(at, cluster)
        yield cluster


def _wait_until_ready(port: int, cluster: Cluster) -> None:
    give_up_at = time.monotonic() + _START_S
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
            return
        except OSError:
            if time.monotonic() > give_up_at:
                raise RuntimeError(f"a web process did not start: {cluster.log()}") from None
            time.sleep(0.1)
