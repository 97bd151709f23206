"""Whether DNS publishes what a zone fragment says: each record there, missing, otherwise or unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import partial
from typing import Any

import dns.zone
import msgspec
from dns.rdataset import Rdataset
from dns.rdatatype import RdataType

from autoconfig.dns.answers import SRV, TXT, Absence, Answer, Failure, RecordType, Result, name_text
from autoconfig.dns.records import Pending, Resolver


class Verdict(StrEnum):
    """How DNS compares with the fragment; `UNKNOWN` where it did not answer."""

    OK = "ok"
    MISSING = "missing"
    DRIFT = "drift"
    UNKNOWN = "unknown"


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Records of one name and type: what the fragment has, what DNS has instead, and how they compare.

    `found` tells the reason where the verdict is `UNKNOWN`.
    """

    name: str
    type: str
    verdict: Verdict
    expected: tuple[str, ...]
    found: tuple[str, ...] = ()


def compare(fragment: bytes, domain: str, resolver: Resolver) -> tuple[Comparison, ...]:
    """Ask DNS for every record of a zone fragment, all at once, within one lifetime of the resolver.

    An alias is as it should be if it leads to addresses of its target, by a CNAME or not.

    Args:
        fragment: as `zone` writes it.
        domain: the origin of the fragment.
        resolver: whom to ask; one that knows a single server compares that server.
    """
    zone = dns.zone.from_text(fragment.decode("ascii"), domain, check_origin=False, relativize=False)
    deadline = resolver.deadline()
    begun = [
        _begin(resolver, name_text(name), rdataset, deadline)
        for name, node in zone.nodes.items()
        for rdataset in node.rdatasets
    ]
    return tuple(finish() for finish in begun)


_READERS: dict[RdataType, RecordType[Any]] = {RdataType.SRV: SRV, RdataType.TXT: TXT}


def _begin(resolver: Resolver, name: str, rdataset: Rdataset, deadline: float) -> Callable[[], Comparison]:
    if rdataset.rdtype == RdataType.CNAME:
        target = name_text(rdataset[0].target)
        alias, home = resolver.begin_addresses(name, deadline), resolver.begin_addresses(target, deadline)
        return partial(_compared_alias, name, target, alias, home)
    type = _READERS[rdataset.rdtype]
    expected = tuple(sorted(str(type.read(rdata)) for rdata in rdataset))
    return partial(_compared, name, rdataset.rdtype.name, expected, resolver.begin(type, name, deadline))


def _compared(name: str, type: str, expected: tuple[str, ...], pending: Pending[Any]) -> Comparison:
    """Other texts may stand beside a TXT record of ours; other targets must not stand beside those of a service."""
    verdict, found = _heard(pending())
    if verdict is Verdict.OK:
        good = set(expected) <= set(found) if type == "TXT" else set(expected) == set(found)
        verdict = Verdict.OK if good else Verdict.DRIFT
    return Comparison(name=name, type=type, verdict=verdict, expected=expected, found=found)


def _compared_alias(name: str, target: str, alias: Pending[str], home: Pending[str]) -> Comparison:
    result, wanted = alias(), home()
    verdict, found = _heard(result)
    if isinstance(result, Answer) and result.canonical != target:
        addresses: Iterable[str] = wanted.records if isinstance(wanted, Answer) else ()
        verdict = Verdict.OK if set(found) <= set(addresses) else Verdict.DRIFT
    return Comparison(name=name, type="CNAME", verdict=verdict, expected=(target,), found=found)


def _heard(result: Result[Any]) -> tuple[Verdict, tuple[str, ...]]:
    match result:
        case Answer(records=records):
            return Verdict.OK, tuple(sorted(map(str, records)))
        case Absence():
            return Verdict.MISSING, ()
        case Failure(detail=detail):
            return Verdict.UNKNOWN, (detail,)
