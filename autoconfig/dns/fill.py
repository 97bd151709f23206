"""Fill what a definition leaves open with what DNS says, and tell where each value came from.

Only the first domain of a provider that is no wildcard is asked: domains that are configured differently want
definitions of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import partial
from itertools import chain
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from autoconfig.address import Address, expand, expand_url
from autoconfig.dns.answers import Absence, Answer, Failure
from autoconfig.dns.records import Pending, Resolver
from autoconfig.dns.srv import AUTODISCOVER, HTTPS_PORT, SERVICES, Service, services_of
from autoconfig.dns.survey import (
    PROBE,
    Caution,
    CautionKind,
    Declined,
    Offered,
    Said,
    Survey,
    Target,
    shared_with_probe,
    survey,
)
from autoconfig.model import (
    DEFAULT_AUTHENTICATION,
    DEFAULT_USERNAME,
    ROLES,
    Provider,
    Role,
    Server,
    ServerType,
    inherited_authentication,
)

_GUESSES = {
    ServerType.IMAP: ("imap", "mail"),
    ServerType.POP3: ("pop", "mail"),
    ServerType.SMTP: ("smtp", "mail"),
}
_NEEDED = {Role.INCOMING: ServerType.IMAP, Role.OUTGOING: ServerType.SMTP}
"""What a provider must have to be published, and the type that stands for it where none is found."""


class Origin(StrEnum):
    """Where a value came from: a record, a usual host name that has an address, or the definition's defaults."""

    DNS = "DNS"
    GUESS = "guess"
    DEFINITION = "definition"


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where the value of a field came from. `field` is a path into the filled provider, such as `servers[0].port`.

    `record` is as in a zone file, with the TXT record of a path behind it; empty if the definition says it. `ttl` is
    in seconds. `secure` tells that DNSSEC vouches for the value; no guess is.
    """

    field: str
    value: str
    origin: Origin
    record: str = ""
    ttl: int | None = None
    secure: bool = False


class GapReason(StrEnum):
    """Why a gap stayed open."""

    NOT_OFFERED = "not offered"
    NO_RECORD = "no record"
    NO_ANSWER = "no answer"
    UNUSABLE = "no usable target"
    NO_SERVICE = "not in DNS"
    NO_DOMAIN = "no domain"


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """What stayed open. `field` is a path into the provider that was given; `servers` where it lists none.

    A server that is decidedly not offered is no longer in the filled provider; any other stays there, as a gap.
    """

    field: str
    type: ServerType
    reason: GapReason
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A provider with its gaps filled, and how that went. `autodiscover` are URLs that Outlook is sent to."""

    provider: Provider
    provenance: tuple[Provenance, ...] = ()
    gaps: tuple[Gap, ...] = ()
    warnings: tuple[Caution, ...] = ()
    autodiscover: tuple[str, ...] = ()


def fill(provider: Provider, resolver: Resolver, *, guess: bool = False, seed: int | None = None) -> Filled:
    """Fill the gaps of a provider, within one lifetime of the resolver. Never raises for what DNS says.

    A server without host name or URL becomes one server for each target that DNS names for its type; what the
    definition says of it stays. A provider without servers gets all that DNS names, in the order of their priorities,
    with the user name and authentication of the provider. Where DNS contradicts a server that the definition spells
    out, that is a warning.

    Args:
        provider: it is not changed.
        resolver: whom to ask.
        guess: where DNS has no SRV record of any service that was asked for, take the usual host names that have an
            address. Never after a word that a service is not offered, nor where DNS did not answer.
        seed: makes the order among targets of equal priority repeatable.
    """
    domain = next((domain for domain in provider.domains if not domain.startswith("*")), None)
    if domain is None:
        return Filled(provider=provider, gaps=tuple(_gaps_without_domain(provider)))
    return _Filling(provider, domain, resolver, guess, seed).fill()


def fill_all(
    providers: Iterable[Provider],
    resolver: Resolver,
    *,
    guess: bool = False,
    seed: int | None = None,
    concurrency: int = 8,
) -> Iterator[Filled]:
    """Fill many providers, `concurrency` of them at a time, and give them back in their order.

    Each look-up has a thread of the resolver: at 14 of them a provider, more than `workers / 14` at a time would wait
    for each other out of their lifetimes.
    """
    with ThreadPoolExecutor(concurrency, "autoconfig-fill") as pool:
        yield from pool.map(partial(fill, resolver=resolver, guess=guess, seed=seed), providers)


class _Find(msgspec.Struct, frozen=True):
    """A server of the filled provider, and where its values came from; their fields are named without its place."""

    server: Server
    provenance: tuple[Provenance, ...] = ()


