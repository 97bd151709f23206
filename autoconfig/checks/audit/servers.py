"""Rules on the servers: what mechanisms and SRV records say of them, and what they say themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from heapq import nsmallest
from typing import Any
from urllib.parse import urlsplit

import dns.zone
from dns.rdatatype import RdataType

from autoconfig.address import Address
from autoconfig.checks.audit import remedies
from autoconfig.checks.audit.comparison import Difference, differences
from autoconfig.checks.audit.evidence import UNANSWERED, Document, Evidence, Reference, for_everybody
from autoconfig.checks.audit.mechanisms import LOGIN, MOZILLA, OF_OTHERS, PLACE
from autoconfig.checks.audit.rule import Hit, at_name
from autoconfig.discovery import Outcome
from autoconfig.dns import Absence, Answer, Srv
from autoconfig.dns.answers import SRV
from autoconfig.dns.srv import AUTODISCOVER, HTTPS_PORT, NOT_OFFERED, SERVICES, Service, rdata
from autoconfig.dns.survey import Declined, Offered
from autoconfig.dns.zone import TTL, zone
from autoconfig.errors import ParseError, RenderError
from autoconfig.model import Provider, Server, ServerType
from autoconfig.verification import Fault, Finding, Severity

_SRV_TYPES = frozenset(service.type for service in SERVICES)
_MOST_DIFFERENCES = 8  # of one document that are told
_MOST_TARGETS = 32  # of one service: as many as a survey looks at
_NOT_THERE = frozenset(
    {Fault.NAME_UNRESOLVED, Fault.CONNECTION_REFUSED, Fault.CONNECTION_TIMEOUT, Fault.SILENT, Fault.CLOSED}
)
"""What a target of an SRV record has where there is no service."""


def disagreement(evidence: Evidence) -> Iterator[Hit]:
    reference = evidence.reference
    if reference is None:
        return
    for document, urls in _distinct(evidence):
        found = _differences(document, reference, evidence.address)
        if found:
            remedy = remedies.corrected(document, found[:_MOST_DIFFERENCES], evidence)
            if document.source in OF_OTHERS:
                remedy = f"tell who keeps {document.url}; {remedy}"
            yield Hit(document.url, f"{', '.join(urls)}: {_told(found)}, by {reference.name}", remedy)
    yield from _srv_disagreement(evidence, reference)


def _told(found: Sequence[object]) -> str:
    more = f"; and {len(found) - _MOST_DIFFERENCES} more" if len(found) > _MOST_DIFFERENCES else ""
    return "; ".join(map(str, found[:_MOST_DIFFERENCES])) + more


def _distinct(evidence: Evidence) -> Iterator[tuple[Document, list[str]]]:
    """The documents that https gave, with all URLs of those that name the same servers in the same way."""
    groups: dict[tuple[str, tuple[Server, ...]], list[Document]] = {}
    for document in evidence.documents:
        if document.url.startswith("https://") and _counts(document, evidence):
            groups.setdefault((document.mechanism.format, document.provider.servers), []).append(document)
    for documents in groups.values():
        yield documents[0], [document.url for document in documents]


def _counts(document: Document, evidence: Evidence) -> bool:
    """What the MX host's provider says is of no weight where the domain itself speaks."""
    return document.source != "mx" or not any(it.is_served for it in evidence.own if it.mechanism is MOZILLA)


def _differences(document: Document, reference: Reference, address: Address) -> tuple[Difference, ...]:
    """The fewest differences to what the document would be if it were written for everybody, or for the address."""
    said, known = document.mechanism, reference.mechanism
    types = said.types & (known.types if known is not None else _types_of(reference))
    fields = [name for name in said.fields if name in (known.fields if known is not None else _fields_of(reference))]
    ours = _of_types(document.provider.for_address(address), types)
    try:
        wanted = [said.read(said.rendered(reference.provider, who)).provider for who in (None, address) if said.read]
    except (RenderError, ParseError):
        return ()
    found = (
        differences(ours, _of_types(provider.for_address(address), types), fields, whole=reference.is_definition)
        for provider in wanted
    )
    fewest = min(found, key=len, default=())
    return tuple(difference.changed_by(partial(for_everybody, address=address)) for difference in fewest)


