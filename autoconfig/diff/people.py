"""Whose settings are compared: by domain, out of definitions or read back from a built site.

A site says of a provider what Mozilla's format can say. Where one side is a site, definitions are taken through that
format, too, so that nothing counts as a change only because a file cannot hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from autoconfig import site
from autoconfig.catalog import Catalog, load
from autoconfig.errors import ParseError, SiteError
from autoconfig.formats import mozilla
from autoconfig.model import Provider
from autoconfig.site.plan import MANIFEST

MX = "MX "
"""Begins the name of all domains whose MX hosts are below one, among the keys of `People`."""
_DOCUMENT = "mail/config-v1.1.xml"
_LARGEST = 1024 * 1024
_SHARED = "providers"

People = dict[str, Provider]
"""The provider of each domain."""


def of_catalog(catalog: Catalog) -> People:
    """As the definitions say; a provider without domains stands under its id."""
    people: People = {}
    for provider in catalog.providers:
        names = [*provider.domains, *(f"{MX}{domain}" for domain in provider.mx_domains)]
        people.update(dict.fromkeys(names or [provider.id], provider))
    return people


def is_site(path: Path) -> bool:
    """Tell whether a folder is a built site; else it is one of definitions."""
    return (path / MANIFEST).is_file()


def of_two(old: Path, new: Path) -> tuple[People, People]:
    """Read two definitions, folders of definitions or sites; both as published if one of them is a site.

    Raises:
        DefinitionError: mistakes in definitions, or a path that is neither.
        SiteError: a document of a site cannot be read.
    """
    if not (is_site(old) or is_site(new)):
        return of_catalog(load(old)), of_catalog(load(new))
    first, second = (_of_site(path) if is_site(path) else _as_published(load(path)) for path in (old, new))
    return first, second


def _as_published(catalog: Catalog) -> People:
    plan = site.plan(catalog, formats=["mozilla"])
    return _read((path, document.data) for document in plan.documents for path in document.paths)


def _of_site(directory: Path) -> People:
    people = _read(_documents(directory))
    if not people:
        raise SiteError(f"{directory} holds no {_DOCUMENT}: build it with the format mozilla, or name the definitions")
    return people


def _documents(directory: Path) -> Iterator[tuple[str, bytes]]:
    for folder in ("domains", _SHARED):
        for home in sorted((directory / folder).glob("*/")):
            path = home / _DOCUMENT
            if path.is_file():
                with path.open("rb") as file:
                    yield f"{folder}/{home.name}/{_DOCUMENT}", file.read(_LARGEST + 1)


def _read(documents: Iterable[tuple[str, bytes]]) -> People:
    """The providers of documents at their paths; equal documents are read once."""
    providers: dict[bytes, Provider] = {}
    people: People = {}
    for path, data in documents:
        folder, _, rest = path.partition("/")
        domain, _, document = rest.partition("/")
        if document != _DOCUMENT:
            continue
        if data not in providers:
            try:
                providers[data] = mozilla.parse(data)
            except ParseError as error:
                raise SiteError(f"{path}: {error}: build the site again") from error
        provider = providers[data]
        people.update(dict.fromkeys(provider.domains if folder == _SHARED else [domain], provider))
    return people
