"""What a comparison tells: sentences about settings, each for the domains whose people it concerns."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Effect(StrEnum):
    """What a change means beyond what it says."""

    SAFER = "safer"
    LESS_SAFE = "less safe"
    OLD_MUST_STAY = "whoever is set up already needs the old one until they change it"


class Change(msgspec.Struct, frozen=True):
    """One difference: the field of the provider or server that it lies in, a sentence, and what it means."""

    field: str
    text: str
    effects: tuple[Effect, ...] = ()

    def __str__(self) -> str:
        return f"{self.text} ({'; '.join(self.effects)})" if self.effects else self.text


class DomainChange(msgspec.Struct, frozen=True):
    """What changes for the people of some domains, which all change alike.

    `old` and `new` are the ids of the provider before and after; None where the domains were or are not served.
    """

    domains: tuple[str, ...]
    old: str | None
    new: str | None
    changes: tuple[Change, ...]