def _types_of(reference: Reference) -> frozenset[ServerType]:
    return frozenset(ServerType) if reference.is_definition else _SRV_TYPES


def _fields_of(reference: Reference) -> tuple[str, ...]:
    return PLACE + LOGIN if reference.is_definition else PLACE


def _of_types(provider: Provider, types: frozenset[ServerType]) -> list[Server]:
    return [server for server in provider.servers if server.type in types and not server.is_gap]


def _srv_disagreement(evidence: Evidence, reference: Reference) -> Iterator[Hit]:
    if reference.is_srv:
        return
    said: dict[str, str] = {}
    for service, wanted in _expected(evidence).items():
        text = _difference_of(service, wanted, evidence, whole=reference.is_definition)
        if text:
            said[f"{service.label}._tcp"] = text
    if said:
        place = at_name(f"{next(iter(said))}.{evidence.domain}", "SRV")
        yield Hit(place, f"{_told(list(said.values()))}, by {reference.name}", remedies.records(evidence, said))


def _difference_of(service: Service, wanted: frozenset[tuple[str, int]], evidence: Evidence, *, whole: bool) -> str:
    word, result = evidence.survey.said[service], evidence.services[service]
    if isinstance(word, Declined):
        return f"{service.label} is declined, but should be at {_places(wanted)}" if wanted else ""
    if not isinstance(word, Offered) or not isinstance(result, Answer):
        return ""
    dead = {(record.target, record.port) for record, _ in _dead(service, evidence)}
    there = frozenset((it.target, it.port) for it in result.records if it.target != NOT_OFFERED) - dead
    extra, lacking = there - wanted, wanted - there
    if not there or not (extra or lacking) or (not whole and not (extra and lacking)) or (dead and not extra):
        return ""
    return f"{service.label} is at {_places(there)}" + (f" for {_places(wanted)}" if wanted else ", but not offered")


def _places(places: frozenset[tuple[str, int]]) -> str:
    return " and ".join(sorted(f"{host}:{port}" for host, port in places))


def _expected(evidence: Evidence) -> dict[Service, frozenset[tuple[str, int]]]:
    """Where the zone of the reference has each service; nowhere where it declines it or cannot say it."""
    assert evidence.reference is not None
    try:
        fragment = zone(evidence.reference.provider, evidence.domain)
    except RenderError:
        return {}
    records = dns.zone.from_text(fragment.decode("ascii"), check_origin=False, relativize=False)
    found: dict[Service, frozenset[tuple[str, int]]] = {}
    for service in SERVICES:
        rdataset: Any = records.get_rdataset(service.name(evidence.domain) + ".", RdataType.SRV)
        targets = [SRV.read(data) for data in rdataset or ()]
        found[service] = frozenset((it.target, it.port) for it in targets if it.target != NOT_OFFERED)
    return found


def service_without_srv(evidence: Evidence) -> Iterator[Hit]:
    reference = evidence.reference
    if reference is None or reference.is_srv or evidence.is_silent:
        return
    wanted = {service: places for service, places in _expected(evidence).items() if places}
    absent = [service for service in wanted if isinstance(evidence.survey.said[service], Absence)]
    if absent:
        text = "; ".join(f"no {service.label}, though {_places(wanted[service])} is offered" for service in absent)
        labels = [f"{service.label}._tcp" for service in absent]
        place = at_name(absent[0].name(evidence.domain), "SRV")
        yield Hit(place, f"{text}, by {reference.name}", remedies.records(evidence, labels))


def srv_without_service(evidence: Evidence) -> Iterator[Hit]:
    for service in evidence.services:
        dead = list(_dead(service, evidence))
        if dead:
            text = _told([f"{record.target}:{record.port}: {reason}" for record, reason in dead])
            lines = [f"{service.label}._tcp {TTL} IN SRV {rdata(record).to_text()}" for record, _ in dead]
            place = at_name(service.name(evidence.domain), "SRV")
            yield Hit(place, text, remedies.removed(evidence, lines))


