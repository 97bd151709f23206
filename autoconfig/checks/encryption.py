"""Rules on how connections are protected."""

from __future__ import annotations

from collections.abc import Iterator

from autoconfig.checks.rule import Hit, Subject
from autoconfig.model import DEFAULT_PORTS, ServerType, SocketType

_MAIL_TYPES = frozenset({ServerType.IMAP, ServerType.POP3, ServerType.SMTP})
_RELAY_PORT = 25
_WELL_KNOWN = {
    port: (type, SocketType.SSL if socket_type is SocketType.SSL else SocketType.STARTTLS)
    for type in (ServerType.IMAP, ServerType.POP3, ServerType.SMTP)
    for socket_type, port in DEFAULT_PORTS[type].items()
}


def cleartext(subject: Subject) -> Iterator[Hit]:
    secured = {server.type for _, server in subject.numbered_servers() if server.socket_type is not SocketType.PLAIN}
    for field, server in subject.numbered_servers():
        if server.socket_type is SocketType.PLAIN:
            beside = ", beside one with TLS" if server.type in secured else ""
            yield Hit(f"{field}.socket_type", f"{server.type} server {server.hostname} without TLS{beside}")


def starttls_only(subject: Subject) -> Iterator[Hit]:
    implicit = {server.type for _, server in subject.numbered_servers() if server.socket_type is SocketType.SSL}
    told: set[ServerType] = set()
    for field, server in subject.numbered_servers():
        if server.type not in _MAIL_TYPES - implicit - told or server.socket_type is not SocketType.STARTTLS:
            continue
        told.add(server.type)
        yield Hit(f"{field}.socket_type", f"{server.type} with STARTTLS only")


def port_mismatch(subject: Subject) -> Iterator[Hit]:
    for field, server in subject.numbered_servers():
        if server.type not in _MAIL_TYPES or server.port not in _WELL_KNOWN:
            continue
        type, socket_type = _WELL_KNOWN[server.port]
        if type is not server.type:
            yield Hit(f"{field}.port", f"{server.type} on port {server.port}, which is that of {type}")
        elif (server.socket_type is SocketType.SSL) is not (socket_type is SocketType.SSL):
            yield Hit(f"{field}.port", f"{server.socket_type} on port {server.port}, which is that of {socket_type}")


def relay_port(subject: Subject) -> Iterator[Hit]:
    for field, server in subject.numbered_servers():
        if server.type is ServerType.SMTP and server.port == _RELAY_PORT:
            yield Hit(f"{field}.port", f"{server.hostname} is used on port 25")


def unencrypted_url(subject: Subject) -> Iterator[Hit]:
    for field, server in subject.numbered_servers():
        for name in ("url", "ews_url", "eas_url", "owa_url"):
            url = getattr(server, name)
            if url and url.lower().startswith(("http:", "ws:")):
                yield Hit(f"{field}.{name}", url)
