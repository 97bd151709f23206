"""Gathers what an audit needs to know of a domain: from DNS, from every source of discovery and more."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator

import msgspec
from dns.rdatatype import RdataType
from msgspec.structs import replace

from autoconfig.address import Address, parse_address
from autoconfig.checks.audit.evidence import Alias, Document, Evidence, NamesSeen, Reference, WebAnswer, for_everybody
from autoconfig.checks.audit.mechanisms import OF_SOURCE, PACC
from autoconfig.discovery import Discovery
from autoconfig.discovery.http import Fetch
from autoconfig.dns import Answer, Resolver, Result, fill
from autoconfig.dns.answers import SRV, TXT, RecordType, name_text
from autoconfig.dns.srv import AUTODISCOVER, SERVICES
from autoconfig.dns.survey import shared_with_probe, survey
from autoconfig.domains import DISCOVERY_LABELS, registrable_domain
from autoconfig.errors import ParseError
from autoconfig.formats import pacc
from autoconfig.formats.web import web_address
from autoconfig.model import Provider

_SRV = "srv"
_CNAME: RecordType[str] = RecordType(RdataType.CNAME, lambda rdata: name_text(rdata.target))


def ask_names(resolver: Resolver, domain: str, end: float) -> NamesSeen:
    """Ask DNS for everything at once, and then for the targets of the SRV records. Ends by `end` of `monotonic()`."""
    names = [f"{label}.{domain}" for label in DISCOVERY_LABELS]
    nobody = f"x{secrets.token_hex(8)}.{domain}"
    back_off = _back_off_names(domain)
    addresses = {name: resolver.begin_addresses(name, end) for name in (*names, domain, nobody, *back_off)}
    targets = {name: resolver.begin(_CNAME, name, end) for name in names}
    services = {it: resolver.begin(SRV, it.name(domain), end) for it in (*SERVICES, AUTODISCOVER)}
    texts = resolver.begin(TXT, f"{pacc.RECORD}.{domain}", end)
    probe = addresses[nobody]()
    return NamesSeen(
        aliases=tuple(_alias(name, addresses[name](), targets[name](), probe) for name in names),
        services={service: pending() for service, pending in services.items()},
        survey=survey(resolver, domain, services, deadline=end),
        pacc_records=texts(),
        back_off=tuple(addresses[name]() for name in back_off),
        apex=addresses[domain](),
    )


def _alias(name: str, addresses: Result[str], target: Result[str], probe: Result[str]) -> Alias:
    is_wildcard = isinstance(addresses, Answer) and (addresses.wildcard or _same(addresses, probe))
    led_to = target.records[0] if isinstance(target, Answer) else None
    return Alias(name=name, addresses=addresses, target=led_to, is_wildcard=is_wildcard)


def _same(addresses: Answer[str], probe: Result[str]) -> bool:
    """Whether a random name leads to the same addresses, or to the same host, whose addresses may change."""
    led_on = isinstance(probe, Answer) and probe.canonical != probe.name and probe.canonical == addresses.canonical
    return led_on or shared_with_probe(addresses, probe)


def _back_off_names(domain: str) -> tuple[str, ...]:
    """The names that clients ask which take labels off the domain until nothing of it is left."""
    suffix = (registrable_domain(domain) or domain).partition(".")[2]
    labels = suffix.split(".") if suffix else []
    return tuple(f"autodiscover.{'.'.join(labels[index:])}" for index in range(len(labels)))


def gathered(
    domain: str, discovery: Discovery, fetches: Iterable[Fetch], seen: NamesSeen, definition: Provider | None
) -> Evidence:
    """All that was asked and answered, but for the servers."""
    address = parse_address(discovery.address)
    answers = tuple(_web_answers(discovery, tuple(fetches)))
    documents = tuple(_documents(answers, address, seen))
    return Evidence(
        domain=domain,
        address=address,
        answers=answers,
        documents=documents,
        reference=_reference(domain, definition, discovery, documents),
        **msgspec.structs.asdict(seen),
    )


def _web_answers(discovery: Discovery, fetches: Iterable[Fetch]) -> Iterator[WebAnswer]:
    """The steps that asked a URL, each URL once for each source, with what was fetched."""
    by_url: dict[str, Fetch] = {}
    for fetch in fetches:
        by_url.setdefault(fetch.urls[0], fetch)
    seen: set[tuple[str, str]] = set()
    for step in discovery.trace:
        is_new = (step.source, step.query) not in seen
        if is_new and step.source in OF_SOURCE and web_address(step.query) is not None:
            seen.add((step.source, step.query))
            yield WebAnswer(
                source=step.source,
                url=step.query,
                outcome=step.outcome,
                detail=step.detail,
                fetch=by_url.get(step.query),
            )


def _documents(answers: Iterable[WebAnswer], address: Address, seen: NamesSeen) -> Iterator[Document]:
    """The settings that were read. An answer that only leads on has none, and PACC counts only with its digest."""
    records = seen.pacc_records.records if isinstance(seen.pacc_records, Answer) else ()
    for answer in answers:
        read = answer.mechanism.read
        if not answer.has_document or read is None:
            continue
        if answer.mechanism is PACC and not any(pacc.has_digest(record, answer.body) for record in records):
            continue
        try:
            provider = read(answer.body).provider
        except ParseError:
            continue
        yield Document(source=answer.source, url=answer.url, provider=_for_everybody(provider, address))


def _for_everybody(provider: Provider, address: Address) -> Provider:
    """The provider with placeholders in the place of the address, and without servers at what is no URL."""
    servers = (it for it in provider.servers if it.url is None or web_address(it.url) is not None)
    return replace(provider, servers=tuple(for_everybody(server, address) for server in servers))


def _reference(
    domain: str, definition: Provider | None, discovery: Discovery, documents: Iterable[Document]
) -> Reference | None:
    """The definition, or the best source that answered."""
    if definition is not None:
        return Reference(name=f"the definition {definition.id}", provider=definition, is_definition=True)
    by_source: dict[str, Document] = {}
    for document in documents:
        by_source.setdefault(document.source, document)
    for candidate in discovery.candidates:
        if candidate.source == _SRV:
            provider = _for_everybody(candidate.provider, parse_address(discovery.address))
            return Reference(name="SRV records", provider=_named(provider, domain))
        found = by_source.get(candidate.source)
        if found is not None:
            return Reference(name=found.url, provider=_named(found.provider, domain), mechanism=found.mechanism)
    return None


def filled(definition: Provider | None, domain: str, resolver: Resolver) -> Provider | None:
    """A definition as it stands for one domain, its gaps filled by DNS; None if then it names no server."""
    if definition is None:
        return None
    provider = replace(definition, domains=(domain,))
    if provider.gaps or not provider.servers:
        provider = fill(provider, resolver).provider
    servers = tuple(server for server in provider.servers if not server.is_gap)
    return replace(provider, servers=servers) if servers else None


def _named(provider: Provider, domain: str) -> Provider:
    """Not every document names a provider, but those that are to be written do."""
    name = provider.name if provider.name.isprintable() else ""
    return replace(provider, id=domain, name=name or domain, domains=(domain,))