def _dead(service: Service, evidence: Evidence) -> Iterator[tuple[Srv, str]]:
    """The records whose target is not there. Those that others name too are servers that fail."""
    word, result = evidence.survey.said[service], evidence.services[service]
    if not isinstance(word, Offered) or not isinstance(result, Answer):
        return
    usable = {(target.host, target.port) for target in word.targets}
    silent = _silent_targets(evidence)
    known = set(map(_target_of, _servers_of_reference(evidence)))
    for record in nsmallest(_MOST_TARGETS, result.records, key=lambda record: record.priority):
        place = (record.target, record.port)
        if record.target == NOT_OFFERED or place in known:
            continue
        if place not in usable and record.target.isascii():
            yield record, "the target has no address, or is none"
        elif (service.type, *place) in silent:
            yield record, silent[service.type, *place]


def _servers_of_reference(evidence: Evidence) -> tuple[Server, ...]:
    reference = evidence.reference
    if reference is None or reference.is_srv:
        return ()
    return reference.provider.for_address(evidence.address).servers


def _silent_targets(evidence: Evidence) -> dict[tuple[ServerType, str, int], str]:
    """The targets where nothing answers, and why that is known."""
    found: dict[tuple[ServerType, str, int], str] = {}
    for report in evidence.reports:
        for finding in report.findings if report.server in evidence.srv_only else ():
            if finding.id in _NOT_THERE:
                found[report.server.type, *_target_of(report.server)] = finding.text
    for answer in evidence.own:
        is_absent = answer.outcome in UNANSWERED or (answer.outcome is Outcome.NOTHING and not answer.is_served)
        if answer.source == "autodiscover" and answer.is_https and is_absent:
            found[AUTODISCOVER.type, answer.host, HTTPS_PORT] = answer.detail or str(answer.outcome)
    return found


def server_fails(evidence: Evidence) -> Iterator[Hit]:
    yield from _of_servers(evidence, Severity.ERROR)


def server_weak(evidence: Evidence) -> Iterator[Hit]:
    yield from _of_servers(evidence, Severity.WARNING)


def _of_servers(evidence: Evidence, severity: Severity) -> Iterator[Hit]:
    """One finding for each host and fault, however many servers of the host have it."""
    groups: dict[tuple[str, str], list[tuple[Server, Finding]]] = {}
    for server, finding in _findings(evidence):
        if finding.severity is severity:
            groups.setdefault((server.hostname or place_of(server), finding.id), []).append((server, finding))
    for found in groups.values():
        server, finding = found[0]
        places = ", ".join(dict.fromkeys(place_of(server) for server, _ in found))
        yield Hit(place_of(server), f"{places}: {finding.text} [{finding.id}]", remedies.of_server(server, finding))


def _findings(evidence: Evidence) -> Iterator[tuple[Server, Finding]]:
    """What was found of servers, without what says that an SRV record leads nowhere."""
    for report in evidence.reports:
        is_elsewhere = report.server in evidence.srv_only and any(it.id in _NOT_THERE for it in report.findings)
        for finding in () if is_elsewhere else report.findings:
            yield report.server, finding


def _target_of(server: Server) -> tuple[str, int]:
    """Host and port."""
    if server.hostname and server.port:
        return server.hostname.lower(), server.port
    url = urlsplit(server.url or "")
    return url.hostname or "", url.port or HTTPS_PORT


def place_of(server: Server) -> str:
    """A server as a URL."""
    if server.hostname:
        return f"{server.type}://{server.hostname}:{server.port}"
    return server.url or server.ews_url or server.eas_url or server.owa_url or ""


def too_many_servers(evidence: Evidence) -> Iterator[Hit]:
    if evidence.unverified:
        names = ", ".join(place_of(server) for server in evidence.unverified[:3])
        name = evidence.reference.name if evidence.reference is not None else "the SRV records"
        text = f"{len(evidence.unverified)} servers more than are verified, such as {names}"
        remedy = remedies.lines(f"take out of {name}", map(place_of, evidence.unverified[:_MOST_DIFFERENCES]))
        yield Hit(f"dns:{evidence.domain}", text, remedy)
