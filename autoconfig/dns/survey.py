"""What a domain says of its services, checked as far as DNS can tell, in two round trips.

The first asks for the SRV records, the paths beside them and a name that nobody uses, which gives wildcards away; the
second for the addresses of all targets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from heapq import nsmallest
from typing import TYPE_CHECKING

import msgspec
from dns.name import from_text
from dns.rdatatype import RdataType

from autoconfig.address import is_hostname, normalize_domain
from autoconfig.dns.answers import SRV, Absence, Answer, Failure, Nothing, RecordType, Result, Srv
from autoconfig.dns.records import Resolver
from autoconfig.dns.srv import HTTPS_PORT, NOT_OFFERED, URL_PATH, Service, processing_order, rdata
from autoconfig.domains import registrable_domain
from autoconfig.errors import AddressError

if TYPE_CHECKING:
    from dns.rdtypes.ANY.TXT import TXT

PROBE = "_autoconfig-probe"
"""A label that nobody uses: records of it come from a wildcard."""

_MOST_TARGETS = 32  # of one service that are looked at
_TEXTS: RecordType[TXT] = RecordType(RdataType.TXT, lambda rdata: rdata)


class CautionKind(StrEnum):
    """What is odd about what was found."""

    UNSIGNED = "not validated by DNSSEC"
    OFF_DOMAIN = "host of another domain"
    CONTRADICTION = "DNS contradicts the definition"
    ALIAS = "target is an alias"
    NO_ADDRESS = "target without address"
    BAD_TARGET = "target that cannot be used"
    BAD_PATH = "path that cannot be used"
    U_LABELS = "target in letters beyond ASCII"
    WILDCARD = "from a wildcard"
    TOO_MANY = "too many targets"
    UNKNOWN = "DNS did not answer"


class Caution(msgspec.Struct, frozen=True):
    """Something that a person should know of a name in DNS, or of a field of the provider."""

    kind: CautionKind
    about: str
    message: str

    def __str__(self) -> str:
        return f"{self.about}: {self.message}"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A place where a service is offered. `records` are those that say so, as in a zone file."""

    service: Service
    host: str
    port: int
    priority: int
    path: str | None
    records: tuple[str, ...]
    ttl: int
    secure: bool

    @property
    def url(self) -> str:
        """The URL of a service that is reached by one."""
        port = f":{self.port}" if self.port != HTTPS_PORT else ""
        return f"https://{self.host}{port}{self.path}"


class Offered(msgspec.Struct, frozen=True):
    """The service is offered at `targets`, in the order in which to try them; if there is none, none is usable."""

    targets: tuple[Target, ...]


class Declined(msgspec.Struct, frozen=True):
    """The domain says that it decidedly does not offer the service (RFC 2782, a target of `.`)."""

    record: str


Said = Offered | Declined | Absence | Failure


class Survey(msgspec.Struct, frozen=True):
    """What DNS says of each service that was asked for, and what is odd about it."""

    said: Mapping[Service, Said]
    cautions: tuple[Caution, ...]


def survey(
    resolver: Resolver, domain: str, services: Iterable[Service], *, deadline: float, seed: int | None = None
) -> Survey:
    """Ask for several services of a domain at once. Ends by `deadline`, a time of `time.monotonic()`.

    A wildcard's records say nothing of a service, unless they say that none is offered. `seed` makes the order among
    targets of equal priority repeatable.
    """
    services = tuple(services)
    if not services:
        return Survey({}, ())
    return _Surveyor(resolver, domain, deadline, seed).survey(services)


