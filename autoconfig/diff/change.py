"""What a comparison finds: facts about settings, each for the domains whose people it concerns."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What happened; `autoconfig.diff.words` has a sentence for each."""

    SERVED = "served"
    NOT_SERVED = "not-served"
    HANDED_OVER = "handed-over"
    ADDED = "added"
    ADDED_FIRST = "added-first"
    REMOVED = "removed"
    MOVED = "moved"
    PREFERRED = "preferred"
    REORDERED = "reordered"
    GIVEN = "given"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


class Effect(StrEnum):
    """What a change means for people beyond what it says."""

    SAFER = "safer"
    LESS_SAFE = "less-safe"
    OLD_MUST_STAY = "old-must-stay"


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One difference.

    `field` is the place in the definition, the new one unless something was removed. `what` names the setting and
    `server` the server, as people call them; one of them may be empty. `old` and `new` are values in words.
    """

    kind: Kind
    field: str
    what: str = ""
    server: str = ""
    old: str | None = None
    new: str | None = None
    effects: tuple[Effect, ...] = ()


class DomainChange(msgspec.Struct, frozen=True):
    """What changes for the people of some domains, which all change alike.

    `mx_domains` are domains of MX hosts, by which the domains of customers are found. Both are empty for a provider
    that lists neither. `old` and `new` are the ids of the provider before and after; None where there was or is none.
    """

    domains: tuple[str, ...]
    mx_domains: tuple[str, ...]
    old: str | None
    new: str | None
    changes: tuple[Change, ...]
