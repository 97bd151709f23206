"""Customers' domains: the provider whose MX host takes a domain's mail, found by asking DNS.

Answers and their absence are remembered for as long as DNS allows, failures for half a minute. Only a few requests
wait for DNS at a time, so that there is always somebody free to answer for the domains that are known.
"""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from autoconfig.catalog import Catalog
from autoconfig.model import Provider
from autoconfig.server.memory import Memory

if TYPE_CHECKING:
    from autoconfig.dns import Mx, Resolver, Result

_SHORTEST, _LONGEST = 30.0, 3600.0  # seconds
_SIZE = 10_000
_Hosts = tuple[str, ...]


class MxHosts:
    """The most preferred MX hosts of domains.

    Args:
        resolver: its `lifetime` bounds each look-up.
        waiting: look-ups at one time; a request beyond them is told that there is nothing.
    """

    def __init__(self, resolver: Resolver, waiting: int = 8) -> None:
        self._resolver = resolver
        self._known: Memory[_Hosts | None] = Memory(_SIZE)
        self._turns = BoundedSemaphore(waiting)

    def of(self, domain: str) -> _Hosts:
        """The hosts, which are none too if DNS does not tell in time."""
        known = self._known.get(domain, None)
        if known is not None:
            return known
        if not self._turns.acquire(blocking=False):
            return ()
        try:
            result = self._resolver.mx(domain)
        finally:
            self._turns.release()
        hosts, seconds = _read(result)
        self._known.put(domain, hosts, max(_SHORTEST, min(seconds, _LONGEST)))
        return hosts


def _read(result: Result[Mx]) -> tuple[_Hosts, float]:
    from autoconfig.dns import Absence, Answer

    match result:
        case Answer(records=records, ttl=ttl):
            best = min(record.preference for record in records)
            return tuple(record.host for record in records if record.preference == best), ttl
        case Absence(ttl=ttl):
            return (), ttl
    return (), 0.0


def provider_by_mx(catalog: Catalog, hosts: MxHosts, domain: str) -> Provider | None:
    """The provider that takes the mail of a domain, or None; a name without a dot is no mail domain of anybody."""
    if "." not in domain:
        return None
    found = (catalog.find_by_mx(host) for host in hosts.of(domain))
    return next((provider for provider in found if provider is not None), None)
