"""What changes for the people of a domain from one set of definitions, or one built site, to another."""

from __future__ import annotations

from pathlib import Path

from autoconfig.catalog import Catalog
from autoconfig.diff import people, provider
from autoconfig.diff.change import Change, DomainChange, Effect
from autoconfig.diff.people import People
from autoconfig.model import Provider

__all__ = ["Change", "DomainChange", "Effect", "diff", "diff_paths"]


def diff(old: Catalog, new: Catalog) -> tuple[DomainChange, ...]:
    """Compare two catalogs, domain by domain; domains for which all is the same are left out.

    Returns:
        one value for all domains that change alike, in the order of their first domain. Sources do not count.
    """
    return _compared(people.of_catalog(old), people.of_catalog(new))


def diff_paths(old: Path, new: Path) -> tuple[DomainChange, ...]:
    """As `diff`, for definitions, folders of definitions and built sites, which are known by their manifest.

    Where one of the two is a site, only what Mozilla's format can say is compared.

    Raises:
        DefinitionError: mistakes in definitions, or a path that is neither.
        SiteError: a document of a site cannot be read.
    """
    return _compared(*people.of_two(old, new))


def _compared(old: People, new: People) -> tuple[DomainChange, ...]:
    by_providers: dict[tuple[int, int], tuple[Provider | None, Provider | None, list[str]]] = {}
    for domain in sorted(old.keys() | new.keys()):
        before, after = old.get(domain), new.get(domain)
        by_providers.setdefault((id(before), id(after)), (before, after, []))[2].append(domain)
    alike: dict[tuple[str | None, str | None, tuple[Change, ...]], list[str]] = {}
    for before, after, domains in by_providers.values():
        changes = _changes(before, after)
        if changes:
            alike.setdefault((_id(before), _id(after), changes), []).extend(domains)
    found = [DomainChange(tuple(sorted(domains, key=_mx_last)), *key) for key, domains in alike.items()]
    return tuple(sorted(found, key=lambda change: change.domains))


def _mx_last(domain: str) -> tuple[bool, str]:
    return domain.startswith(people.MX), domain


def _id(provider: Provider | None) -> str | None:
    return None if provider is None else provider.id


def _changes(old: Provider | None, new: Provider | None) -> tuple[Change, ...]:
    if old is None:
        assert new is not None
        return (Change("domains", f"served by {new.name} ({new.id}) now"),)
    if new is None:
        return (Change("domains", f"no longer served by {old.name} ({old.id})"),)
    moved = [] if old.id == new.id else [Change("id", f"served by {new.name} ({new.id}) now, not by {old.id}")]
    return (*moved, *provider.compare(old, new))
