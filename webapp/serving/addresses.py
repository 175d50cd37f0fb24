"""What each client address holds: so many connections, uploads or requests at most."""

from __future__ import annotations

import ipaddress
import threading
from collections import Counter

_IPV6_PREFIX = 64
"""Of one subscriber, who may use any address in it."""


class PlacesPerAddress:
    """Counts the places that each address holds, and gives one address so many at most.

    Args:
        most: places of one address; 0 for no limit.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def take(self, address: str) -> bool:
        """Take a place for an address, which `give_back` returns; False if it has enough."""
        key = subscriber(address)
        with self._lock:
            if self._most and self._taken[key] >= self._most:
                return False
            self._taken[key] += 1
            return True

    def give_back(self, address: str) -> None:
        """Return a place that `take` has given."""
        key = subscriber(address)
        with self._lock:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]


def subscriber(address: str) -> str:
    """Return what stands for whoever uses an address: the address, of IPv6 its /64, and any other text as it is."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _IPV6_PREFIX), strict=False))
    return str(found)
