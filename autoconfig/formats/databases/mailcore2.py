"""MailCore 2's `providers.json`: for each provider its servers, and its domains and MX hosts as regular expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autoconfig.errors import ParseError
from autoconfig.formats import json
from autoconfig.formats.databases.collector import Collector, DatabaseReading
from autoconfig.formats.text import tidy
from autoconfig.model import DEFAULT_USERNAME, Server, ServerType, SocketType

_TYPES = {"imap": ServerType.IMAP, "pop": ServerType.POP3, "smtp": ServerType.SMTP}
_DOMAIN = "{domain}"
_READ = frozenset({"servers", "domain-match", "mx-match"})
_SERVER_READ = frozenset({"hostname", "port", "ssl", "tls", "starttls"})


def read(data: bytes) -> DatabaseReading:
    """Read every provider that has a domain or an MX host; the others are patterns to guess with.

    Raises:
        ParseError: the data is no such file.
    """
    said, notes = json.parse_object(data, "mailcore2")
    if not _is_database(said):
        raise ParseError("mailcore2", "no objects with `servers` in it")
    collector = Collector()
    collector.notes += notes
    for key, value in said.items():
        name = tidy(key)
        if name is None or not isinstance(value, dict):
            collector.notes.append(f"{key[:60]!r} is no provider")
        else:
            _read_provider(name, value, collector)
    return collector.reading()


def recognises(data: bytes) -> bool:
    """Tell whether the data looks like MailCore's providers."""
    try:
        said, _ = json.parse_object(data, "mailcore2")
    except ParseError:
        return False
    return _is_database(said)


def _is_database(said: Mapping[str, Any]) -> bool:
    return any(isinstance(value, dict) and isinstance(value.get("servers"), dict) for value in said.values())


def _read_provider(name: str, said: Mapping[str, Any], collector: Collector) -> None:
    patterns, mx_patterns = _texts(said.get("domain-match")), _texts(said.get("mx-match"))
    if not patterns and not mx_patterns:
        collector.notes.append(f"{name} has no domains and is left out: it is a pattern to guess servers with")
        return
    servers: list[Server] = []
    for kind, listed in json.object_of(said.get("servers")).items():
        type = _TYPES.get(kind)
        if type is None:
            collector.unplaced([f"servers {kind}"], name)
            continue
        for server in json.list_of(listed):
            servers += _read_server(type, json.object_of(server), name, collector)
    collector.unplaced((key for key in said if key not in _READ), name)
    collector.add(
        name,
        name,
        collector.domains(name, patterns),
        servers,
        mx_domains=collector.mx_domains(name, mx_patterns),
    )


def _texts(value: object) -> list[str]:
    return [text for item in json.list_of(value) if (text := tidy(item)) is not None]


def _read_server(type: ServerType, said: Mapping[str, Any], who: str, collector: Collector) -> list[Server]:
    collector.unplaced((f"server {key}" for key in said if key not in _SERVER_READ), who)
    hostname = tidy(said.get("hostname"))
    if hostname is not None:
        hostname = hostname.replace(_DOMAIN, "%EMAILDOMAIN%")
    socket_type = _socket_type(said)
    return collector.server(who, type, hostname, said.get("port"), socket_type=socket_type, username=DEFAULT_USERNAME)


def _socket_type(said: Mapping[str, Any]) -> SocketType:
    if said.get("ssl") is True or said.get("tls") is True:
        return SocketType.SSL
    return SocketType.STARTTLS if said.get("starttls") is True else SocketType.PLAIN
