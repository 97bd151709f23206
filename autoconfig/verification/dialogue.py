"""The talk with a server that speaks in lines: greeting, TLS, what it offers, perhaps a login, and good-bye.

IMAP, POP3, SMTP and ManageSieve differ in their words only; each has a module that knows them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from typing import Protocol

from autoconfig.model import ServerType, SocketType
from autoconfig.verification import tls
from autoconfig.verification.authentication import compare, log_in
from autoconfig.verification.connect import addresses_of, connect
from autoconfig.verification.credentials import Credentials
from autoconfig.verification.faults import Fault, Stop
from autoconfig.verification.imap import Imap
from autoconfig.verification.managesieve import ManageSieve
from autoconfig.verification.notes import Means, Notes
from autoconfig.verification.offer import Offer
from autoconfig.verification.pop3 import Pop3
from autoconfig.verification.smtp import Smtp
from autoconfig.verification.stream import Stream


class Dialogue(Protocol):
    """A protocol's words. Whatever does not go as it should raises `Stop`."""

    def greet(self) -> None:
        """Read the greeting."""

    def offer(self) -> Offer:
        """Ask what the server can do."""

    def start_tls(self) -> bool:
        """Ask for TLS; tell whether the server is ready for it."""

    def log_in(self, credentials: Credentials, offer: Offer) -> bool | None:
        """Try credentials; None if no way of the offer fits them."""

    def quit(self) -> None:
        """Take leave, without waiting for an answer."""


DIALOGUES: dict[ServerType, Callable[[Stream], Dialogue]] = {
    ServerType.IMAP: Imap,
    ServerType.POP3: Pop3,
    ServerType.SMTP: Smtp,
    ServerType.MANAGESIEVE: ManageSieve,
}
_MAIL_STAYS = {ServerType.IMAP: True, ServerType.POP3: False}


def examine(notes: Notes, means: Means) -> None:
    """Talk with a server as its definition says, and note what comes of it.

    Raises:
        Stop: the talk ended early.
    """
    stream = open_stream(notes, means)
    with closing(stream):
        dialogue = DIALOGUES[notes.server.type](stream)
        if notes.server.socket_type is SocketType.SSL:
            secure(stream, notes, means)
        dialogue.greet()
        notes.mail_stays = _MAIL_STAYS.get(notes.server.type)
        offer = dialogue.offer()
        if notes.server.socket_type is SocketType.STARTTLS:
            _start_tls(dialogue, offer, stream, notes, means)
            offer = dialogue.offer()
        elif notes.server.socket_type is SocketType.PLAIN:
            _note_unencrypted(offer, notes)
        notes.capabilities = offer.capabilities
        notes.offered = offer.authentication
        compare(offer, notes)
        _note_expiry(offer, notes)
        if means.credentials is not None:
            log_in(dialogue.log_in, means.credentials, offer, notes)
        with suppress(Stop):
            dialogue.quit()


def open_stream(notes: Notes, means: Means, host: str | None = None, port: int | None = None) -> Stream:
    """Resolve the host and connect to it; by default to the server's own host and port."""
    host, port = host or notes.server.hostname, port or notes.server.port
    assert host is not None and port is not None
    addresses = addresses_of(host, means.resolver, notes.deadline)
    connected = connect(addresses, port, notes.deadline)
    notes.address = connected.address
    for address in connected.dead:
        notes.add(Fault.ADDRESS_DEAD, f"{host} is at {address} too, where port {port} takes no connection")
    return Stream(connected.connection, notes.deadline)


def secure(stream: Stream, notes: Notes, means: Means, host: str | None = None) -> None:
    """Turn TLS on, and note what it is worth."""
    host = host or notes.server.hostname
    assert host is not None
    context = tls.unverifying() if notes.trusting else tls.verifying(means.ca_file)
    notes.tls = stream.start_tls(context, host)
    notes.findings += tls.findings(notes.tls)
    stream.awaited = "its greeting"


def _start_tls(dialogue: Dialogue, offer: Offer, stream: Stream, notes: Notes, means: Means) -> None:
    if offer.takes_passwords:
        notes.add(Fault.CLEARTEXT_LOGIN, "the server takes passwords before TLS is on")
    if not offer.starttls and offer.is_known:
        raise Stop(Fault.STARTTLS_MISSING, "the server does not offer STARTTLS, or somebody on the way hides it")
    if not dialogue.start_tls():
        raise Stop(Fault.STARTTLS_REFUSED, "the server refuses STARTTLS")
    secure(stream, notes, means)


def _note_unencrypted(offer: Offer, notes: Notes) -> None:
    notes.add(Fault.UNENCRYPTED, "mail and passwords go over the network in clear text")
    if offer.starttls:
        notes.add(Fault.STARTTLS_UNUSED, "the server offers STARTTLS here, which the definition leaves unused")


def _note_expiry(offer: Offer, notes: Notes) -> None:
    """POP3: what becomes of fetched mail (RFC 1939, section 8; EXPIRE of RFC 2449, section 6.7)."""
    if notes.server.type is not ServerType.POP3:
        return
    days = next((name.split()[1:2] for name in offer.capabilities if name.split()[:1] == ["EXPIRE"]), [])
    if days == ["0"]:
        notes.add(Fault.MAIL_REMOVED, "the server deletes mail as soon as it is fetched (EXPIRE 0)")
    elif notes.server.pop3 is None or notes.server.pop3.leave_messages_on_server is None:
        notes.add(Fault.MAIL_REMOVED, "fetched mail leaves the server, unless the client is told to leave it there")
