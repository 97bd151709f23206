"""automx2's JSON for `/initdb/`: one provider, its domains and its servers, in version 1 or 2.

Ports and the order of servers are what automx2 makes of them: a port of TLS means TLS, any other STARTTLS, and a lower
`prio` comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autoconfig.errors import ParseError
from autoconfig.formats import json
from autoconfig.formats.databases.collector import Collector, DatabaseReading, is_port
from autoconfig.formats.text import tidy
from autoconfig.formats.web import web_address
from autoconfig.model import DEFAULT_USERNAME, Authentication, Server, ServerType, SocketType

_TYPES = {"imap": ServerType.IMAP, "pop": ServerType.POP3, "smtp": ServerType.SMTP}
_DAV_TYPES = {"caldav": ServerType.CALDAV, "carddav": ServerType.CARDDAV}
_TLS_PORTS = frozenset({465, 993, 995})
_DEFAULT_PRIORITY = 10
_READ = frozenset({"version", "provider", "domains", "servers"})
_SERVER_READ = frozenset({"type", "name", "port", "prio"})
_DAV_READ = frozenset({"type", "url", "port"})


def read(data: bytes) -> DatabaseReading:
    """Read the provider. Accounts of LDAP servers, which hold passwords, stay behind.

    Raises:
        ParseError: the data is no such file.
    """
    said, notes = json.parse_object(data, "automx2")
    name = tidy(said.get("provider"))
    if name is None or not _is_database(said):
        raise ParseError("automx2", "no provider with domains and servers in it")
    collector = Collector()
    collector.notes += notes
    collector.unplaced((key for key in said if key not in _READ), name)
    servers = sorted(map(json.object_of, said["servers"]), key=_priority)
    domains = collector.plain_domains(name, (_domain(domain, name, collector) for domain in said["domains"]))
    collector.add(name, name, domains, [read for server in servers for read in _read_server(server, name, collector)])
    return collector.reading()


def recognises(data: bytes) -> bool:
    """Tell whether the data looks like what automx2 is fed."""
    try:
        said, _ = json.parse_object(data, "automx2")
    except ParseError:
        return False
    return _is_database(said)


def _is_database(said: Mapping[str, Any]) -> bool:
    return (
        isinstance(said.get("provider"), str)
        and isinstance(said.get("domains"), list)
        and isinstance(said.get("servers"), list)
    )


def _domain(said: object, who: str, collector: Collector) -> object:
    """A domain is text in version 1, an object with a name in version 2."""
    if not isinstance(said, dict):
        return said
    collector.unplaced((f"domain {key}" for key in said if key != "name"), who)
    return said.get("name")


def _priority(server: Mapping[str, Any]) -> int:
    priority = server.get("prio")
    return priority if isinstance(priority, int) else _DEFAULT_PRIORITY


def _read_server(said: Mapping[str, Any], who: str, collector: Collector) -> list[Server]:
    kind = tidy(said.get("type")) or ""
    if kind in _DAV_TYPES:
        return _read_dav_server(_DAV_TYPES[kind], said, who, collector)
    type = _TYPES.get(kind)
    if type is None:
        collector.notes.append(f"{who}: a server of the unknown type {kind[:60]!r} is left out")
        return []
    collector.unplaced((f"server {key}" for key in said if key not in _SERVER_READ), who)
    port = said.get("port")
    socket_type = SocketType.STARTTLS if is_port(port) and port not in _TLS_PORTS else SocketType.SSL
    hostname = tidy(said.get("name"))
    return collector.server(who, type, hostname, port, socket_type=socket_type, username=DEFAULT_USERNAME)


def _read_dav_server(type: ServerType, said: Mapping[str, Any], who: str, collector: Collector) -> list[Server]:
    collector.unplaced((f"server {key}" for key in said if key not in _DAV_READ), who)
    url = tidy(said.get("url"))
    target = web_address(url) if url is not None else None
    if target is None:
        collector.notes.append(f"{who}: a server for {type} has no usable url and is left out")
        return []
    if is_port(said.get("port")) and said["port"] != target.port:
        collector.notes.append(f"{who}: {url} is on port {target.port}, and not on {said['port']} as said beside it")
    return [Server(type=type, url=url, username=DEFAULT_USERNAME, authentication=(Authentication.HTTP_BASIC,))]
