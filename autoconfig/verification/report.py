"""What a verification tells: one report for each provider, in it one for each server, in it the findings."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from autoconfig.model import Authentication, Provider, Server


class Severity(StrEnum):
    """How much a finding matters: an error keeps clients out or exposes them, a warning may, a note tells."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was found: which kind it is of, what exactly was seen, and what to do about it."""

    id: str
    severity: Severity
    text: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.text}; {self.remedy}" if self.remedy else f"{self.severity}: {self.text}"


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """The TLS of a connection. Of a certificate that was refused, nothing else is known: `trusted` is False.

    `days_valid` are the whole days for which the certificate was issued, `days_left` those until it expires.
    """

    version: str
    cipher: str
    trusted: bool
    issuer: str | None = None
    days_valid: int | None = None
    days_left: int | None = None


class ServerReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one server said.

    `field` is the server's place in the provider, such as `servers[2]`. `address` is the IP address that answered.
    `offered` are the ways to log in once TLS is on, `mail_stays` tells whether fetched mail stays on the server, and
    `logged_in` whether the credentials were taken; each is empty or None if that did not come up.
    """

    server: Server
    field: str
    seconds: float
    address: str | None = None
    tls: Tls | None = None
    capabilities: tuple[str, ...] = ()
    offered: tuple[Authentication, ...] = ()
    mail_stays: bool | None = None
    logged_in: bool | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def is_sound(self) -> bool:
        """True where no finding is an error."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the servers of one provider said, in the order of `Provider.servers`."""

    provider: Provider
    servers: tuple[ServerReport, ...]

    @property
    def is_sound(self) -> bool:
        """True where no finding is an error."""
        return all(server.is_sound for server in self.servers)
