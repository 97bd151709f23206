"""What is needed to examine a server, and what is noted while that goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from autoconfig.model import Authentication, Server
from autoconfig.verification.connect import Resolves
from autoconfig.verification.credentials import Credentials
from autoconfig.verification.faults import Fault, finding
from autoconfig.verification.report import Finding, ServerReport, Tls


@dataclass(frozen=True)
class Means:
    """What the examinations of a run share. `timeout` is in seconds for each server, all waits counted."""

    resolver: Resolves
    timeout: float
    ca_file: str | None
    credentials: Credentials | None


@dataclass
class Notes:
    """What was found of one server so far. `trusting` tells that its certificate was refused before."""

    server: Server
    deadline: float
    trusting: bool = False
    address: str | None = None
    tls: Tls | None = None
    capabilities: tuple[str, ...] = ()
    offered: tuple[Authentication, ...] = ()
    mail_stays: bool | None = None
    logged_in: bool | None = None
    findings: list[Finding] = field(default_factory=list)

    def add(self, fault: Fault, text: str) -> None:
        self.findings.append(finding(fault, text))

    def report(self, field: str, started: float) -> ServerReport:
        return ServerReport(
            server=self.server,
            field=field,
            seconds=round(monotonic() - started, 3),
            address=self.address,
            tls=self.tls,
            capabilities=self.capabilities,
            offered=self.offered,
            mail_stays=self.mail_stays,
            logged_in=self.logged_in,
            findings=tuple(dict.fromkeys(self.findings)),
        )
