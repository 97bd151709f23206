"""What an audit has seen of a domain, as plain values: the rules are functions of it and ask nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from urllib.parse import urlsplit

import msgspec

from autoconfig.address import Address
from autoconfig.checks.audit.mechanisms import OF_OTHERS, OF_SOURCE, Mechanism
from autoconfig.discovery import Outcome
from autoconfig.discovery.http import Fetch
from autoconfig.discovery.trust import host_of
from autoconfig.dns import Absence, Answer, Failure, Nothing, Result, Srv
from autoconfig.dns.srv import Service
from autoconfig.dns.survey import Survey
from autoconfig.model import Provider, Server
from autoconfig.verification import ServerReport

BROKEN = frozenset(
    {Outcome.WEB_PAGE, Outcome.UNREADABLE, Outcome.INCOMPLETE, Outcome.TOO_LARGE, Outcome.TLS_ERROR, Outcome.REFUSED}
)
UNANSWERED = frozenset({Outcome.UNREACHABLE, Outcome.TIMEOUT, Outcome.HTTP_ERROR, Outcome.DNS_ERROR})


class WebAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking for a URL. `fetch` is None where it was not even asked."""

    source: str
    url: str
    outcome: Outcome
    detail: str
    fetch: Fetch | None = None

    @property
    def mechanism(self) -> Mechanism:
        return OF_SOURCE[self.source]

    @property
    def host(self) -> str:
        return host_of(self.url)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")

    @property
    def urls(self) -> tuple[str, ...]:
        """The URL, and the redirects from it that were followed."""
        return self.fetch.urls if self.fetch is not None else (self.url,)

    @property
    def unfollowed(self) -> str | None:
        """Where the last answer redirects to, if it was not followed."""
        return self.fetch.target if self.fetch is not None else None

    @property
    def body(self) -> bytes:
        return self.fetch.body if self.fetch is not None else b""

    @property
    def has_document(self) -> bool:
        """Whether there is a document of the kind that was asked for."""
        return self.outcome is Outcome.FOUND and self.unfollowed is None

    @property
    def is_served(self) -> bool:
        """Whether the mechanism answers, be it that it knows no settings of the address that is asked for."""
        return self.has_document or (self.outcome is Outcome.NOTHING and bool(self.body))


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that were read: who said so, where, and the provider with placeholders in the place of the address."""

    source: str
    url: str
    provider: Provider

    @property
    def mechanism(self) -> Mechanism:
        return OF_SOURCE[self.source]


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    """A name at which clients look: where it leads, and whether it is there only because every name is."""

    name: str
    addresses: Result[str]
    target: str | None
    is_wildcard: bool

    @property
    def is_dangling(self) -> bool:
        return self.target is not None and isinstance(self.addresses, Absence)


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """What all is compared with: the definition or, without one, the best source, its placeholders still in it.

    `mechanism` is the kind of document that it was read from: None for the definition and for SRV records.
    """

    name: str
    provider: Provider
    mechanism: Mechanism | None = None
    is_definition: bool = False

    @property
    def is_srv(self) -> bool:
        return self.mechanism is None and not self.is_definition


def for_everybody(server: Server, address: Address) -> Server:
    """A server with placeholders in the place of an address, if its user name was written for that."""
    names = {str(address): "%EMAILADDRESS%", address.local_part: "%EMAILLOCALPART%"}
    return msgspec.structs.replace(server, username=names.get(server.username or "", server.username))


class NamesSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What DNS says. `services` are the SRV records as they stand, `survey` what is usable of them."""

    aliases: tuple[Alias, ...]
    services: Mapping[Service, Result[Srv]]
    survey: Survey
    pacc_records: Result[str]
    back_off: tuple[Result[str], ...]
    apex: Result[str]


class Evidence(NamesSeen, frozen=True, kw_only=True, dict=True):
    """Everything that was seen.

    `reports` are on the servers of the reference and on those that SRV records alone name, `srv_only`; `unverified`
    are the servers that were too many.
    """

    domain: str
    address: Address
    answers: tuple[WebAnswer, ...] = ()
    documents: tuple[Document, ...] = ()
    reference: Reference | None = None
    reports: tuple[ServerReport, ...] = ()
    srv_only: frozenset[Server] = frozenset()
    unverified: tuple[Server, ...] = ()

    @cached_property
    def own(self) -> tuple[WebAnswer, ...]:
        """The answers that are the domain's own, without those of hosts that are there by a fault of DNS."""
        return tuple(it for it in self.answers if it.source not in OF_OTHERS and it.host not in self.faulty_names)

    @cached_property
    def faulty_names(self) -> frozenset[str]:
        """The names at which clients look that are there by a fault of DNS, of which rules of their own tell."""
        return self.wildcards | {alias.name for alias in self.aliases if alias.is_dangling}

    @cached_property
    def wildcards(self) -> frozenset[str]:
        """The names at which clients look that a wildcard answers for, without having what they look for."""
        useful = {answer.host for answer in self.answers if answer.is_served}
        return frozenset(alias.name for alias in self.aliases if alias.is_wildcard) - useful

    @cached_property
    def failures(self) -> tuple[Failure, ...]:
        """The questions to DNS that have no answer."""
        return tuple(result for result in self._results() if isinstance(result, Failure))

    @property
    def is_dark(self) -> bool:
        """Whether DNS says nothing at all, or of nothing that it exists, as in networks without a way out."""
        return len(self.failures) == len(tuple(self._results())) or (self.is_unknown and self._is_ispdb_unknown)

    @property
    def is_unknown(self) -> bool:
        """Whether DNS says that there is no such domain."""
        return isinstance(self.apex, Absence) and self.apex.why is Nothing.NXDOMAIN

    @property
    def _is_ispdb_unknown(self) -> bool:
        """Whether DNS has no such host as that of the ISPDB."""
        asked = [answer for answer in self.answers if answer.source == "ispdb" and answer.fetch is not None]
        return any(it.outcome is Outcome.NOTHING and it.fetch is not None and not it.fetch.status for it in asked)

    def _results(self) -> Iterator[Result[str] | Result[Srv]]:
        yield from (alias.addresses for alias in self.aliases)
        yield from (self.apex, self.pacc_records, *self.services.values())

    @cached_property
    def is_silent(self) -> bool:
        """Whether the domain publishes nothing, neither well nor badly."""
        said = any(isinstance(result, Answer) for result in (*self.services.values(), self.pacc_records))
        return not (said or self.failures or any(it.is_served or self.is_broken(it) for it in self.own))

    def is_broken(self, answer: WebAnswer) -> bool:
        """Whether a rule of its own tells what is wrong with an answer; nobody need serve the domain itself."""
        return answer.outcome in BROKEN or (answer.outcome in UNANSWERED and answer.host != self.domain)

    def lacks(self, sources: Iterable[str]) -> bool:
        """Whether nothing of some sources is there, and no other rule tells why."""
        chosen = frozenset(sources)
        hosts = {answer.host for answer in self.answers if answer.source in chosen}
        asked = [answer for answer in self.own if answer.source in chosen]
        is_told = self.is_silent or bool(hosts & self.faulty_names)
        return not (is_told or any(it.is_served or self.is_broken(it) for it in asked))