class _Filling:
    """One filling, and what gathers on the way."""

    def __init__(self, provider: Provider, domain: str, resolver: Resolver, guess: bool, seed: int | None) -> None:
        self._provider = provider
        self._domain = domain
        deadline = resolver.deadline()
        self._survey = survey(resolver, domain, _services(provider), deadline=deadline, seed=seed)
        self._gaps: list[Gap] = []
        self._warnings = list(self._survey.cautions)
        self._hosts: dict[str, Pending[str]] = {}
        if guess and _is_silent(self._survey):
            labels = {label for type in _guessable(provider) for label in _GUESSES[type]}
            names = [f"{label}.{domain}" for label in (*labels, PROBE)]
            self._hosts = {name: resolver.begin_addresses(name, deadline) for name in names}

    def fill(self) -> Filled:
        finds = self._finds_of_definition() if self._provider.servers else self._finds_of_domain()
        provider = replace(self._provider, servers=tuple(find.server for find in finds))
        return Filled(
            provider=provider,
            provenance=tuple(_placed(finds, provider)),
            gaps=tuple(self._gaps),
            warnings=tuple(dict.fromkeys(self._warnings)),
            autodiscover=tuple(target.url for target in self._targets((AUTODISCOVER,))),
        )

    def _finds_of_domain(self) -> list[_Find]:
        """All servers of a provider that lists none."""
        finds = [self._found(self._empty(target.service.type), target) for target in self._targets(SERVICES)]
        finds = finds or [find for type in _GUESSES for find in self._guessed(self._empty(type))]
        missing = set(_NEEDED) - {find.server.role for find in finds}
        for role in sorted(missing):
            services = [service for service in SERVICES if ROLES[service.type] is role]
            self._leave_open("servers", _NEEDED[role], services)
        self._warn_of_silence(service for service in SERVICES if ROLES[service.type] not in missing)
        return finds

    def _finds_of_definition(self) -> list[_Find]:
        """Every server of the definition; in the place of a gap, those that DNS names and the definition does not."""
        finds: list[_Find] = []
        for index, server in enumerate(self._provider.servers):
            field = f"servers[{index}]"
            if server.is_gap:
                known = {*self._provider.servers, *(find.server for find in finds)}
                finds += [find for find in self._finds_of_gap(field, server) if find.server not in known - {server}]
            else:
                self._compare(field, server)
                finds.append(_Find(server))
        return finds

    def _finds_of_gap(self, field: str, gap: Server) -> list[_Find]:
        services = services_of(gap.type, gap.socket_type)
        targets = self._targets(services)
        login = gap if gap.username or gap.authentication else self._empty(gap.type)
        known = replace(gap, username=login.username, authentication=login.authentication)
        finds = [self._found(known, target) for target in targets] or self._guessed(known)
        if not finds:
            is_offered = self._leave_open(field, gap.type, services) is not GapReason.NOT_OFFERED
            return [_Find(gap)] if is_offered else []
        self._warn_of_silence(services)
        for target in targets:
            if gap.port not in (None, target.port):
                self._contradict(field, f"its port is {gap.port}, but DNS says {target.records[0]}")
        return finds

    def _found(self, gap: Server, target: Target) -> _Find:
        if target.path is not None:
            values: dict[str, object] = {"url": target.url}
        else:
            values = {"hostname": target.host, "port": target.port, "socket_type": target.service.socket_type}
        record = "; ".join(target.records)
        return self._filled(gap, values, Origin.DNS, record=record, ttl=target.ttl, secure=target.secure)

    def _guessed(self, gap: Server) -> list[_Find]:
        """The usual host of a type of server, if guessing is allowed and there is such a host."""
        for label in _GUESSES.get(gap.type, ()) if self._hosts else ():
            answer = self._hosts[f"{label}.{self._domain}"]()
            if not isinstance(answer, Answer):
                continue
            if answer.wildcard or shared_with_probe(answer, self._hosts[f"{PROBE}.{self._domain}"]()):
                message = "is no guess: every name beside it has its addresses"
                self._warnings.append(Caution(CautionKind.WILDCARD, answer.name, message))
                continue
            server = replace(gap, hostname=answer.name)
            values = {name: getattr(server, name) for name in ("hostname", "port", "socket_type")}
            address = answer.records[0]
            record = f"{answer.canonical}. {answer.ttl} IN {'AAAA' if ':' in address else 'A'} {address}"
            return [self._filled(gap, values, Origin.GUESS, record=record, ttl=answer.ttl, secure=False)]
        return []

    def _filled(
        self, gap: Server, values: Mapping[str, object], origin: Origin, *, record: str, ttl: int, secure: bool
    ) -> _Find:
        """A gap with the values that it lacks; what it has stays."""
        lacking = {name: value for name, value in values.items() if getattr(gap, name) is None}
        provenance = [
            Provenance(field=name, value=str(value), origin=origin, record=record, ttl=ttl, secure=secure)
            for name, value in lacking.items()
        ]
        if not self._provider.servers:
            provenance += [
                Provenance(field="username", value=str(gap.username), origin=Origin.DEFINITION),
                Provenance(field="authentication", value=", ".join(gap.authentication), origin=Origin.DEFINITION),
            ]
        return _Find(replace(gap, **lacking), tuple(provenance))

    def _empty(self, type: ServerType) -> Server:
        """A server of which only the login is known, by the provider's defaults."""
        provider = self._provider
        return Server(
            type=type,
            username=provider.username or DEFAULT_USERNAME,
            authentication=inherited_authentication(type, provider.authentication or DEFAULT_AUTHENTICATION),
        )

    def _targets(self, services: Iterable[Service]) -> list[Target]:
        """The targets of several services, by priority across them (RFC 6186, section 3.4)."""
        said = (self._survey.said.get(service) for service in services)
        targets = (target for word in said if isinstance(word, Offered) for target in word.targets)
        return sorted(targets, key=lambda target: target.priority)

    def _leave_open(self, field: str, type: ServerType, services: Iterable[Service]) -> GapReason:
        reason, detail = _reason([self._survey.said[service] for service in services])
        self._gaps.append(Gap(field=field, type=type, reason=reason, message=f"no {type} server: {detail}"))
        return reason

    def _warn_of_silence(self, services: Iterable[Service]) -> None:
        for service in services:
            said = self._survey.said[service]
            if isinstance(said, Failure):
                message = f"more servers may be offered here: {said.detail}"
                self._warnings.append(Caution(CautionKind.UNKNOWN, said.name, message))

    def _compare(self, field: str, server: Server) -> None:
        """Warn if DNS says another place of a server than the definition."""
        place = _place(server, self._domain)
        for service in services_of(server.type, server.socket_type):
            match self._survey.said[service]:
                case Declined(record=record):
                    self._contradict(field, f"DNS says that it is not offered: {record}")
                case Offered(targets=targets) if targets and place not in {(it.host, it.port) for it in targets}:
                    records = "; ".join(target.records[0] for target in targets)
                    self._contradict(field, f"it is at {place[0]}:{place[1]}, but DNS says {records}")

    def _contradict(self, field: str, message: str) -> None:
        self._warnings.append(Caution(CautionKind.CONTRADICTION, field, message))


