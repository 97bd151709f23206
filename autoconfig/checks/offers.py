"""Rules on what a provider offers: ways to read mail, to send it, and to log in."""

from __future__ import annotations

from collections.abc import Iterator

from autoconfig.address import broken_placeholders
from autoconfig.checks.rule import Hit, Subject
from autoconfig.model import Authentication, Role, ServerType

_MAIL_TYPES = frozenset({ServerType.IMAP, ServerType.POP3, ServerType.SMTP})
_NEEDS_DETAILS = frozenset({Authentication.OAUTH2})
_UNREADABLE = frozenset(method for method in Authentication if method.startswith("SASL "))
_KNOWN_TO_THUNDERBIRD = (
    "gmail.com",
    "googlemail.com",
    "office365.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "att.net",
    "aol.com",
    "imap.mail.ru",
    "smtp.mail.ru",
    "imap.yandex.com",
    "smtp.yandex.com",
    "imap.fastmail.com",
    "pop.fastmail.com",
    "smtp.fastmail.com",
    "imap.comcast.net",
    "pop.comcast.net",
    "smtp.comcast.net",
    "thundermail.com",
)
"""Hosts, with those below them, for which Thunderbird 153 has OAuth2 details (OAuth2Providers.sys.mjs)."""


def no_imap(subject: Subject) -> Iterator[Hit]:
    types = {server.type for server in subject.provider.servers if server.role is Role.INCOMING}
    if types == {ServerType.POP3}:
        first = next(i for i, server in enumerate(subject.provider.servers) if server.type is ServerType.POP3)
        yield Hit(f"servers[{first}]", "POP3 is the only way to read mail")


def no_incoming(subject: Subject) -> Iterator[Hit]:
    yield from _without_role(subject, Role.INCOMING)


def no_outgoing(subject: Subject) -> Iterator[Hit]:
    yield from _without_role(subject, Role.OUTGOING)


def _without_role(subject: Subject, role: Role) -> Iterator[Hit]:
    """A definition without any server is for DNS to fill, and one with a gap of the role too."""
    servers = subject.provider.servers
    if servers and all(server.role is not role for server in servers):
        yield Hit("servers", f"no {role} among {len(servers)}")


def no_password_fallback(subject: Subject) -> Iterator[Hit]:
    for field, server in subject.numbered_servers():
        methods = set(server.authentication)
        if server.type not in _MAIL_TYPES or not methods or server.hostname is None:
            continue
        readable = methods - _UNREADABLE
        if readable - _NEEDS_DETAILS:
            continue
        if not readable or not is_known_to_thunderbird(server.hostname):
            yield Hit(f"{field}.authentication", f"{', '.join(server.authentication)} at {server.hostname}")


def is_known_to_thunderbird(host: str) -> bool:
    """Tell whether Thunderbird can use OAuth2 at a host on its own."""
    return f".{host}".endswith(tuple(f".{known}" for known in _KNOWN_TO_THUNDERBIRD))


def broken_placeholder(subject: Subject) -> Iterator[Hit]:
    known = {f"%{input_field.key}%" for input_field in subject.provider.input_fields}
    for field, server in subject.numbered_servers():
        for name in ("hostname", "username"):
            text = getattr(server, name) or ""
            for key in known:
                text = text.replace(key, "")
            for broken in broken_placeholders(text):
                yield Hit(f"{field}.{name}", f"{broken} in {getattr(server, name)}")
