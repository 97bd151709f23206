"""From a host name to a connection: both address families, the dead ones told, and all of it in time."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from autoconfig.dns.answers import Failure, Trouble
from autoconfig.verification.connect import Connected, addresses_of, connect
from autoconfig.verification.faults import Fault, Stop
from tests.support.mail_wire import FixedNames

BLACK_HOLE = "127.99.0.1"


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which 127.0.0.1 and ::1 take connections, and no other address."""
    with socket.create_server(("127.0.0.1", 0)) as version_4:
        number = version_4.getsockname()[1]
        with socket.create_server(("::1", number), family=socket.AF_INET6):
            yield number


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port that answers no connection: its backlog is full, so that the system drops what comes."""
    with socket.create_server((BLACK_HOLE, 0), backlog=0) as listener:
        number = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex((BLACK_HOLE, number))
        time.sleep(0.05)
        yield number
        for filler in fillers:
            filler.close()


def connected(addresses: list[str], port: int, timeout: float = 2.0) -> Connected:
    result = connect(addresses, port, time.monotonic() + timeout)
    result.connection.close()
    return result


def stopped(addresses: list[str], port: int, timeout: float = 2.0) -> Stop:
    with pytest.raises(Stop) as caught:
        connect(addresses, port, time.monotonic() + timeout)
    return caught.value


def test_version_6_comes_first(port: int) -> None:
    names = FixedNames({"a.test": ["127.0.0.1", "127.0.0.2", "::1"]})
    addresses = addresses_of("a.test", names, time.monotonic() + 1)
    assert addresses == ("::1", "127.0.0.1", "127.0.0.2")
    assert connected(list(addresses), port).address == "::1"


def test_a_dead_address_does_not_keep_from_the_living_one_and_is_told(port: int) -> None:
    result = connected(["127.0.0.2", "::1"], port)
    assert result.address == "::1"
    assert result.dead == ("127.0.0.2",)


def test_a_silent_address_costs_the_head_start_only(full_port: int) -> None:
    with socket.create_server(("127.0.0.1", full_port)):
        started = time.monotonic()
        result = connected([BLACK_HOLE, "127.0.0.1"], full_port)
        assert 0.2 < time.monotonic() - started < 1.0
    assert result.address == "127.0.0.1"


def test_nobody_on_the_port_is_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()[1]
    stop = stopped(["127.0.0.1", "::1"], free)
    assert stop.fault is Fault.CONNECTION_REFUSED
    assert "127.0.0.1" in stop.finding.text
    assert "::1" in stop.finding.text


def test_silence_ends_at_the_deadline(full_port: int) -> None:
    started = time.monotonic()
    assert stopped([BLACK_HOLE], full_port, 0.4).fault is Fault.CONNECTION_TIMEOUT
    assert time.monotonic() - started < 1.0


@pytest.mark.parametrize(
    ("why", "fault"),
    [
        (Trouble.TIMEOUT, Fault.NETWORK_UNREACHABLE),
        (Trouble.UNREACHABLE, Fault.NETWORK_UNREACHABLE),
        (Trouble.SERVFAIL, Fault.DNS_FAILED),
        (Trouble.BOGUS, Fault.DNS_FAILED),
    ],
)
def test_dns_that_gives_no_answer(why: Trouble, fault: Fault) -> None:
    names = FixedNames({"a.test": Failure(name="a.test", why=why, detail="a.test: broken")})
    with pytest.raises(Stop) as caught:
        addresses_of("a.test", names, time.monotonic() + 1)
    assert caught.value.fault is fault


def test_a_name_without_address() -> None:
    with pytest.raises(Stop) as caught:
        addresses_of("nowhere.test", FixedNames(), time.monotonic() + 1)
    assert caught.value.fault is Fault.NAME_UNRESOLVED


def test_an_ip_address_needs_no_dns() -> None:
    names = FixedNames()
    assert addresses_of("192.0.2.1", names, time.monotonic() + 1) == ("192.0.2.1",)
    assert names.asked == []