def _services(provider: Provider) -> tuple[Service, ...]:
    """The services to ask for: those of the servers that the definition lists, or all."""
    if not provider.servers:
        return *SERVICES, AUTODISCOVER
    services = (services_of(server.type, server.socket_type) for server in provider.servers)
    return tuple(dict.fromkeys(chain.from_iterable(services)))


def _guessable(provider: Provider) -> set[ServerType]:
    types = {gap.type for gap in provider.gaps} if provider.servers else set(_GUESSES)
    return types & set(_GUESSES)


def _is_silent(survey: Survey) -> bool:
    """Whether DNS says of every service that it has no record."""
    return all(isinstance(said, Absence) for service, said in survey.said.items() if service is not AUTODISCOVER)


def _reason(said: list[Said]) -> tuple[GapReason, str]:
    """Why a server that could be any of several services was not found, the doubt before the certainty."""
    for word in said:
        if isinstance(word, Failure):
            return GapReason.NO_ANSWER, word.detail
    for word in said:
        if isinstance(word, Offered):
            return GapReason.UNUSABLE, "none of its targets in DNS can be used, as the warnings tell"
    for word in said:
        if isinstance(word, Declined):
            return GapReason.NOT_OFFERED, f"the domain says that it offers none: {word.record}"
    for word in said:
        if isinstance(word, Absence):
            return GapReason.NO_RECORD, f"DNS has no usable record at {word.name} ({word.why})"
    return GapReason.NO_SERVICE, "there is no SRV record for this type, so the definition has to say it"


def _gaps_without_domain(provider: Provider) -> Iterator[Gap]:
    message = "there is no domain to ask: the definition names none, or wildcards only"
    if not provider.servers:
        for type in _NEEDED.values():
            yield Gap(field="servers", type=type, reason=GapReason.NO_DOMAIN, message=message)
    for index, server in enumerate(provider.servers):
        if server.is_gap:
            yield Gap(field=f"servers[{index}]", type=server.type, reason=GapReason.NO_DOMAIN, message=message)


def _place(server: Server, domain: str) -> tuple[str, int | None]:
    """Host and port of a server, with the domain in the place of its placeholders."""
    somebody = Address("user", domain)
    if server.hostname:
        return expand(server.hostname, somebody).lower(), server.port
    url = urlsplit(expand_url(server.url or "", somebody))
    return url.hostname or "", url.port or HTTPS_PORT


def _placed(finds: Iterable[_Find], provider: Provider) -> Iterator[Provenance]:
    """The provenance of every value by its place in the provider, which keeps its servers in an order of its own."""
    places = {id(server): index for index, server in enumerate(provider.servers)}
    for find in sorted(finds, key=lambda find: places[id(find.server)]):
        for provenance in find.provenance:
            yield replace(provenance, field=f"servers[{places[id(find.server)]}].{provenance.field}")
