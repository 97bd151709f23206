"""Many providers at once: order, endpoints that they share, what a listener hears, and a network that is not there."""

from __future__ import annotations

import socket
import time
from functools import partial

import pytest

import autoconfig
from autoconfig.dns import Failure, Trouble
from autoconfig.model import DEFAULT_AUTHENTICATION, Provider, Server, ServerType, SocketType
from autoconfig.verification import FAULTS, Fault, is_down, verify, verify_many
from tests.support import mail_talks
from tests.support.certificates import HOST, Certificates
from tests.support.mail_talks import Manner
from tests.support.mail_wire import FixedNames, Wire, serving

IMAP = partial(mail_talks.imap, manner=Manner(secured=("LOGINDISABLED", "AUTH=PLAIN")), secured=True)


def imap(port: int, hostname: str = HOST, username: str | None = None) -> Server:
    return Server(
        type=ServerType.IMAP,
        hostname=hostname,
        port=port,
        socket_type=SocketType.SSL,
        username=username,
        authentication=DEFAULT_AUTHENTICATION,
    )


def provider(*servers: Server, id: str = "example.com") -> Provider:
    return Provider(id=id, name=id, servers=servers)


def test_reports_keep_the_order_of_the_servers(certificates: Certificates) -> None:
    def late(wire: Wire) -> None:
        time.sleep(0.3)
        IMAP(wire)

    with serving(late, tls=certificates.sound) as first, serving(IMAP, tls=certificates.sound) as second:
        report = verify(
            provider(imap(first.port), imap(second.port)), resolver=FixedNames(), ca_file=certificates.ca_file
        )
    assert [found.server.port for found in report.servers] == [first.port, second.port]
    assert [found.field for found in report.servers] == ["servers[0]", "servers[1]"]
    assert report.is_sound


def test_an_endpoint_that_providers_share_is_asked_once(certificates: Certificates) -> None:
    heard: list[tuple[str, str]] = []
    with serving(IMAP, tls=certificates.sound) as served:
        providers = [
            provider(imap(served.port, username="%EMAILADDRESS%"), id="a.example"),
            provider(imap(served.port, username="%EMAILLOCALPART%"), id="b.example"),
        ]
        reports = verify_many(
            providers,
            resolver=FixedNames(),
            ca_file=certificates.ca_file,
            on_server=lambda provider, report: heard.append((provider.id, report.field)),
        )
        assert served.connections == 1
    assert [report.provider.id for report in reports] == ["a.example", "b.example"]
    assert [report.servers[0].server.username for report in reports] == ["%EMAILADDRESS%", "%EMAILLOCALPART%"]
    assert sorted(heard) == [("a.example", "servers[0]"), ("b.example", "servers[0]")]


def test_servers_are_examined_at_the_same_time(certificates: Certificates) -> None:
    def late(wire: Wire) -> None:
        time.sleep(0.5)
        IMAP(wire)

    with serving(late, tls=certificates.sound) as served:
        names = [f"{number}.{HOST}" for number in range(20)]
        resolver = FixedNames({name: ["127.0.0.1"] for name in names})
        started = time.monotonic()
        report = verify(provider(*(imap(served.port, name) for name in names)), resolver=resolver)
        assert time.monotonic() - started < 20 * 0.5 / 2
    assert len(report.servers) == 20


def test_a_gap_and_a_host_that_depends_on_the_address_are_told() -> None:
    servers = (Server(type=ServerType.IMAP), Server(type=ServerType.SMTP, hostname="smtp.%EMAILDOMAIN%"))
    report = verify(provider(*servers), resolver=FixedNames())
    assert [found.findings[0].id for found in report.servers] == ["gap", "placeholder-host"]
    assert report.is_sound


def test_a_provider_without_servers_has_an_empty_report() -> None:
    assert verify(provider(), resolver=FixedNames()).servers == ()


def test_a_missing_ca_file_is_told_before_anything_is_asked() -> None:
    names = FixedNames()
    with pytest.raises(OSError, match="No such file"):
        verify(provider(imap(1)), resolver=names, ca_file="/no/such/file")
    assert names.asked == []


def test_without_a_network_only_the_first_servers_are_tried() -> None:
    hosts = [f"mail{number}.example.com" for number in range(300)]
    gone = Failure(name="", why=Trouble.UNREACHABLE, detail="no name server can be reached")
    names = FixedNames(dict.fromkeys(hosts, gone))
    reports = verify_many([provider(imap(993, host), id=host) for host in hosts], resolver=names, concurrency=4)
    assert is_down(reports)
    assert len(names.asked) < 20
    assert {found.id for report in reports for found in report.servers[0].findings} == {"network-unreachable"}


def test_one_server_that_is_there_proves_the_network(certificates: Certificates) -> None:
    hosts = [f"mail{number}.example.com" for number in range(30)]
    gone = Failure(name="", why=Trouble.TIMEOUT, detail="no answer")
    names = FixedNames({**dict.fromkeys(hosts, gone), HOST: ["127.0.0.1"]})
    with serving(IMAP, tls=certificates.sound) as served:
        servers = [imap(served.port), *(imap(993, host) for host in hosts)]
        reports = verify_many([provider(*servers)], resolver=names, ca_file=certificates.ca_file, concurrency=1)
    assert not is_down(reports)
    assert len(names.asked) == 31


def test_a_single_wrong_name_is_not_blamed_on_the_network() -> None:
    assert not is_down([verify(provider(imap(993, "nowhere.test")), resolver=FixedNames())])


def test_a_refused_connection_is_not_blamed_on_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()[1]
    reports = [verify(provider(imap(free)), resolver=FixedNames())]
    assert reports[0].servers[0].findings[0].id == "connection-refused"
    assert not is_down(reports)


def test_the_function_is_a_public_name() -> None:
    assert autoconfig.verify is verify


def test_every_fault_has_a_severity_and_a_remedy() -> None:
    assert set(FAULTS) == set(Fault)
    assert all(remedy for _, remedy in FAULTS.values())
