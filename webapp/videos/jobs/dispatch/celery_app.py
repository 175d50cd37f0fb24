"""The Celery app of both ends: one task without a result, one queue in Redis, JSON alone."""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from celery import Celery

from webapp.config import BadDeployment, Settings

TASK = "mask_mirror.video_waits"
QUEUE = "mask_mirror.videos"

_CERTIFICATES = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


def create_celery(settings: Settings, socket_timeout_s: float) -> Celery:
    """Return the app; nothing is connected yet.

    Args:
        settings: `redis_url` counts.
        socket_timeout_s: longest wait for Redis to answer.

    Raises:
        BadDeployment: the URL cannot be read.
    """
    url, tls = redis_address(settings.redis_url)
    app = Celery("mask_mirror", broker=url, set_as_current=False)
    app.conf.update(
        broker_use_ssl=tls,
        broker_connection_timeout=socket_timeout_s,
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "socket_timeout": socket_timeout_s,
            "socket_connect_timeout": socket_timeout_s,
            # Of a message that nobody has acknowledged, its worker having died: the table is faster anyway.
            "visibility_timeout": 3600,
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0,
            "interval_max": 0,
        },
        accept_content=["json"],
        task_serializer="json",
        result_backend=None,
        task_ignore_result=True,
        task_default_queue=QUEUE,
        task_acks_late=True,
        task_create_missing_queues=False,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )
    app.conf.task_queues = None
    return app


def redis_address(redis_url: str) -> tuple[str, dict[str, Any] | None]:
    """Split the options of TLS off an address: `ssl_cert_reqs` (none, optional, required) and `ssl_ca_certs` (a file).

    Returns:
        The address without them, and what they say; None without TLS.

    Raises:
        BadDeployment: an option is none of these.
    """
    parts = urlsplit(redis_url)
    query = dict(parse_qsl(parts.query))
    wanted = query.pop("ssl_cert_reqs", "required").lower().removeprefix("cert_")
    authority = query.pop("ssl_ca_certs", None)
    if parts.scheme != "rediss":
        return redis_url, None
    if wanted not in _CERTIFICATES:
        raise BadDeployment("ssl_cert_reqs of REDIS_URL must be none, optional or required.")
    tls: dict[str, Any] = {"ssl_cert_reqs": _CERTIFICATES[wanted]}
    if authority:
        tls["ssl_ca_certs"] = authority
    if wanted == "none":
        tls["ssl_check_hostname"] = False
    return urlunsplit(parts._replace(query=urlencode(query))), tls
