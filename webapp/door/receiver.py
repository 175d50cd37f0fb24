"""The receiver of counts, from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from webapp.config import Settings

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Receiver:
    """Where counts go.

    Args:
        https: http is for this machine alone.
        host: name or address.
        port: of the host.
        target: path and query.
        key: of the signature.
    """

    https: bool
    host: str
    port: int
    target: str
    key: str


def receiver_of(settings: Settings) -> Receiver | None:
    """Return the receiver that the settings name, None where they name none.

    Raises:
        ValueError: the address is no https address, or the key is missing.
    """
    if not settings.door_counts_url:
        return None
    name = "MASK_MIRROR_DOOR_COUNTS_URL"
    try:
        url = urlsplit(settings.door_counts_url)
        port = url.port
    except ValueError:
        raise ValueError(f"{name} is not an address.") from None
    host = url.hostname or ""
    if url.scheme not in ("https", "http") or not host or url.username is not None:
        raise ValueError(f"{name} must be an address like https://counts.example.org/door, without a password.")
    if url.scheme == "http" and host not in _LOOPBACK:
        raise ValueError(f"{name} must begin with https://, unless the receiver is on this machine.")
    if not settings.door_counts_key:
        raise ValueError("MASK_MIRROR_DOOR_COUNTS_KEY is missing: counts are signed with it.")
    https = url.scheme == "https"
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    if not (host + target).isascii() or not target.isprintable() or " " in target:
        raise ValueError(f"{name} must be written in ASCII, as browsers show it when it is copied.")
    return Receiver(https, host, port or (443 if https else 80), target, settings.door_counts_key)
