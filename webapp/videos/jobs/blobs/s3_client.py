"""boto3's client of one bucket: the first contact, and its errors in sentences."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, NoCredentialsError

from webapp.config import BadDeployment
from webapp.videos.jobs.blobs.store import unavailable

log = logging.getLogger(__name__)

_RETRY_S = 1.0
_CONFIG = Config(
    connect_timeout=3,
    read_timeout=20,
    retries={"total_max_attempts": 2, "mode": "standard"},
    max_pool_connections=32,
    # Stores other than Amazon's refuse the checksums that are sent by default, or send none.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


def connect(bucket: str, wait_s: float) -> Any:
    """Return a client whose requests for the bucket are answered.

    Args:
        bucket: its name.
        wait_s: a store that does not answer yet is waited for: servers start in any order.

    Raises:
        BadDeployment: the bucket cannot be used; the sentence says why.
    """
    give_up_at = time.monotonic() + wait_s
    while True:
        try:
            client = boto3.session.Session().client("s3", config=_CONFIG)
            client.head_bucket(Bucket=bucket)
            return client
        except (BotoCoreError, ClientError, ValueError) as error:
            if not _may_pass(error) or time.monotonic() > give_up_at:
                raise BadDeployment(_why_unusable(bucket, error)) from error
        time.sleep(_RETRY_S)


@contextmanager
def translated() -> Iterator[None]:
    """Translate boto3's errors into those of `BlobStore`."""
    try:
        yield
    except ClientError as error:
        if _code(error) in ("NoSuchKey", "404"):
            raise FileNotFoundError("there is no such object") from error
        log.warning("the bucket refuses a request: %s", _code(error))
        raise unavailable() from error
    except (BotoCoreError, HTTPClientError) as error:
        log.warning("the bucket cannot be reached: %s", type(error).__name__)
        raise unavailable() from error


def _may_pass(error: Exception) -> bool:
    if isinstance(error, ClientError):
        return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) >= 500
    return isinstance(error, (ConnectionError, HTTPClientError))


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _why_unusable(bucket: str, error: Exception) -> str:
    if isinstance(error, NoCredentialsError):
        return "S3_BUCKET needs the keys of its store in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    if isinstance(error, ClientError) and not _may_pass(error):
        code = _code(error)
        if code in ("404", "NoSuchBucket"):
            return f"S3_BUCKET names {bucket!r}, and there is no such bucket."
        return f"S3_BUCKET names {bucket!r}, and its store refuses these keys ({code})."
    if isinstance(error, (ClientError, HTTPClientError, BotoCoreError)):
        return (
            f"The store of the bucket {bucket!r} cannot be reached ({type(error).__name__}); see AWS_ENDPOINT_URL_S3."
        )
    return f"The store of the bucket {bucket!r} cannot be used: {error}."
