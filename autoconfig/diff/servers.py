"""Two lists of servers compared: which is which, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from operator import attrgetter

from autoconfig.diff.change import Change, Effect, Kind
from autoconfig.diff.matching import match, unmatched, whole
from autoconfig.diff.settings import in_words, settings
from autoconfig.model import Role, Server, ServerType, SocketType

_NAMES = {
    ServerType.IMAP: "IMAP",
    ServerType.POP3: "POP3",
    ServerType.SMTP: "SMTP",
    ServerType.JMAP: "JMAP",
    ServerType.EWS: "EWS",
    ServerType.ACTIVESYNC: "ActiveSync",
    ServerType.GRAPH: "Microsoft Graph",
    ServerType.EXCHANGE: "Exchange",
    ServerType.MANAGESIEVE: "ManageSieve",
    ServerType.CALDAV: "the calendar",
    ServerType.CARDDAV: "the address book",
    ServerType.WEBDAV: "the file share",
    ServerType.XMPP: "XMPP",
    ServerType.MATRIX: "Matrix",
    ServerType.OPENTALK: "OpenTalk",
}
_SOCKETS = {SocketType.SSL: "TLS", SocketType.STARTTLS: "STARTTLS", SocketType.PLAIN: "no encryption"}
_SAFETY = {SocketType.PLAIN: 0, SocketType.STARTTLS: 1, SocketType.SSL: 2}
_USERNAMES = {"%EMAILADDRESS%": "the whole address", "%EMAILLOCALPART%": "the part before the @"}
_OPPOSITE = {Effect.SAFER: Effect.LESS_SAFE, Effect.LESS_SAFE: Effect.SAFER}
_LIKENESSES = (
    whole,
    attrgetter("type", "hostname", "port", "socket_type", "url"),
    attrgetter("type", "port", "socket_type", "url"),
    attrgetter("type", "hostname", "socket_type"),
    attrgetter("type", "hostname"),
    attrgetter("type"),
)
"""By what a server is known again, though something of it changed: the more alike the sooner."""
_PLACE = ("hostname", "port", "socket_type", "url")
_SAID = frozenset({"type", *_PLACE, "username", "authentication"})


def compare(old: Sequence[Server], new: Sequence[Server]) -> Iterator[Change]:
    """What became of the servers of a provider, both lists in order of preference."""
    matches = match(old, new, _LIKENESSES)
    names = _names(old)
    for i, j in matches:
        yield from _compared(old[i], new[j], names[i], f"servers[{j}]")
    yield from _added(old, new, unmatched(len(new), (j for _, j in matches)))
    yield from _removed(old, new, unmatched(len(old), (i for i, _ in matches)))
    for role in Role:
        yield from _reordered([(i, j) for i, j in matches if new[j].role is role], new)


def _compared(old: Server, new: Server, name: str, field: str) -> Iterator[Change]:
    if any(getattr(old, part) != getattr(new, part) for part in _PLACE):
        yield _moved(old, new, name, field)
    if old.username != new.username:
        yield Change(
            kind=Kind.CHANGED,
            field=f"{field}.username",
            what="the user name",
            server=name,
            old=_username(old),
            new=_username(new),
            effects=(Effect.OLD_MUST_STAY,),
        )
    if old.authentication != new.authentication:
        is_narrower = not set(old.authentication) <= set(new.authentication)
        yield Change(
            kind=Kind.CHANGED,
            field=f"{field}.authentication",
            what="the authentication",
            server=name,
            old=_methods(old),
            new=_methods(new),
            effects=(Effect.OLD_MUST_STAY,) if is_narrower else (),
        )
    yield from settings(old, new, ignored=_SAID, path=f"{field}.", server=name)


def _moved(old: Server, new: Server, name: str, field: str) -> Change:
    if old.is_gap or new.is_gap:
        words = ("left open" if server.is_gap else _place(server) for server in (old, new))
        return Change(kind=Kind.CHANGED, field=field, what="the address", server=name, old=next(words), new=next(words))
    before, after = _place(old), _place(new)
    if (old.hostname, old.url) == (new.hostname, new.url):
        name = name if name == _described(old) else _NAMES[old.type]
        before, after = _way(old), _way(new)
    elif (_way(old), old.url) == (_way(new), new.url):
        before, after = str(old.hostname), str(new.hostname)
    effects = (*_safety(old, new), Effect.OLD_MUST_STAY)
    return Change(kind=Kind.MOVED, field=field, server=name, old=before, new=after, effects=effects)


def _safety(old: Server, new: Server) -> tuple[Effect, ...]:
    """What it means to go from one server to another."""
    if old.socket_type is None or new.socket_type is None or old.socket_type is new.socket_type:
        return ()
    is_safer = _SAFETY[new.socket_type] > _SAFETY[old.socket_type]
    return (Effect.SAFER if is_safer else Effect.LESS_SAFE,)


def _added(old: Sequence[Server], new: Sequence[Server], places: Sequence[int]) -> Iterator[Change]:
    socket_types = _socket_types(old)
    roles = Counter(server.role for server in new)
    first = {server.role: j for j, server in reversed([*enumerate(new)])}
    for j in places:
        server = new[j]
        is_preferred = first[server.role] == j and roles[server.role] > 1
        yield Change(
            kind=Kind.ADDED_FIRST if is_preferred else Kind.ADDED,
            field=f"servers[{j}]",
            new=_described(server),
            effects=_gain(server, socket_types),
        )


def _removed(old: Sequence[Server], new: Sequence[Server], places: Sequence[int]) -> Iterator[Change]:
    socket_types = _socket_types(new)
    for i in places:
        server = old[i]
        stays = () if server.is_gap else (Effect.OLD_MUST_STAY,)
        effects = (*(_OPPOSITE[effect] for effect in _gain(server, socket_types)), *stays)
        yield Change(kind=Kind.REMOVED, field=f"servers[{i}]", old=_described(server), effects=effects)


def _gain(server: Server, socket_types: dict[ServerType, set[SocketType | None]]) -> tuple[Effect, ...]:
    """What it means to have a server beside those of its type: the first encryption, or the first lack of it."""
    others = socket_types.get(server.type, set())
    if server.socket_type is SocketType.PLAIN:
        return () if SocketType.PLAIN in others else (Effect.LESS_SAFE,)
    return (Effect.SAFER,) if others == {SocketType.PLAIN} else ()


def _socket_types(servers: Sequence[Server]) -> dict[ServerType, set[SocketType | None]]:
    found: dict[ServerType, set[SocketType | None]] = {}
    for server in servers:
        found.setdefault(server.type, set()).add(server.socket_type)
    return found


def _reordered(matches: Sequence[tuple[int, int]], new: Sequence[Server]) -> Iterator[Change]:
    """Whether the servers of a role that stay are preferred in another order."""
    before = sorted(matches)
    if before == list(matches):
        return
    names = _names(new)
    first, was_first = matches[0][1], before[0][1]
    if first == was_first:
        order = ", ".join(names[j] for _, j in matches)
        yield Change(kind=Kind.REORDERED, field="servers", what="preference", new=order)
        return
    yield Change(
        kind=Kind.PREFERRED,
        field="servers",
        old=names[was_first],
        new=names[first],
        effects=_safety(new[was_first], new[first]),
    )


def _names(servers: Sequence[Server]) -> list[str]:
    """What each server is called, told apart from others of its type as far as needed."""
    types = Counter(server.type for server in servers)
    ways = Counter((server.type, _way(server)) for server in servers)

    def name(server: Server) -> str:
        if types[server.type] == 1:
            return _NAMES[server.type]
        way = _way(server)
        return f"{_NAMES[server.type]} ({way})" if way and ways[server.type, way] == 1 else _described(server)

    return [name(server) for server in servers]


def _described(server: Server) -> str:
    return f"{_NAMES[server.type]}, left open," if server.is_gap else f"{_NAMES[server.type]} at {_place(server)}"


def _place(server: Server) -> str:
    host = f"{server.hostname} ({_way(server)})" if server.hostname else None
    return " or ".join(filter(None, (host, server.url))) or "an address of its own"


def _way(server: Server) -> str:
    """How a server is spoken to; nothing where a URL says it."""
    return f"{_SOCKETS[server.socket_type]} {server.port}" if server.socket_type and server.port else ""


def _username(server: Server) -> str:
    return _USERNAMES.get(server.username or "", server.username) or "not said"


def _methods(server: Server) -> str:
    return ", else ".join(in_words(method) for method in server.authentication) or "not said"
