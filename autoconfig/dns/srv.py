"""The services that have an SRV record, and the order in which the targets of one are tried.

RFC 2782 (SRV), 6186 and 8314 (mail), 8620 (JMAP), 6764 (calendars and address books), 5804 (ManageSieve).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock

import dns.rdtypes.IN.SRV
import msgspec
from dns.name import from_text
from dns.rdataclass import RdataClass
from dns.rdataset import from_rdata_list
from dns.rdatatype import RdataType

from autoconfig.dns.answers import SRV, Srv
from autoconfig.model import ServerType, SocketType

NOT_OFFERED = "."
"""The target that says: decidedly no such service here."""

HTTPS_PORT = 443
URL_PATH = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
"""A path of a URL (RFC 3986, section 3.3), which may stand behind `path=` in a TXT record."""


class Service(msgspec.Struct, frozen=True):
    """A service with an SRV name of its own: the type of server that it means, and how that is reached.

    One with a `path` is reached by URL; where `path_in_txt`, a TXT record of the same name may say another path.
    """

    label: str
    type: ServerType
    socket_type: SocketType | None = None
    path: str | None = None
    path_in_txt: bool = False

    def name(self, domain: str) -> str:
        """The name of the records at a domain."""
        return f"{self.label}._tcp.{domain}"


SERVICES = (
    Service("_imaps", ServerType.IMAP, SocketType.SSL),
    Service("_imap", ServerType.IMAP, SocketType.STARTTLS),
    Service("_pop3s", ServerType.POP3, SocketType.SSL),
    Service("_pop3", ServerType.POP3, SocketType.STARTTLS),
    Service("_jmap", ServerType.JMAP, path="/.well-known/jmap"),
    Service("_submissions", ServerType.SMTP, SocketType.SSL),
    Service("_submission", ServerType.SMTP, SocketType.STARTTLS),
    Service("_sieve", ServerType.MANAGESIEVE, SocketType.STARTTLS),
    Service("_caldavs", ServerType.CALDAV, path="/.well-known/caldav", path_in_txt=True),
    Service("_carddavs", ServerType.CARDDAV, path="/.well-known/carddav", path_in_txt=True),
)
"""At equal priority the earlier one is preferred: TLS from the first byte before STARTTLS, IMAP before POP3."""

AUTODISCOVER = Service("_autodiscover", ServerType.EXCHANGE, path="/autodiscover/autodiscover.xml")
"""Where Outlook looks for a configuration: no server that a configuration could name."""


def services_of(type: ServerType, socket_type: SocketType | None) -> tuple[Service, ...]:
    """The services that a server of a type may be. No SRV name means plain connections: those of STARTTLS take them."""
    wanted = SocketType.STARTTLS if socket_type is SocketType.PLAIN else socket_type
    return tuple(service for service in SERVICES if service.type is type and wanted in (None, service.socket_type))


@lru_cache(4096)
def rdata(record: Srv) -> dns.rdtypes.IN.SRV.SRV:
    """The record as dnspython has it."""
    target = from_text(record.target)
    return dns.rdtypes.IN.SRV.SRV(  # type: ignore[no-untyped-call]
        RdataClass.IN, RdataType.SRV, record.priority, record.weight, record.port, target
    )


def processing_order(records: Iterable[Srv], seed: int | None = None) -> list[Srv]:
    """Order records by priority, and at random by weight within each; equal seeds give equal orders."""
    in_some_order = sorted(rdata(record) for record in records)
    with _seeded(seed):
        ordered = from_rdata_list(0, in_some_order).processing_order() if in_some_order else []
    return [SRV.read(data) for data in ordered]


_seeding = Lock()


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    """Seed the generator that dnspython draws from, Python's own, and leave it as it was."""
    if seed is None:
        yield
        return
    with _seeding:
        state = random.getstate()
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(state)
