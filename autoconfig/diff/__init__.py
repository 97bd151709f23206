"""What changes for the people of a domain from one set of definitions, or one built site, to another."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from autoconfig.catalog import Catalog
from autoconfig.diff import people, provider
from autoconfig.diff.change import Change, DomainChange, Effect, Kind
from autoconfig.diff.people import People, is_site
from autoconfig.diff.words import heading, sentences
from autoconfig.model import Provider

__all__ = ["Change", "DomainChange", "Effect", "Kind", "diff", "diff_paths", "heading", "is_site", "sentences"]


def diff(old: Catalog, new: Catalog) -> tuple[DomainChange, ...]:
    """Compare two catalogs, domain by domain; domains for which all is the same are left out.

    Returns:
        one value for all domains that change alike and have one provider, in the order of their first domain. What
        concerns nobody, such as sources, does not count.
    """
    return _compared(people.of_catalog(old), people.of_catalog(new))


def diff_paths(old: Path, new: Path) -> tuple[DomainChange, ...]:
    """As `diff`, for definitions, folders of definitions and built sites.

    Where one of the two is a site, only what Mozilla's format can say is compared, for domains that have files.

    Raises:
        DefinitionError: mistakes in definitions, or a path that is neither.
        SiteError: a file of a site cannot be read.
    """
    return _compared(*people.of_two(old, new))


def _compared(old: People, new: People) -> tuple[DomainChange, ...]:
    by_reach = [_by_providers(getattr(old, reach), getattr(new, reach)) for reach in People.__struct_fields__]
    alike: dict[tuple[str | None, str | None, tuple[Change, ...]], list[list[str]]] = {}
    for reach, by_providers in enumerate(by_reach):
        for before, after, names in by_providers:
            if changes := provider.compare(before, after):
                key = (_id(before), _id(after), changes)
                alike.setdefault(key, [[] for _ in by_reach])[reach] += names
    found = (DomainChange(tuple(sorted(names[0])), tuple(sorted(names[1])), *key) for key, names in alike.items())
    return tuple(sorted(found, key=_order))


def _id(provider: Provider | None) -> str | None:
    return None if provider is None else provider.id


def _order(change: DomainChange) -> tuple[object, ...]:
    return change.domains or (change.old or change.new,), change.mx_domains, change.old or "", change.new or ""


_Group = tuple[Provider | None, Provider | None, list[str]]


def _by_providers(old: dict[str, Provider], new: dict[str, Provider]) -> list[_Group]:
    """The names that have the same provider before and the same one after."""
    groups: dict[tuple[int, int], _Group] = {}
    for name in chain(old, (name for name in new if name not in old)):
        before, after = old.get(name), new.get(name)
        groups.setdefault((id(before), id(after)), (before, after, []))[2].append(name)
    return list(groups.values())
