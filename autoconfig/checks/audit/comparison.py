"""Compares the servers that a mechanism names with those that it should name, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from autoconfig.discovery.judgement import describe
from autoconfig.model import Server, ServerType


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A server that is named otherwise than it should be, in which `fields`; or one of the two is missing."""

    said: Server | None
    wanted: Server | None
    fields: tuple[str, ...] = ()

    def changed_by(self, change: Callable[[Server], Server]) -> Difference:
        """The same difference between servers that are written otherwise."""
        said, wanted = (change(it) if it is not None else None for it in (self.said, self.wanted))
        return Difference(said=said, wanted=wanted, fields=self.fields)

    def __str__(self) -> str:
        if self.said is None:
            assert self.wanted is not None
            return f"no {describe(self.wanted)}"
        if self.wanted is None:
            return f"{describe(self.said)}, which should not be there"
        pairs = (f"{name} {_text(self.said, name)} for {_text(self.wanted, name)}" for name in self.fields)
        return f"{self.said.type}: {', '.join(pairs)}"


def differences(
    said: Sequence[Server], wanted: Sequence[Server], fields: Sequence[str], *, whole: bool
) -> tuple[Difference, ...]:
    """What of the servers is not as it should be, by the fields that both sides can say.

    Where `whole`, every server should be named and no other, the most preferred one of each type first; otherwise one
    side may name more than the other.
    """
    types = dict.fromkeys(server.type for server in (*wanted, *said))
    return tuple(it for type in types for it in _of_type(_typed(said, type), _typed(wanted, type), fields, whole=whole))


def _typed(servers: Sequence[Server], type: ServerType) -> list[Server]:
    return [server for server in servers if server.type is type]


def _of_type(said: list[Server], wanted: list[Server], fields: Sequence[str], *, whole: bool) -> Iterator[Difference]:
    extra, lacking = _without(said, wanted, fields), _without(wanted, said, fields)
    if not whole and not (extra and lacking):
        return
    for one, other in zip(extra, lacking, strict=False):
        changed = tuple(name for name in fields if _value(one, name) != _value(other, name))
        yield Difference(said=one, wanted=other, fields=changed)
    if not whole:
        return
    for server in extra[len(lacking) :]:
        yield Difference(said=server, wanted=None)
    for server in lacking[len(extra) :]:
        yield Difference(said=None, wanted=server)
    if not (extra or lacking) and said and _key(said[0], fields) != _key(wanted[0], fields):
        changed = tuple(name for name in fields if _value(said[0], name) != _value(wanted[0], name))
        yield Difference(said=said[0], wanted=wanted[0], fields=changed)


def _without(servers: Sequence[Server], others: Sequence[Server], fields: Sequence[str]) -> list[Server]:
    known = {_key(server, fields) for server in others}
    return [server for server in servers if _key(server, fields) not in known]


def _key(server: Server, fields: Sequence[str]) -> tuple[object, ...]:
    return tuple(_value(server, name) for name in fields)


def _value(server: Server, name: str) -> object:
    value = getattr(server, name)
    return value.lower() if name == "hostname" and isinstance(value, str) else value


def _text(server: Server, name: str) -> str:
    value = getattr(server, name)
    return ", ".join(value) if isinstance(value, tuple) else str(value or "nothing")
