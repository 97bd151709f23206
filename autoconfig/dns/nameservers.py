"""The name servers that a resolver asks: one after the other until one answers or the time is over."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import msgspec
from dns.edns import EDECode, EDEOption
from dns.exception import DNSException
from dns.flags import Flag
from dns.message import Message, QueryMessage, make_query
from dns.name import Name
from dns.rcode import Rcode
from dns.rdatatype import RdataType

from autoconfig.address import is_hostname, is_ip_address
from autoconfig.dns.answers import NoAnswerError, Trouble
from autoconfig.dns.transport import Https, exchange
from autoconfig.errors import AddressError

_PAYLOAD = 1232  # octets that pass every path in one piece (dnsflagday.net/2020)
_PORTS = range(1, 65536)
_WITH_PORT = re.compile(r"(?:\[(.*:.*)\]|([^:]+))(?::([0-9]{1,5}))?")
_NOT_UNDERSTOOD = frozenset({Rcode.FORMERR, Rcode.NOTIMP, Rcode.BADVERS})
_DNSSEC_ERRORS = range(EDECode.DNSSEC_BOGUS, EDECode.NSEC_MISSING + 1)  # RFC 8914, section 4


class NameServer(msgspec.Struct, frozen=True):
    """One name server: what it is called in messages, and how it is asked."""

    label: str
    exchange: Callable[[Message, float], Message]


def by_address(entries: Iterable[str], port: int) -> Iterator[NameServer]:
    """The name servers of "HOST", "HOST:PORT", "[IPv6]" or "[IPv6]:PORT". A host name is looked up by the system.

    Raises:
        AddressError: text that is none of these, or a host name without address.
    """
    for entry in entries:
        host, its_port = _split(entry, port)
        for address in [host] if _is_address(host) else _addresses(host):
            label = f"[{address}]:{its_port}" if ":" in address else f"{address}:{its_port}"
            yield NameServer(label, partial(exchange, address, its_port))


def by_url(https: Https, url: str) -> NameServer:
    """The name server behind a URL."""
    return NameServer(url, https.exchange)


def of_system() -> list[str]:
    """The addresses of the name servers that this machine is configured to use; none if it has no configuration."""
    from dns.resolver import NoResolverConfiguration, Resolver

    try:
        return [str(address) for address in Resolver().nameservers]
    except NoResolverConfiguration:
        return []


def _is_address(host: str) -> bool:
    return is_ip_address(host.partition("%")[0])  # fe80::1%eth0 is an address and the interface that leads there


def _split(entry: str, default_port: int) -> tuple[str, int]:
    parts = _WITH_PORT.fullmatch(entry)
    host, port = (parts[1] or parts[2], parts[3]) if parts else (entry, None)
    number = int(port) if port else default_port
    if not (_is_address(host) or is_hostname(host.lower())) or number not in _PORTS:
        raise AddressError(f"{entry!r} is not a name server: expected HOST, HOST:PORT or [IPv6]:PORT")
    return host, number


def _addresses(host: str) -> list[str]:
    from socket import SOCK_DGRAM, getaddrinfo

    try:
        return [str(found[4][0]) for found in getaddrinfo(host, None, type=SOCK_DGRAM)]
    except OSError as error:
        raise AddressError(f"the name server {host!r} has no address: {error}") from error


class NameServers:
    """Several name servers that count as one.

    Args:
        servers: the most preferred one first.
        timeout: seconds until the next one is asked.
        dnssec: ask for signatures, and for the data even where the server holds them bogus (RFC 4035, section 3.2.2).
        want_ad: ask whether the server has validated the answer (RFC 6840, section 5.7).
    """

    def __init__(self, servers: Iterable[NameServer], timeout: float, *, dnssec: bool, want_ad: bool) -> None:
        self._servers = tuple(servers)
        self._timeout = timeout
        self._dnssec = dnssec
        self._flags = (Flag.CD if dnssec else 0) | (Flag.AD if want_ad else 0)

    def query(self, name: Name, rdtype: RdataType, deadline: float) -> QueryMessage:
        """Ask until a server says something, be it that there is nothing.

        A server that does not answer in time is asked again after the others; one that answers badly is not.

        Raises:
            NoAnswerError: no server answered before the deadline; tells what the last one said.
        """
        trouble = NoAnswerError(Trouble.UNREACHABLE, "no name server is configured")
        servers = deque(self._servers)
        while servers:
            server = servers.popleft()
            try:
                return self._ask(server, name, rdtype, min(deadline, time.monotonic() + self._timeout))
            except NoAnswerError as error:
                trouble = error
            if time.monotonic() >= deadline:
                break
            if trouble.why is Trouble.TIMEOUT:
                servers.append(server)
        raise trouble

    def _ask(self, server: NameServer, name: Name, rdtype: RdataType, deadline: float) -> QueryMessage:
        try:
            response = server.exchange(self._message(name, rdtype), deadline)
            if response.rcode() in _NOT_UNDERSTOOD and not self._dnssec:
                # a server from before EDNS (RFC 6891, section 7)
                response = server.exchange(make_query(name, rdtype), deadline)
        except TimeoutError as error:
            raise NoAnswerError(Trouble.TIMEOUT, f"{server.label} does not answer in time") from error
        except OSError as error:
            raise NoAnswerError(Trouble.UNREACHABLE, f"{server.label} is not reached: {error}") from error
        except NoAnswerError as error:
            raise NoAnswerError(error.why, f"{server.label}: {error.detail}") from error
        except DNSException as error:
            raise NoAnswerError(Trouble.MALFORMED, f"{server.label} sends no proper answer: {error}") from error
        assert isinstance(response, QueryMessage), "an answer has the opcode of its question"
        _check(response, server.label)
        return response

    def _message(self, name: Name, rdtype: RdataType) -> Message:
        message = make_query(name, rdtype, use_edns=0, payload=_PAYLOAD, want_dnssec=self._dnssec)
        message.flags |= self._flags
        return message


def _check(response: Message, label: str) -> None:
    rcode = response.rcode()
    if rcode in (Rcode.NOERROR, Rcode.NXDOMAIN):
        if _is_referral(response):
            raise NoAnswerError(Trouble.SERVFAIL, f"{label} refers to other name servers: it is no resolver")
        return
    if rcode == Rcode.REFUSED:
        raise NoAnswerError(Trouble.REFUSED, f"{label} refuses to answer")
    reasons = [option for option in response.options if isinstance(option, EDEOption)]
    bogus = any(option.code in _DNSSEC_ERRORS for option in reasons)
    why = "; ".join(option.to_text() for option in reasons)
    raise NoAnswerError(
        Trouble.BOGUS if bogus else Trouble.SERVFAIL,
        f"{label} says {Rcode.to_text(rcode)}{f' ({why})' if why else ''}",
    )


def _is_referral(response: Message) -> bool:
    types = {rrset.rdtype for rrset in response.authority}
    return not response.answer and RdataType.NS in types and RdataType.SOA not in types
