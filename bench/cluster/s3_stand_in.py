"""A stand-in for an S3 store, as a server program; see `s3_process.py`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.cluster.servers import Server, free_port, listens, server_folder

BUCKET = "videos"

_PROGRAM = Path(__file__).resolve().parent / "s3_process.py"


class S3StandIn(Server):
    """The running process, see `Server`; `url` is the endpoint."""

    def leave(self) -> None:
        """Refuse connections until `come_back`; objects are kept."""
        assert self.process is not None
        self.process.send_signal(signal.SIGUSR1)

    def come_back(self) -> None:
        """Answer again."""
        assert self.process is not None
        self.process.send_signal(signal.SIGUSR2)

    def variables(self) -> dict[str, str]:
        """Return the environment of processes that use its bucket."""
        return {
            "S3_BUCKET": BUCKET,
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def listed(self) -> list[str]:
        """Return the keys of all objects."""
        pages = _client(self.url).get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return [item["Key"] for page in pages for item in page.get("Contents", ())]


@contextmanager
def s3_stand_in(parent: Path | None = None) -> Iterator[S3StandIn]:
    """Run a store with one empty bucket until the block ends.

    Args:
        parent: gets its folder; None for the system's folder of temporary files.
    """
    with server_folder("s3", parent) as folder:
        port = free_port()
        command = [sys.executable, "-P", str(_PROGRAM), "--port", str(port)]
        server = S3StandIn(command, port, folder, f"http://127.0.0.1:{port}", lambda: listens(port))
        server.start()
        try:
            _client(server.url).create_bucket(Bucket=BUCKET)
            yield server
        finally:
            server.stop(signal.SIGTERM)


def _client(url: str) -> Any:
    import boto3

    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=url, **keys)
