"""What a rule is; what a lint rule looks at and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

import msgspec

from autoconfig.model import Provider, Server
from autoconfig.verification.report import Severity


class Subject(msgspec.Struct, frozen=True):
    """A provider to be checked, and the day from which ages count."""

    provider: Provider
    today: date

    def numbered_servers(self) -> Iterator[tuple[str, Server]]:
        """The servers that are no gaps, each with the name of its field."""
        for index, server in enumerate(self.provider.servers):
            if not server.is_gap:
                yield f"servers[{index}]", server


class Hit(msgspec.Struct, frozen=True):
    """A place at which a rule does not hold: the provider's field, and what is there."""

    field: str
    text: str


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule demands and why, where that is written, and what to do where it does not hold."""

    id: str
    severity: Severity
    text: str
    source: str
    remedy: str


class Rule(Demand, frozen=True, kw_only=True):
    """A rule for definitions."""

    check: Callable[[Subject], Iterable[Hit]]
