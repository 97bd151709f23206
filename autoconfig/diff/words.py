"""Changes in plain English: a heading that names the domains, and a sentence for each change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from autoconfig.diff.change import Change, DomainChange, Effect, Kind

_SENTENCES = {
    Kind.SERVED: "served by {new} now",
    Kind.NOT_SERVED: "no longer served by {old}",
    Kind.HANDED_OVER: "served by {new} now, not by {old}",
    Kind.ADDED: "{new} is new",
    Kind.ADDED_FIRST: "{new} is new, and preferred over all others",
    Kind.REMOVED: "{old} is no longer offered",
    Kind.MOVED: "{what} move{s} from {old} to {new}",
    Kind.PREFERRED: "{new} is now preferred over {old}",
    Kind.REORDERED: "the order of {what} is now {new}",
    Kind.GIVEN: "{what} is now {new}",
    Kind.CHANGED: "{what} is now {new}; it was {old}",
    Kind.WITHDRAWN: "{what} is no longer given; it was {old}",
}
_EFFECTS = {
    Effect.SAFER: "safer",
    Effect.LESS_SAFE: "less safe",
    Effect.OLD_MUST_STAY: "people already set up need the old one to stay",
}
_LISTED_DOMAINS = 3


def heading(change: DomainChange) -> str:
    """Whom it concerns: `xs4all.nl and 3 other domains`. The domain that a provider is named after comes first."""
    domains = sorted(change.domains, key=lambda domain: domain not in (change.new, change.old))
    customers = [f"domains with MX hosts of {_shortened(change.mx_domains)}"] if change.mx_domains else []
    return "; ".join([*([_shortened(domains)] if domains else []), *customers]) or str(change.new or change.old)


def _shortened(domains: Sequence[str]) -> str:
    others = len(domains) - 1
    return f"{domains[0]} and {others} other domains" if others >= _LISTED_DOMAINS else _enumerated(domains)


def sentences(changes: Iterable[Change]) -> Iterator[str]:
    """What changes; the same change of several servers is one sentence."""
    alike: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        alike.setdefault((change.kind, change.what, change.old, change.new, change.effects), []).append(change)
    for group in alike.values():
        change = group[0]
        servers = _enumerated([one.server for one in group if one.server])
        text = _SENTENCES[change.kind].format(
            what=" of ".join(filter(None, (change.what, servers))),
            s="s" if len(group) == 1 else "",
            old=change.old,
            new=change.new,
        )
        effects = "; ".join(_EFFECTS[effect] for effect in change.effects)
        yield f"{text} ({effects})" if effects else text


def _enumerated(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
