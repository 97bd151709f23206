"""Verifies the servers that an audit came upon: few enough, and only those that may be talked to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from autoconfig.address import is_ip_address
from autoconfig.checks.audit.evidence import Evidence
from autoconfig.discovery.public_addresses import is_public
from autoconfig.dns import Absence, Answer, Failure, Resolver, Trouble
from autoconfig.dns.srv import AUTODISCOVER, HTTPS_PORT
from autoconfig.dns.survey import Offered, Survey
from autoconfig.model import TCP_TYPES, Provider, Server
from autoconfig.verification import Fault, ServerReport, verify
from autoconfig.verification.connect import Resolves
from autoconfig.verification.faults import finding

MOST_SERVERS = 32


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """How servers are verified: the options of `autoconfig.audit` that matter."""

    resolver: Resolver
    timeout: float
    ca_file: str | None
    ports: Mapping[int, int]
    allow_private: bool


def with_reports(evidence: Evidence, means: Means) -> Evidence:
    """The evidence with what the servers say: those of the reference, and those that SRV records alone name."""
    reference = evidence.reference
    known: tuple[Server, ...] = ()
    if reference is not None and not reference.is_srv:
        known = reference.provider.for_address(evidence.address).servers
    places = set(map(_place, known))
    srv_only = [server for server in _srv_servers(evidence.survey) if _place(server) not in places]
    servers = tuple(dict.fromkeys(server for server in (*known, *srv_only) if not server.is_gap))
    return replace(
        evidence,
        reports=_verified(servers[:MOST_SERVERS], evidence.domain, means),
        srv_only=frozenset(srv_only),
        unverified=servers[MOST_SERVERS:],
    )


def _place(server: Server) -> tuple[object, ...]:
    """Where a server is. Of a URL the host is enough: SRV records need not know the path."""
    url = urlsplit(server.url or "")
    return server.type, (server.hostname or url.hostname or "").lower(), server.port or url.port


def _srv_servers(survey: Survey) -> Iterator[Server]:
    for service, word in survey.said.items():
        if service is AUTODISCOVER or not isinstance(word, Offered):
            continue
        for target in word.targets:
            if service.path is not None:
                yield Server(type=service.type, url=target.url)
            else:
                yield Server(type=service.type, hostname=target.host, port=target.port, socket_type=service.socket_type)


def _verified(servers: Iterable[Server], domain: str, means: Means) -> tuple[ServerReport, ...]:
    """Talk with servers. Where private addresses are refused, so is what could lead to one by a redirect."""
    provider = Provider(id=domain, name=domain, servers=tuple(servers))
    kept = [server for server in provider.servers if means.allow_private or _is_resolved(server)]
    asked = replace(provider, servers=tuple(_at_ports(server, means.ports) for server in kept))
    resolver: Resolves = means.resolver if means.allow_private else _PublicOnly(means.resolver)
    report = verify(asked, resolver=resolver, timeout=means.timeout, ca_file=means.ca_file)
    by_server = dict(zip(kept, report.servers, strict=True))
    return tuple(
        replace(by_server.get(server, _left_out(server)), server=server, field=f"servers[{index}]")
        for index, server in enumerate(provider.servers)
    )


def _left_out(server: Server) -> ServerReport:
    text = "not examined, as it may lead to an address that is not of the public internet"
    return ServerReport(server=server, field="", seconds=0.0, findings=(finding(Fault.NOT_EXAMINED, text),))


def _is_resolved(server: Server) -> bool:
    """Whether the only way to the server is a host name, whose addresses can be looked at first."""
    return server.type in TCP_TYPES and server.hostname is not None and not is_ip_address(server.hostname)


def _at_ports(server: Server, ports: Mapping[int, int]) -> Server:
    """The server at the port to connect to in the place of its own."""
    if server.hostname is not None:
        return replace(server, port=ports.get(server.port or 0, server.port))
    if server.url is None or not ports:
        return server
    url = urlsplit(server.url)
    port = ports.get(url.port or HTTPS_PORT)
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    return server if port is None else replace(server, url=url._replace(netloc=f"{host}:{port}").geturl())


class _PublicOnly:
    """A resolver that gives no addresses but those of the public internet."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def begin_addresses(
        self, name: str, deadline: float | None = None
    ) -> Callable[[], Answer[str] | Absence | Failure]:
        pending = self._resolver.begin_addresses(name, deadline)
        return lambda: _public(pending())


def _public(result: Answer[str] | Absence | Failure) -> Answer[str] | Absence | Failure:
    if not isinstance(result, Answer):
        return result
    records = tuple(address for address in result.records if is_public(address))
    if records:
        return replace(result, records=records)
    detail = f"{result.name} is at {result.records[0]}, which is not of the public internet"
    return Failure(name=result.name, why=Trouble.REFUSED, detail=detail)
