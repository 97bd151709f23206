"""Two lists of servers compared: which is which, and what became of it, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from autoconfig.diff.change import Change, Effect
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
_USERNAMES = {"%EMAILADDRESS%": "the whole address", "%EMAILLOCALPART%": "the part before the @", None: "not said"}
_PLACE = ("hostname", "port", "socket_type", "url")
_SAID = frozenset({"type", *_PLACE, "username", "authentication"})

Match = tuple[int, int]
"""The place of a server in the old list and in the new one."""


def compare(old: Sequence[Server], new: Sequence[Server]) -> Iterator[Change]:
    """What became of the servers of a provider, both lists in order of preference."""
    matches = _matches(old, new)
    for i, j in matches:
        yield from _compared(old[i], new[j], _name(old[i], old), f"servers[{j}]")
    fresh = sorted(set(range(len(new))) - {j for _, j in matches})
    for j in fresh:
        yield _appeared(new, j)
    for i in sorted(set(range(len(old))) - {i for i, _ in matches}):
        yield Change("servers", f"{_described(old[i])} is no longer offered", (Effect.OLD_MUST_STAY,))
    for role in Role:
        yield from _reordered([match for match in matches if new[match[1]].role is role], new)


def _matches(old: Sequence[Server], new: Sequence[Server]) -> list[Match]:
    """Which server before is which after, the most alike found first; in the order of the new list."""
    matches: list[Match] = []
    gone, fresh = list(range(len(old))), list(range(len(new)))
    for is_like in _LIKENESSES:
        for j in tuple(fresh):
            i = next((i for i in gone if old[i].type is new[j].type and is_like(old[i], new[j])), None)
            if i is not None:
                matches.append((i, j))
                gone.remove(i)
                fresh.remove(j)
    return sorted(matches, key=lambda match: match[1])


_LIKENESSES: tuple[Callable[[Server, Server], bool], ...] = (
    lambda before, after: before == after,
    lambda before, after: _differing(before, after) == [],
    lambda before, after: _differing(before, after) == ["hostname"],
    lambda before, after: before.hostname == after.hostname and before.socket_type is after.socket_type,
    lambda before, after: before.hostname == after.hostname,
    lambda *_: True,
)


def _differing(old: Server, new: Server) -> list[str]:
    return [field for field in _PLACE if getattr(old, field) != getattr(new, field)]


def _compared(old: Server, new: Server, name: str, field: str) -> Iterator[Change]:
    if differing := _differing(old, new):
        yield _moved(old, new, name, f"{field}.{differing[0]}")
    if old.username != new.username:
        text = f"the user name of {name} is now {_username(new.username)}, not {_username(old.username)}"
        yield Change(f"{field}.username", text, (Effect.OLD_MUST_STAY,))
    if old.authentication != new.authentication:
        text = f"{name} now takes {_methods(new)}, not {_methods(old)}"
        is_narrower = not set(old.authentication) <= set(new.authentication)
        yield Change(f"{field}.authentication", text, (Effect.OLD_MUST_STAY,) if is_narrower else ())
    for other in Server.__struct_fields__:
        before, after = getattr(old, other), getattr(new, other)
        if other not in _SAID and before != after:
            yield Change(f"{field}.{other}", turned(f"{other} of {name}", before, after))


def _moved(old: Server, new: Server, name: str, field: str) -> Change:
    if old.is_gap or new.is_gap:
        return Change(field, f"{name} is now {_place(new)}, not {_place(old)}")
    effects = [Effect.OLD_MUST_STAY]
    if old.socket_type is not None and new.socket_type is not None and old.socket_type is not new.socket_type:
        is_safer = _SAFETY[new.socket_type] > _SAFETY[old.socket_type]
        effects.insert(0, Effect.SAFER if is_safer else Effect.LESS_SAFE)
    differing = _differing(old, new)
    if differing == ["hostname"]:
        before, after = old.hostname, new.hostname
    elif "hostname" not in differing and "url" not in differing:
        before, after = _connection(old), _connection(new)
    else:
        before, after = _place(old), _place(new)
    return Change(field, f"{name} moves from {before} to {after}", tuple(effects))


def _appeared(new: Sequence[Server], j: int) -> Change:
    server = new[j]
    of_its_role = [other for other in new if other.role is server.role]
    comes_first = len(of_its_role) > 1 and of_its_role[0] is server
    text = f"{_described(server)} is new" + (", and preferred over all others" if comes_first else "")
    return Change(f"servers[{j}]", text, (Effect.LESS_SAFE,) if server.socket_type is SocketType.PLAIN else ())


def _reordered(matches: Sequence[Match], new: Sequence[Server]) -> Iterator[Change]:
    """Whether the servers of a role that stay are preferred in another order."""
    before = sorted(matches)
    if before == list(matches):
        return
    first, was_first = matches[0][1], before[0][1]
    if first != was_first:
        yield Change("servers", f"{_name(new[first], new)} is now preferred over {_name(new[was_first], new)}")
    else:
        names = ", ".join(_name(new[j], new) for _, j in matches)
        yield Change("servers", f"the order of preference is now {names}")


def _name(server: Server, among: Sequence[Server]) -> str:
    """What a server is called, told apart from others of its type as far as needed."""
    name = _NAMES[server.type]
    others = [other for other in among if other.type is server.type and other is not server]
    if not others:
        return name
    if all(_connection(other) != _connection(server) for other in others):
        return f"{name} ({_connection(server)})"
    return f"{name} ({_place(server)})"


def _described(server: Server) -> str:
    return f"{_NAMES[server.type]}, {_place(server)}"


def _place(server: Server) -> str:
    if server.is_gap:
        return "left open"
    if server.hostname is None:
        return server.url or "elsewhere"
    return f"{server.hostname}, {_connection(server)}" + (f", or {server.url}" if server.url else "")


def _connection(server: Server) -> str:
    if server.socket_type is None:
        return server.url or ""
    return f"{_SOCKETS[server.socket_type]} {server.port}"


def _username(username: str | None) -> str:
    return _USERNAMES.get(username) or str(username)


def _methods(server: Server) -> str:
    return ", else ".join(dict.fromkeys(map(str, server.authentication))) or "any login"


def turned(what: str, before: object, after: object) -> str:
    """That a value is another one, is new or is gone."""
    if after in (None, ()):
        return f"{what} is no longer given, and was {_in_words(before)}"
    return f"{what} is now {_in_words(after)}" + ("" if before in (None, ()) else f", not {_in_words(before)}")


def _in_words(value: object) -> str:
    """A value of the model as text."""
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(_in_words, value))
        case msgspec.Struct():
            set_fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
            return " ".join(f"{name}={_in_words(part)}" for name, part in set_fields if part not in (None, (), ""))
        case _:
            return str(value)
