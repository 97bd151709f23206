"""From a host name to a connection: both address families, whichever answers first (RFC 8305, Happy Eyeballs)."""

from __future__ import annotations

import errno
import os
import selectors
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import chain, zip_longest
from time import monotonic
from typing import Protocol

import msgspec

from autoconfig.address import is_ip_address
from autoconfig.dns import Absence, Answer, Failure, Trouble
from autoconfig.verification.faults import Fault, Stop

HEAD_START = 0.25  # seconds between two attempts: RFC 8305, section 5
_MAX_ADDRESSES = 6
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETDOWN})
_UNDER_WAY = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK})
_NETWORK_TROUBLE = frozenset({Trouble.TIMEOUT, Trouble.UNREACHABLE})


class Resolves(Protocol):
    """What is asked of a resolver; `autoconfig.dns.Resolver` is one."""

    def begin_addresses(
        self, name: str, deadline: float | None = None
    ) -> Callable[[], Answer[str] | Absence | Failure]: ...


class Connected(msgspec.Struct, frozen=True):
    """A connection, the IP address at its other end, and those that were tried in vain before it."""

    connection: socket.socket
    address: str
    dead: tuple[str, ...]


def addresses_of(host: str, resolver: Resolves, deadline: float) -> tuple[str, ...]:
    """The addresses of a host in the order in which they are tried: IPv6 and IPv4 in turn, IPv6 first.

    Raises:
        Stop: there is none, or DNS gives no answer.
    """
    if is_ip_address(host):
        return (host,)
    match resolver.begin_addresses(host, deadline)():
        case Answer(records=records):
            return _interleaved(records)[:_MAX_ADDRESSES]
        case Absence(why=why):
            raise Stop(Fault.NAME_UNRESOLVED, f"{host} has no address: {why}")
        case Failure(why=why, detail=detail):
            fault = Fault.NETWORK_UNREACHABLE if why in _NETWORK_TROUBLE else Fault.DNS_FAILED
            raise Stop(fault, f"no DNS answer: {detail}")


def connect(addresses: Sequence[str], port: int, deadline: float) -> Connected:
    """Connect to the first address that takes it; each gets a head start of 250 ms before the next is tried too.

    Raises:
        Stop: none did before the deadline (of `time.monotonic()`).
    """
    race = _Race(addresses, port)
    with race.open_sockets:
        return race.run(deadline)


class _Race:
    """The attempts to connect, as they start, fail and win."""

    def __init__(self, addresses: Sequence[str], port: int) -> None:
        self.open_sockets = ExitStack()
        self._selector = self.open_sockets.enter_context(selectors.DefaultSelector())
        self._waiting = list(addresses)
        self._port = port
        self._failures: dict[str, int] = {}

    def run(self, deadline: float) -> Connected:
        next_start = monotonic()
        while self._waiting or self._selector.get_map():
            now = monotonic()
            if now >= deadline:
                raise Stop(Fault.CONNECTION_TIMEOUT, f"port {self._port} did not answer in time")
            if self._waiting and (now >= next_start or not self._selector.get_map()):
                self._start(self._waiting.pop(0))
                next_start = now + HEAD_START
            until = min(deadline, next_start) if self._waiting else deadline
            for key, _ in self._selector.select(max(0.0, until - monotonic())):
                if winner := self._finish(key):
                    return winner
        raise self._nobody()

    def _start(self, address: str) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            attempt = self.open_sockets.enter_context(socket.socket(family, socket.SOCK_STREAM))
            attempt.setblocking(False)
            code = attempt.connect_ex((address, self._port))
        except OSError:  # no such family, or an address whose zone is of another machine
            self._failures[address] = errno.EAFNOSUPPORT
            return
        if code in _UNDER_WAY:
            self._selector.register(attempt, selectors.EVENT_WRITE, address)
        else:
            self._failures[address] = code

    def _finish(self, key: selectors.SelectorKey) -> Connected | None:
        attempt, address = key.fileobj, key.data
        assert isinstance(attempt, socket.socket)
        self._selector.unregister(attempt)
        if code := attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._failures[address] = code
            return None
        winner = attempt.dup()  # the attempt itself is closed with the losers
        winner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        dead = tuple(name for name, code in self._failures.items() if code not in _NO_ROUTE)
        return Connected(winner, address, dead)

    def _nobody(self) -> Stop:
        codes = set(self._failures.values())
        reasons = "; ".join(f"{address}: {os.strerror(code)}" for address, code in self._failures.items())
        if codes <= _NO_ROUTE:
            return Stop(Fault.NETWORK_UNREACHABLE, f"no way to the server ({reasons})")
        if errno.ECONNRESET in codes:
            return Stop(Fault.CLOSED, f"the connection broke as soon as it was made ({reasons})")
        if errno.ETIMEDOUT in codes:
            return Stop(Fault.CONNECTION_TIMEOUT, f"port {self._port} did not answer ({reasons})")
        return Stop(Fault.CONNECTION_REFUSED, f"nothing takes connections on port {self._port} ({reasons})")


def _interleaved(addresses: Sequence[str]) -> tuple[str, ...]:
    version_6 = [address for address in addresses if ":" in address]
    version_4 = [address for address in addresses if ":" not in address]
    return tuple(filter(None, chain.from_iterable(zip_longest(version_6, version_4))))
