"""One server on loopback, verified as if it were mail.example.com."""

from __future__ import annotations

from autoconfig.model import DEFAULT_AUTHENTICATION, Authentication, Provider, Server, ServerType, SocketType
from autoconfig.verification import ServerReport, Severity, verify
from tests.support.certificates import HOST, Certificates
from tests.support.mail_wire import FixedNames


def verified(
    type: ServerType,
    port: int,
    certificates: Certificates,
    *,
    socket_type: SocketType = SocketType.SSL,
    authentication: tuple[Authentication, ...] = DEFAULT_AUTHENTICATION,
    login: tuple[str, str] | None = None,
    timeout: float = 5.0,
    resolver: FixedNames | None = None,
) -> ServerReport:
    """What is found of a server on a port of 127.0.0.1."""
    server = Server(
        type=type, hostname=HOST, port=port, socket_type=socket_type, authentication=authentication, username="x"
    )
    return verified_server(server, certificates, login=login, timeout=timeout, resolver=resolver)


def verified_server(
    server: Server,
    certificates: Certificates,
    *,
    login: tuple[str, str] | None = None,
    timeout: float = 5.0,
    resolver: FixedNames | None = None,
) -> ServerReport:
    provider = Provider(id="example.com", name="Example", servers=(server,))
    names = resolver or FixedNames()
    report = verify(provider, resolver=names, timeout=timeout, ca_file=certificates.ca_file, login=login)
    return report.servers[0]


def faults(report: ServerReport) -> list[str]:
    """The findings by their ids, without notes."""
    return [finding.id for finding in report.findings if finding.severity is not Severity.NOTE]


def notes(report: ServerReport) -> list[str]:
    return [finding.id for finding in report.findings if finding.severity is Severity.NOTE]
