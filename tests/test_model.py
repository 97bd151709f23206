"""The provider model: defaults, order and expansion."""

from __future__ import annotations

import pytest

from autoconfig.address import parse_address
from autoconfig.model import DEFAULT_PORTS, ROLES, TCP_TYPES, URL_TYPES, Provider, Role, Server, ServerType, SocketType
from tests.support.samples import RICH


@pytest.mark.parametrize(
    ("type", "socket_type", "port"),
    [
        (ServerType.IMAP, SocketType.SSL, 993),
        (ServerType.POP3, SocketType.SSL, 995),
        (ServerType.SMTP, SocketType.SSL, 465),
        (ServerType.MANAGESIEVE, SocketType.STARTTLS, 4190),
    ],
)
def test_a_host_name_is_enough(type: ServerType, socket_type: SocketType, port: int) -> None:
    server = Server(type=type, hostname="mail.example.com")
    assert (server.socket_type, server.port) == (socket_type, port)


def test_the_port_follows_the_socket_type() -> None:
    server = Server(type=ServerType.SMTP, hostname="mail.example.com", socket_type=SocketType.STARTTLS)
    assert server.port == 587


def test_a_gap_stays_open() -> None:
    gap = Server(type=ServerType.IMAP)
    assert gap.is_gap
    assert (gap.socket_type, gap.port) == (None, None)


def test_every_type_has_a_role_and_a_way_to_be_reached() -> None:
    assert set(ROLES) == set(ServerType) == TCP_TYPES | URL_TYPES
    assert set(DEFAULT_PORTS) == TCP_TYPES


def test_servers_are_sorted_by_role_and_keep_their_order_within() -> None:
    smtp, pop, imap = (
        Server(type=type, hostname="a.example") for type in (ServerType.SMTP, ServerType.POP3, ServerType.IMAP)
    )
    assert Provider(id="a", name="A", servers=(smtp, pop, imap)).servers == (pop, imap, smtp)


def test_roles_leave_gaps_out() -> None:
    provider = Provider(id="a", name="A", servers=(Server(type=ServerType.IMAP),))
    assert (provider.incoming, provider.with_role(Role.INCOMING), len(provider.gaps)) == ((), (), 1)


def test_an_address_is_put_into_every_part_and_escaped_in_urls() -> None:
    provider = RICH.for_address(parse_address("j&j@example.net"))
    assert provider.servers[0].username == "j&j@example.net"
    assert provider.webmail is not None
    assert provider.webmail.login_page == "https://mail.example.com/?domain=example.net"
    assert RICH.servers[0].username == "%EMAILADDRESS%"
