"""An S3 store in this process, for tests: moto's server."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.mirror_process import free_port


@dataclass
class S3Server:
    """A running server.

    Args:
        endpoint: its address.
        bucket: the name of an empty bucket in it.
    """

    port: int
    bucket: str
    _server: Any

    @property
    def variables(self) -> dict[str, str]:
        """Return the environment of processes that use the bucket."""
        return {
            "S3_BUCKET": self.bucket,
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def listed(self) -> list[str]:
        """Return the keys of all objects."""
        listed = self.client().list_objects_v2(Bucket=self.bucket)
        return [item["Key"] for item in listed.get("Contents", [])]

    def client(self) -> Any:
        """Return a client of boto3."""
        import boto3

        variables = self.variables
        return boto3.client(
            "s3",
            endpoint_url=variables["AWS_ENDPOINT_URL_S3"],
            aws_access_key_id="key",
            aws_secret_access_key="secret",
            region_name="us-east-1",
        )

    def stop(self) -> None:
        """Let it be gone: nobody answers at its port. What it holds stays."""
        self._server.stop()

    def start(self) -> None:
        """Let it answer again."""
        self._server = _started(self.port)


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Run a server until the block ends; the test is skipped where moto is not installed."""
    pytest.importorskip("boto3", reason="boto3 is not installed: requirements-scale.txt")
    pytest.importorskip("moto", reason="moto is not installed: requirements-dev.txt")
    port = free_port()
    server = S3Server(port, f"videos-{secrets.token_hex(4)}", _started(port))
    try:
        server.client().create_bucket(Bucket=server.bucket)
        yield server
    finally:
        server.stop()


def _started(port: int) -> Any:
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    return server
