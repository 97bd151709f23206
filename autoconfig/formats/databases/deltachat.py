"""Delta Chat's provider-db: a Markdown page for each provider, whose front matter in YAML has the settings."""

from __future__ import annotations

import re
from typing import Any

from autoconfig.definitions.loader import load
from autoconfig.definitions.nodes import Mapping, Mistake, Mistakes, Node, Scalar, Sequence
from autoconfig.errors import ParseError
from autoconfig.formats.databases.collector import Collector, DatabaseReading
from autoconfig.formats.text import tidy
from autoconfig.formats.web import web_address
from autoconfig.formats.xml import MAX_BYTES
from autoconfig.model import HelpPage, LocalizedText, Server, ServerType, SocketType, Source, Status

_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n(?P<settings>.*?)^---[ \t]*\r?$(?P<text>.*)", re.DOTALL | re.MULTILINE
)
_TYPES = {"imap": ServerType.IMAP, "smtp": ServerType.SMTP}
_SOCKET_TYPES = {"ssl": SocketType.SSL, "starttls": SocketType.STARTTLS, "plain": SocketType.PLAIN}
_USERNAMES = {
    "": "%EMAILADDRESS%",
    "EMAIL": "%EMAILADDRESS%",
    "EMAILADDRESS": "%EMAILADDRESS%",
    "EMAILLOCALPART": "%EMAILLOCALPART%",
}
_STATUS = {"OK": Status.CONFIRMED, "PREPARATION": Status.CONFIRMED, "BROKEN": Status.UNCONFIRMED}
_READ = frozenset(
    {"name", "status", "domains", "server", "before_login_hint", "after_login_hint", "last_checked", "website"}
)
_SERVER_READ = frozenset({"type", "socket", "hostname", "port", "username", "username_pattern"})
_PUBLISHED_AT = "https://providers.delta.chat/"
_CHECKED = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_NUMBER = re.compile("[0-9]{1,5}")


def read(data: bytes) -> DatabaseReading:
    """Read a page: one provider.

    Hints before the log-in become what a user must enable, those after it instructions. The text of the page stays
    behind.

    Raises:
        ParseError: the data is no such page.
    """
    settings, text = _split(data)
    collector = Collector()
    name = tidy(_text(settings, "name"))
    status = _STATUS.get(_text(settings, "status"))
    if name is None or status is None:
        raise ParseError("deltachat", f"front matter without a name and a status out of {', '.join(_STATUS)}")
    if status is not Status.CONFIRMED:
        collector.notes.append(f"{name}: Delta Chat does not work with it, so its settings are marked as unconfirmed")
    for mistake in settings.mistakes:
        collector.notes.append(f"{name}: line {mistake.place[0] + 1}: {mistake.found} is left out")
    if text:
        collector.notes.append(f"{name}: the text of the page is left out ({len(text)} bytes)")
    collector.unplaced((key for key in settings.root.entries if key not in _READ), name)
    collector.add(
        name,
        name,
        collector.plain_domains(name, (_scalar(item) for item in _items(settings.root, "domains"))),
        [server for item in _items(settings.root, "server") for server in _read_server(item, name, collector)],
        status=status,
        enable=_hint(settings, "before_login_hint"),
        instructions=_hint(settings, "after_login_hint"),
        documentation=_website(settings, name, collector),
        sources=_sources(settings, name, collector),
    )
    return collector.reading()


def recognises(data: bytes) -> bool:
    """Tell whether the data looks like a page of Delta Chat's provider-db, which no definition has a `status` like."""
    try:
        settings, _ = _split(data)
    except ParseError:
        return False
    return _text(settings, "status") in _STATUS


class _Settings:
    """The front matter as a mapping, and the mistakes that leave it readable."""

    def __init__(self, root: Mapping, mistakes: list[Mistake]) -> None:
        self.root = root
        self.mistakes = mistakes


def _split(data: bytes) -> tuple[_Settings, bytes]:
    if len(data) > MAX_BYTES:
        raise ParseError("deltachat", f"{len(data)} bytes, expected at most {MAX_BYTES}")
    page = _PAGE.match(data)
    if page is None:
        raise ParseError("deltachat", "no front matter between two lines of ---")
    mistakes: list[Mistake] = []
    try:
        root = load(page["settings"], mistakes)
    except Mistakes as error:
        raise ParseError("deltachat", "; ".join(mistake.found for mistake in error.mistakes)) from error
    if not isinstance(root, Mapping):
        raise ParseError("deltachat", "front matter that is no list of keys and values")
    return _Settings(root, mistakes), page["text"].strip()


def _text(settings: _Settings, key: str) -> str:
    return _entry(settings.root, key)


def _entry(mapping: Mapping, key: str) -> str:
    entry = mapping.entries.get(key)
    return _scalar(entry[1]) if entry is not None else ""


def _scalar(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _items(mapping: Mapping, key: str) -> list[Node]:
    entry = mapping.entries.get(key)
    return entry[1].items if entry is not None and isinstance(entry[1], Sequence) else []


def _read_server(node: Node, who: str, collector: Collector) -> list[Server]:
    if not isinstance(node, Mapping):
        collector.notes.append(f"{who}: line {node.line + 1}: a server without keys and values is left out")
        return []
    said = {key: _scalar(value) for key, (_, value) in node.entries.items()}
    collector.unplaced((f"server {key}" for key in said if key not in _SERVER_READ), who)
    type = _TYPES.get(said.get("type", "").lower())
    socket_type = _SOCKET_TYPES.get(said.get("socket", "").lower())
    username = _USERNAMES.get(said.get("username_pattern") or said.get("username", ""))
    if type is None or socket_type is None or username is None:
        collector.notes.append(f"{who}: line {node.line + 1}: a server of unknown type, socket or login is left out")
        return []
    port: Any = said.get("port")
    number = int(port) if port and _NUMBER.fullmatch(port) else port
    hostname = tidy(said.get("hostname"))
    return collector.server(who, type, hostname, number, socket_type=socket_type, username=username)


def _hint(settings: _Settings, key: str) -> tuple[HelpPage, ...]:
    words = tidy(_text(settings, key))
    return (HelpPage("", (LocalizedText("", words),)),) if words is not None else ()


def _website(settings: _Settings, who: str, collector: Collector) -> tuple[HelpPage, ...]:
    website = tidy(_text(settings, "website"))
    if website is None:
        return ()
    if web_address(website) is None:
        collector.notes.append(f"{who}: the website {website[:100]!r} is no web address and is left out")
        return ()
    return (HelpPage(website),)


def _sources(settings: _Settings, who: str, collector: Collector) -> tuple[Source, ...]:
    checked = _text(settings, "last_checked")
    if not checked:
        return ()
    if _CHECKED.fullmatch(checked) is None:
        collector.notes.append(f"{who}: last_checked {checked[:40]!r} is no month such as 2026-03 and is left out")
        return ()
    return (Source(_PUBLISHED_AT, checked),)
