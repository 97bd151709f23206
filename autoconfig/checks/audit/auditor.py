"""Audits a domain: asks, reads, compares, verifies, and puts what is found in the order of mending."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from time import monotonic
from typing import TypedDict, Unpack

import msgspec

from autoconfig.address import Address, normalize_domain
from autoconfig.catalog import Catalog, bundled_mentioning
from autoconfig.checks.audit import sources
from autoconfig.checks.audit.evidence import Evidence
from autoconfig.checks.audit.gathering import ask_names, filled, gathered
from autoconfig.checks.audit.table import NO_ANSWER, RULES
from autoconfig.checks.audit.verifying import Means, with_reports
from autoconfig.discovery import ISPDB, Discovery
from autoconfig.discovery.deadline import Deadline
from autoconfig.discovery.http import Fetch
from autoconfig.discovery.runner import as_finished
from autoconfig.discovery.search import SECONDS, Search
from autoconfig.dns import Resolver
from autoconfig.domains import is_above_registrable
from autoconfig.errors import AddressError
from autoconfig.model import Provider
from autoconfig.verification import Report, Severity

_LOCAL_PART = "postmaster"
"""Autodiscover has to be asked for an address, and this one every domain has (RFC 5321, section 4.5.1)."""

_LOOK_UPS = 256  # at a time
_LONGEST_TEXT = 2000
_LONGEST_REMEDY = 20_000


class AuditFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that does not hold. `place` is a URL, a name in DNS (`dns:NAME?type=TYPE`, RFC 4501) or a server.

    `remedy` says where the lines below it belong, one a line; they are written for this very domain.
    """

    rule: str
    severity: Severity
    place: str
    text: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.text} [{self.rule}]"


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a domain, what is to be mended first coming first, and what was asked.

    `compared_with` is the definition or the source that all else is held against, empty without any. `discovery` has
    the trace of every step, `report` what the servers said. `is_offline` tells that DNS answered nothing at all.
    """

    domain: str
    findings: tuple[AuditFinding, ...]
    compared_with: str = ""
    discovery: Discovery
    report: Report
    elapsed: float = 0.0
    is_offline: bool = False

    @property
    def is_sound(self) -> bool:
        """True where no finding is an error or a warning."""
        return all(finding.severity is Severity.NOTE for finding in self.findings)


class Options(TypedDict, total=False):
    """The options of `audit`, which `audit_many` takes, too."""

    resolver: Resolver | None
    catalog: Catalog | None
    ispdb: str
    deadline: float
    timeout: float
    allow_private: bool
    ca_file: str | None
    ports: Mapping[int, int] | None


def audit(
    domain: str,
    *,
    resolver: Resolver | None = None,
    catalog: Catalog | None = None,
    ispdb: str = ISPDB,
    deadline: float = SECONDS,
    timeout: float = 5.0,
    allow_private: bool = True,
    ca_file: str | None = None,
    ports: Mapping[int, int] | None = None,
) -> Audit:
    """Ask everything that a mail domain publishes, compare it, and talk to the servers: docs/audit.md has the rules.

    No mail is sent, nobody logs in, and no host above the registrable domain is asked but by DNS. It takes `deadline`
    and `timeout` together at most, and a look-up longer where DNS has to fill gaps of the definition.

    Args:
        domain: a mail domain.
        resolver: resolves every name; by default the system's name servers.
        catalog: its definition of the domain is what all is compared with; by default the bundled one. Without a
            definition, that is the most trustworthy source that answers.
        ispdb: the provider database: its URL with the domain behind it is asked.
        deadline: seconds for all that is asked of DNS and of web servers.
        timeout: seconds for each mail server.
        allow_private: False refuses hosts whose connection ends at an address that is not of the public internet.
        ca_file: certificates (PEM) to trust in place of the usual ones.
        ports: the port to connect to in place of another, such as `{443: 8443}`, for a site that is not live yet.

    Raises:
        AddressError: it is no domain, or one below which anybody may register others.
        OptionError: a `ca_file` that cannot be read.
        DefinitionError: the bundled catalog cannot be read.
    """
    domain = mail_domain(domain)
    if catalog is None:
        catalog = bundled_mentioning(domain)
    with ExitStack() as stack:
        means = Means(
            resolver=resolver or stack.enter_context(Resolver(workers=_LOOK_UPS)),
            timeout=timeout,
            ca_file=ca_file,
            ports=ports or {},
            allow_private=allow_private,
        )
        return _audit(domain, catalog.find(domain), means, ispdb=ispdb, seconds=deadline)


def audit_many(
    domains: Iterable[str], *, concurrency: int = 8, **options: Unpack[Options]
) -> Generator[Audit, None, None]:
    """Audit many domains, `concurrency` at a time; give each result when it is there. The options are those of `audit`.

    Raises:
        AddressError: one of them is no mail domain, which is told before anything is asked.
    """
    runs = [partial(_of_many, domain, options) for domain in dict.fromkeys(map(mail_domain, domains))]
    for _, result in as_finished(runs, Deadline(threading.TIMEOUT_MAX), at_once=concurrency):
        yield result


def _of_many(domain: str, options: Options, _deadline: Deadline) -> Audit:
    return audit(domain, **options)


def mail_domain(text: str) -> str:
    """A domain that may have mail addresses, as A-labels.

    Raises:
        AddressError: it is no domain, or one below which anybody may register others.
    """
    domain = normalize_domain(text)
    if is_above_registrable(domain):
        raise AddressError(
            f"{text!r} is not a mail domain, but one below which others are registered: name one of those"
        )
    return domain


def _audit(domain: str, definition: Provider | None, means: Means, *, ispdb: str, seconds: float) -> Audit:
    start = monotonic()
    address = Address(_LOCAL_PART, domain)
    fetches: list[Fetch] = []
    search = Search(
        resolver=means.resolver,
        catalog=Catalog(()),
        ispdb=ispdb,
        sources=sources.NAMES,
        deadline=seconds,
        allow_private=means.allow_private,
        ca_file=means.ca_file,
        ports=means.ports,
        wait_for_all=True,
        more_sources=sources.MORE,
        on_fetch=fetches.append,
    )
    with ThreadPoolExecutor(1, "autoconfig-audit") as pool:
        asking = pool.submit(ask_names, means.resolver, domain, min(means.resolver.deadline(), start + seconds))
        discovery = search(address, Deadline(seconds))
        seen = asking.result()
    evidence = gathered(domain, discovery, fetches, seen, filled(definition, domain, means.resolver))
    if not evidence.is_dark:
        evidence = with_reports(evidence, means)
    return Audit(
        domain=domain,
        findings=tuple(_findings(evidence)),
        compared_with=evidence.reference.name if evidence.reference is not None else "",
        discovery=discovery,
        report=Report(
            provider=Provider(id=domain, name=domain, servers=tuple(it.server for it in evidence.reports)),
            servers=evidence.reports,
        ),
        elapsed=monotonic() - start,
        is_offline=evidence.is_dark,
    )


def _findings(evidence: Evidence) -> Iterator[AuditFinding]:
    """What the rules find, in their order. Where DNS says nothing, there is nothing else to be said either."""
    for rule in (NO_ANSWER,) if evidence.is_dark else RULES:
        for hit in rule.check(evidence):
            yield AuditFinding(
                rule=rule.id,
                severity=rule.severity,
                place=_cut(hit.place, _LONGEST_TEXT),
                text=_cut(hit.text, _LONGEST_TEXT),
                remedy=_cut(hit.remedy, _LONGEST_REMEDY),
            )


def _cut(text: str, most: int) -> str:
    """Text from outside may be as long as a document."""
    return text if len(text) <= most else f"{text[:most]}..."
