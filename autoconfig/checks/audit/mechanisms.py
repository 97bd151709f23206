"""The ways in which a domain publishes settings, and what each of them can say of a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from autoconfig.address import Address
from autoconfig.formats import FORMATS, Reading, autodiscover_json, mozilla, outlook, pacc
from autoconfig.model import Provider, ServerType

MAIL_TYPES = frozenset({ServerType.IMAP, ServerType.POP3, ServerType.SMTP})
_PACC_TYPES = MAIL_TYPES | {ServerType.JMAP, ServerType.CALDAV, ServerType.CARDDAV, ServerType.MANAGESIEVE}
PLACE = ("hostname", "port", "socket_type", "url")
LOGIN = ("username", "authentication")
_XML = frozenset({"text/xml", "application/xml"})


class Mechanism(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of document: its name in `FORMATS`, the media types that it may have, and what it can say.

    `tags` are the names by which a rendered document calls the fields of a server.
    """

    format: str
    media_types: frozenset[str]
    read: Callable[[bytes], Reading] | None = None
    types: frozenset[ServerType] = frozenset()
    fields: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = {}

    @property
    def title(self) -> str:
        return FORMATS[self.format].title

    def rendered(self, provider: Provider, address: Address | None = None) -> bytes:
        """The provider as this kind of document."""
        return FORMATS[self.format].module.render(provider, address=address)


MOZILLA = Mechanism(
    format="mozilla",
    media_types=_XML,
    read=mozilla.read,
    types=frozenset(ServerType),
    fields=PLACE + LOGIN,
    tags={
        "hostname": ("<hostname>",),
        "port": ("<port>",),
        "socket_type": ("<socketType>",),
        "url": ("<url>",),
        "username": ("<username>",),
        "authentication": ("<authentication",),
    },
)
OUTLOOK = Mechanism(
    format="outlook",
    media_types=_XML,
    read=outlook.read,
    types=MAIL_TYPES,
    fields=PLACE + LOGIN,
    tags={
        "hostname": ("<Server>",),
        "port": ("<Port>",),
        "socket_type": ("<SSL>", "<Encryption>"),
        "username": ("<LoginName>", "<DomainRequired>"),
        "authentication": ("<SPA>", "<AuthRequired>"),
    },
)
PACC = Mechanism(
    format="pacc",
    media_types=frozenset({"application/json"}),
    read=pacc.read,
    types=_PACC_TYPES,
    fields=PLACE,
)
POINTER = Mechanism(
    format="autodiscover_json", media_types=frozenset({"application/json"}), read=autodiscover_json.read
)
PROFILE = Mechanism(format="apple", media_types=frozenset({"application/x-apple-aspen-config"}))

OF_SOURCE: Mapping[str, Mechanism] = {
    "autoconfig-1.1": MOZILLA,
    "autoconfig-1.2": MOZILLA,
    "autoconfig-1.3": MOZILLA,
    "autoconfig-1.2-http": MOZILLA,
    "ispdb": MOZILLA,
    "mx": MOZILLA,
    "txt": MOZILLA,
    "pacc": PACC,
    "autodiscover": OUTLOOK,
    "autodiscover-json": POINTER,
    "profile": PROFILE,
}
"""The kind of document that each source of discovery gives."""

OF_OTHERS = frozenset({"ispdb", "mx"})
"""The sources that the domain itself has no say in."""
