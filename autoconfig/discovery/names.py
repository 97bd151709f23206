"""DNS as discovery needs it: records in order of preference or a miss, within a deadline."""

from __future__ import annotations

from copy import copy
from time import monotonic
from typing import Generic, TypeVar

import msgspec

from autoconfig.discovery.deadline import Deadline
from autoconfig.discovery.errors import MissedError
from autoconfig.discovery.results import Outcome
from autoconfig.dns.answers import MX, SRV, TXT, Absence, Answer, Failure, Mx, Result, Srv, Trouble
from autoconfig.dns.records import Resolver
from autoconfig.dns.srv import NOT_OFFERED, processing_order

Value = TypeVar("Value")


class Records(msgspec.Struct, Generic[Value], frozen=True):
    """At least one value, the most preferred first. `secure` tells that DNSSEC vouches for them."""

    values: tuple[Value, ...]
    secure: bool


class Names:
    """Looks names up. Each method raises `MissedError` where there is nothing; safe to share between threads."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def within(self, deadline: Deadline) -> Resolver:
        """The same resolver, with the same cache and threads, whose look-ups end by the deadline."""
        resolver = copy(self._resolver)
        resolver.lifetime = min(resolver.lifetime, deadline.remaining)
        return resolver

    def addresses(self, host: str, deadline: Deadline) -> tuple[str, ...]:
        """The IP addresses of a host. `localhost` is none of DNS's business (RFC 6761, section 6.3)."""
        if host == "localhost":
            return ("127.0.0.1", "::1")
        return _records(self._resolver.begin_addresses(host, self._end(deadline))()).values

    def mx(self, domain: str, deadline: Deadline) -> Records[str]:
        """The hosts that take a domain's mail, the best first."""
        found: Records[Mx] = _records(self._resolver.begin(MX, domain, self._end(deadline))())
        best_first = sorted(found.values, key=lambda record: (record.preference, record.host))
        hosts = tuple(record.host for record in best_first if record.host != NOT_OFFERED)
        if not hosts:
            raise MissedError(Outcome.NOTHING, f"{domain} takes no mail")
        return Records(hosts, found.secure)

    def srv(self, name: str, deadline: Deadline) -> Records[Srv]:
        """Where a service is, the best place first."""
        found: Records[Srv] = _records(self._resolver.begin(SRV, name, self._end(deadline))())
        offered = tuple(record for record in processing_order(found.values) if record.target != NOT_OFFERED)
        if not offered:
            raise MissedError(Outcome.NOTHING, f"{name} says that this is not offered")
        return Records(offered, found.secure)

    def txt(self, name: str, deadline: Deadline) -> Records[str]:
        """The texts at a name."""
        return _records(self._resolver.begin(TXT, name, self._end(deadline))())

    def _end(self, deadline: Deadline) -> float:
        return min(self._resolver.deadline(), monotonic() + deadline.remaining)


def _records(result: Result[Value]) -> Records[Value]:
    match result:
        case Answer():
            return Records(result.records, result.secure)
        case Absence():
            raise MissedError(Outcome.NOTHING, f"{result.name}: {result.why}")
        case Failure(why=Trouble.TIMEOUT):
            raise MissedError(Outcome.TIMEOUT, result.detail)
        case Failure():
            raise MissedError(Outcome.DNS_ERROR, result.detail)
