"""What an audit rule is, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from autoconfig.checks.audit.evidence import Evidence
from autoconfig.checks.rule import Demand


class Hit(msgspec.Struct, frozen=True):
    """A place at which a rule does not hold: a URL, a name in DNS (as an RFC 4501 URI) or a server; what is there; and
    the lines that mend it."""

    place: str
    text: str
    remedy: str


class Rule(Demand, frozen=True, kw_only=True):
    """A rule for what a domain publishes."""

    check: Callable[[Evidence], Iterable[Hit]]


def at_name(name: str, type: str) -> str:
    """A name in DNS as a place (RFC 4501)."""
    return f"dns:{name}?type={type}"