class _Surveyor:
    """One survey, and the cautions that gather on the way."""

    def __init__(self, resolver: Resolver, domain: str, deadline: float, seed: int | None) -> None:
        self._resolver = resolver
        self._domain = domain
        self._deadline = deadline
        self._seed = seed
        self._cautions: list[Caution] = []

    def survey(self, services: tuple[Service, ...]) -> Survey:
        said = self._ask(services)
        hosts = dict.fromkeys(target.host for target in _targets(said.values()))
        usable = self._with_address(list(hosts))
        for service, word in said.items():
            if isinstance(word, Offered):
                said[service] = Offered(tuple(target for target in word.targets if target.host in usable))
        self._check_trust([target for target in _targets(said.values()) if not target.secure])
        return Survey(said, tuple(self._cautions))

    def _ask(self, services: tuple[Service, ...]) -> dict[Service, Said]:
        names = {service: service.name(self._domain) for service in services}
        begin = self._resolver.begin
        records = {service: begin(SRV, name, self._deadline) for service, name in names.items()}
        texts = {service: begin(_TEXTS, name, self._deadline) for service, name in names.items() if service.path_in_txt}
        probe = begin(SRV, f"{PROBE}._tcp.{self._domain}", self._deadline)
        return {
            service: self._said(service, records[service](), texts[service]() if service in texts else None, probe())
            for service in services
        }

    def _said(self, service: Service, result: Result[Srv], texts: Result[TXT] | None, probe: Result[Srv]) -> Said:
        if not isinstance(result, Answer):
            return result
        if all(record.target == NOT_OFFERED for record in result.records):
            return Declined(_line(result, result.records[0]))
        if result.wildcard or shared_with_probe(result, probe):
            self._note(CautionKind.WILDCARD, result.name, "its records answer for every service, so not for this one")
            return Absence(name=result.name, why=Nothing.NO_DATA, ttl=result.ttl, secure=result.secure)
        path, path_line, secure = self._path(service, texts)
        return Offered(
            tuple(
                Target(
                    service=service,
                    host=host,
                    port=record.port,
                    priority=record.priority,
                    path=path,
                    records=(_line(result, record), *path_line),
                    ttl=result.ttl,
                    secure=result.secure and secure,
                )
                for record in processing_order(self._first(result), self._seed)
                if (host := self._host(record, result.name)) is not None
            )
        )

    def _first(self, answer: Answer[Srv]) -> tuple[Srv, ...]:
        if len(answer.records) <= _MOST_TARGETS:
            return answer.records
        message = f"has {len(answer.records)} records, of which the first {_MOST_TARGETS} by priority are looked at"
        self._note(CautionKind.TOO_MANY, answer.name, message)
        return tuple(nsmallest(_MOST_TARGETS, answer.records, key=lambda record: record.priority))

    def _host(self, record: Srv, name: str) -> str | None:
        """The host name of a target as A-labels, or None if it is none."""
        if record.port and is_hostname(record.target):
            return record.target
        host = _from_u_labels(record.target) if record.port else None
        if host is None:
            message = f"{record} is left out: its target is no host name, or its port is 0"
            self._note(CautionKind.BAD_TARGET, name, message)
        else:
            self._note(CautionKind.U_LABELS, name, f"the target should be written in ASCII, as {host}")
        return host

    def _path(self, service: Service, texts: Result[TXT] | None) -> tuple[str | None, tuple[str, ...], bool]:
        """The path of a service, the record that says so, if any, and whether DNSSEC vouches for it."""
        if not isinstance(texts, Answer):
            return service.path, (), texts is None or (isinstance(texts, Absence) and texts.secure)
        for record in texts.records:
            for string in record.strings:
                key, _, path = string.decode("latin-1").partition("=")
                if key.lower() != "path":
                    continue
                if URL_PATH.fullmatch(path):
                    return path, (f"{texts.name}. {texts.ttl} IN TXT {record.to_text()}",), texts.secure
                message = f"{path!r} in its TXT record is no path of a URL, so {service.path} is taken"
                self._note(CautionKind.BAD_PATH, texts.name, message)
        return service.path, (), texts.secure

    def _with_address(self, hosts: list[str]) -> set[str]:
        """The hosts that have an address, or of which nobody knows whether they have one."""
        begin = self._resolver.begin_addresses
        begun = {host: begin(host, self._deadline) for host in hosts}
        probes = {parent: begin(f"{PROBE}.{parent}", self._deadline) for parent in set(map(_parent, hosts))}
        usable = set(hosts)
        for host, result in begun.items():
            match result():
                case Answer() as answer:
                    self._check_address(host, answer, probes[_parent(host)]())
                case Absence(why=why):
                    usable.remove(host)
                    self._note(CautionKind.NO_ADDRESS, host, f"has no address ({why}), so it is left out")
                case Failure(detail=detail):
                    self._note(CautionKind.UNKNOWN, host, f"nobody knows whether it has an address: {detail}")
        return usable

    def _check_address(self, host: str, answer: Answer[str], probe: Result[str]) -> None:
        if answer.canonical != host:
            message = f"is an alias of {answer.canonical}, which the target of an SRV record must not be (RFC 2782)"
            self._note(CautionKind.ALIAS, host, message)
        if answer.wildcard or shared_with_probe(answer, probe):
            message = "has the addresses that every name beside it has: perhaps there is no such host"
            self._note(CautionKind.WILDCARD, host, message)

    def _check_trust(self, unsigned: list[Target]) -> None:
        if not unsigned:
            return
        message = "its SRV records are not validated by DNSSEC, so anybody on the way can have changed them"
        self._note(CautionKind.UNSIGNED, self._domain, message)
        home = registrable_domain(self._domain) or self._domain
        for host in dict.fromkeys(target.host for target in unsigned):
            if (registrable_domain(host) or host) != home:
                message = f"is not of {home}, and only unsigned DNS says so: have it confirmed (RFC 6186, section 6)"
                self._note(CautionKind.OFF_DOMAIN, host, message)

    def _note(self, kind: CautionKind, about: str, message: str) -> None:
        self._cautions.append(Caution(kind, about, message))


def shared_with_probe(answer: Answer[Srv] | Answer[str], probe: Result[Srv] | Result[str]) -> bool:
    """Whether a name that nobody uses has the same records, so that a wildcard gave both."""
    return isinstance(probe, Answer) and set(probe.records) == set(answer.records)


def _targets(said: Iterable[Said]) -> Iterator[Target]:
    return (target for word in said if isinstance(word, Offered) for target in word.targets)


def _line(answer: Answer[Srv], record: Srv) -> str:
    return f"{answer.name}. {answer.ttl} IN SRV {rdata(record).to_text()}"


def _parent(host: str) -> str:
    return host.partition(".")[2]


def _from_u_labels(target: str) -> str | None:
    """A name that somebody put into DNS as UTF-8. A dot inside a label must not become one between labels."""
    labels = from_text(target).labels
    if any(b"." in label for label in labels):
        return None
    try:
        return normalize_domain(b".".join(labels).decode("utf-8"))
    except (UnicodeDecodeError, AddressError):
        return None
