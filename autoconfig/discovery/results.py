"""What discovery gives: ranked candidates, each with its trust and findings, and a trace of every step."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from autoconfig.model import Provider


class Trust(StrEnum):
    """How sure it is that the mail domain itself says so; most trusted first.

    `SECURE`: https on the mail domain itself, records validated by DNSSEC, or the local catalog. `THIRD_PARTY`: https
    elsewhere, such as the ISPDB or the host that an MX record names. `INSECURE`: http or unsigned DNS, which whoever
    sits between can change.
    """

    SECURE = "secure"
    THIRD_PARTY = "third-party"
    INSECURE = "insecure"

    @property
    def grade(self) -> int:
        """0 for the most trusted."""
        return _GRADES[self]


_GRADES = {trust: grade for grade, trust in enumerate(Trust)}


class Outcome(StrEnum):
    """How a step ended."""

    FOUND = "found"
    NOTHING = "nothing"
    HTTP_ERROR = "http-error"
    WEB_PAGE = "web-page"
    UNREADABLE = "unreadable"
    INCOMPLETE = "incomplete"
    TOO_LARGE = "too-large"
    REFUSED = "refused"
    TLS_ERROR = "tls-error"
    UNREACHABLE = "unreachable"
    DNS_ERROR = "dns-error"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was asked: a URL or a DNS query, for which source, and what came of it.

    `size` is in bytes of the answer's body and `elapsed` in seconds; `trust` is that of an answer that was found.
    """

    source: str
    query: str
    outcome: Outcome
    detail: str = ""
    size: int = 0
    elapsed: float
    trust: Trust | None = None


class FindingKind(StrEnum):
    """What can be wrong with an answer that is good enough to be shown."""

    DOMAIN_NOT_LISTED = "domain-not-listed"
    PLACEHOLDER_IN_HOST = "placeholder-in-host"
    IP_ADDRESS_AS_HOST = "ip-address-as-host"
    PLAIN_TEXT_PASSWORD = "plain-text-password"  # noqa: S105
    BROKEN_PLACEHOLDER = "broken-placeholder"
    OFF_DOMAIN = "off-domain"
    UNCONFIRMED = "unconfirmed"
    SOURCE = "source"


class Finding(msgspec.Struct, frozen=True):
    """One doubt about a candidate. `field` is a path into its provider, such as `servers[2].username`, or empty."""

    kind: FindingKind
    field: str
    message: str


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One configuration for the address: its provider has every placeholder filled in.

    `confirm` holds the registrable domains (or IP addresses) of its hosts off the mail domain: a person must be shown
    them before a password goes there. `ignored` is what of the document could not be used, one sentence each.
    """

    provider: Provider
    source: str
    trust: Trust
    reasons: tuple[str, ...]
    confirm: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    ignored: tuple[str, ...] = ()


class Discovery(msgspec.Struct, frozen=True, kw_only=True):
    """What was found for an address: the candidates known when the best was settled, best first."""

    address: str
    candidates: tuple[Candidate, ...] = ()
    trace: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()
    elapsed: float = 0.0

    @property
    def best(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None
