"""FairEmail's `providers.xml`: one element for each provider, its domains as regular expressions.

What each attribute means is told from FairEmail's reader. Ports without `starttls` have TLS from the first byte.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from lxml import etree

from autoconfig.errors import ParseError
from autoconfig.formats import xml
from autoconfig.formats.databases.collector import Collector, DatabaseReading
from autoconfig.formats.text import tidy
from autoconfig.model import (
    Authentication,
    HelpPage,
    LocalizedText,
    OAuth2,
    Server,
    ServerType,
    SocketType,
)

_TYPES = {"imap": ServerType.IMAP, "pop": ServerType.POP3, "smtp": ServerType.SMTP}
_USERNAMES = {"": "%EMAILADDRESS%", "email": "%EMAILADDRESS%", "local": "%EMAILLOCALPART%"}
_READ = frozenset(
    {"name", "description", "domain", "mx", "user", "link", "documentation", "enabled", "id", "alt", "debug"}
)
_DOCUMENTATION = "documentation."
# Android's resource files escape what else its build would take for itself; files that a user imports do not.
_ESCAPED = re.compile(r"\\(['\"@?\\])")
_NUMBER = re.compile("[0-9]{1,5}")


def read(data: bytes) -> DatabaseReading:
    """Read every provider that is switched on.

    Raises:
        ParseError: the data is no such file.
    """
    root = xml.parse_root(data, "fairemail")
    if root.tag != "providers":
        raise ParseError("fairemail", f"root element <{root.tag}>, expected <providers>")
    collector = Collector()
    for element in root:
        if element.tag == "provider":
            _read_provider(element, collector)
        else:
            collector.notes.append(f"line {element.sourceline}: <{element.tag}> is unknown")
    return collector.reading()


def recognises(data: bytes) -> bool:
    """Tell whether the data looks like FairEmail's providers."""
    return xml.root_name(data) == "providers"


def _read_provider(element: etree._Element, collector: Collector) -> None:
    short_name = tidy(element.get("name")) or "?"
    name = tidy(element.get("description")) or short_name
    who = f"{name} (line {element.sourceline})"
    if element.get("enabled") == "false":
        collector.notes.append(f"{who} is switched off and left out")
        return
    username = _username(element)
    oauth2 = _read_oauth2(element.find("oauth"), who, collector)
    servers: list[Server] = []
    for child in element:
        type = _TYPES.get(child.tag)
        if type is not None:
            servers += _read_server(child, type, username, who, collector)
        elif child.tag != "oauth":
            collector.unplaced([f"<{child.tag}>"], who)
    if oauth2 is not None:
        servers = [_with_oauth2(server) for server in servers]
    collector.unplaced((key for key in _keys(element) if not _is_read(key)), who)
    collector.add(
        who,
        name,
        collector.domains(who, _patterns(element.get("domain"))),
        servers,
        short_name=short_name if short_name != name else None,
        mx_domains=collector.mx_domains(who, _patterns(element.get("mx"))),
        oauth2=oauth2,
        **_read_help(element, who, collector),
    )


def _keys(element: etree._Element) -> list[str]:
    return list(map(str, element.keys()))


def _is_read(key: str) -> bool:
    return key in _READ or key.startswith(_DOCUMENTATION)


def _username(element: etree._Element) -> str:
    user = tidy(element.get("user")) or ""
    return _USERNAMES.get(user, user)


def _patterns(attribute: str | None) -> list[str]:
    patterns = (attribute or "").replace("\\\\", "\\").split(",")
    return [pattern.strip() for pattern in patterns if pattern.strip()]


def _read_server(
    element: etree._Element, type: ServerType, username: str, who: str, collector: Collector
) -> list[Server]:
    port = element.get("port")
    socket_type = SocketType.STARTTLS if element.get("starttls") == "true" else SocketType.SSL
    collector.unplaced((key for key in _keys(element) if key not in ("host", "port", "starttls")), who)
    number = int(port) if port is not None and _NUMBER.fullmatch(port) else port
    return collector.server(who, type, tidy(element.get("host")), number, socket_type=socket_type, username=username)


def _read_oauth2(element: etree._Element | None, who: str, collector: Collector) -> OAuth2 | None:
    """The authorization server; the client's id and secret are FairEmail's own, and no other client's to use."""
    if element is None or element.get("enabled") != "true":
        return None
    taken = ("enabled", "authorizationEndpoint", "tokenEndpoint", "scopes")
    collector.unplaced((f"oauth {key}" for key in _keys(element) if key not in taken), who)
    collector.unplaced((f"oauth <{child.tag}>" for child in element), who)
    return OAuth2(
        auth_url=tidy(element.get("authorizationEndpoint")),
        token_url=tidy(element.get("tokenEndpoint")),
        scopes=tuple(filter(None, map(tidy, (element.get("scopes") or "").split(",")))),
    )


def _with_oauth2(server: Server) -> Server:
    return msgspec.structs.replace(server, authentication=(Authentication.OAUTH2, *server.authentication))


def _read_help(element: etree._Element, who: str, collector: Collector) -> dict[str, Any]:
    text = []
    for key in _keys(element):
        if key == "documentation" or key.startswith(_DOCUMENTATION):
            words = tidy(_without_markup(element.get(key, ""), who, collector))
            if words is not None:
                text.append(LocalizedText(key.removeprefix("documentation").removeprefix("."), words))
    link = tidy(element.get("link"))
    if link is not None:
        return {"documentation": (HelpPage(link, tuple(text)),)}
    return {"instructions": (HelpPage("", tuple(text)),)} if text else {}


def _without_markup(html: str, who: str, collector: Collector) -> str:
    html = _ESCAPED.sub(r"\1", html)
    if "<" not in html:
        return html
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    root = etree.fromstring(f"<div>{html}</div>".encode(), parser)
    links = [link for anchor in root.iter("a") if (link := anchor.get("href"))]
    if links:
        collector.notes.append(f"{who}: its documentation loses the links to {', '.join(links)}")
    return "".join(map(str, root.itertext()))
