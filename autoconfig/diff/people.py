"""Whose settings are compared: by domain, out of definitions or read back from a built site.

A site says of a provider what Mozilla's format can say. Where one side is a site, definitions are taken through that
format, too, so that nothing counts as a change only because a file cannot hold it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from autoconfig import site
from autoconfig.address import is_hostname
from autoconfig.catalog import Catalog, load
from autoconfig.errors import ParseError, SiteError
from autoconfig.formats import mozilla
from autoconfig.formats.xml import MAX_BYTES
from autoconfig.model import Provider
from autoconfig.site.plan import HOMES, MANIFEST

_DOMAINS = "domains"
_PROVIDERS = "providers"
_DOCUMENT = "mail/config-v1.1.xml"
_LONGEST_LINE = 1024  # bytes

Read = dict[bytes, Provider]
"""The providers of the documents read so far: equal documents are read once."""


class People(msgspec.Struct, frozen=True):
    """The provider of each domain, and of each domain of MX hosts; by its id if it lists neither."""

    domains: dict[str, Provider] = {}
    mx_domains: dict[str, Provider] = {}
    without_domains: dict[str, Provider] = {}


def of_catalog(catalog: Catalog) -> People:
    """As the definitions say."""
    people = People()
    for provider, domains_file in catalog.domains_files():
        people.domains.update(dict.fromkeys(provider.domains, provider))
        people.domains.update(dict.fromkeys(domains_file or (), provider))
        people.mx_domains.update(dict.fromkeys(provider.mx_domains, provider))
        if not (provider.domains or provider.mx_domains or domains_file):
            people.without_domains[provider.id] = provider
    return people


def is_site(path: Path) -> bool:
    """Tell whether a path is a built site; else it is a definition or a folder of them."""
    return (path / MANIFEST).is_file() and any((path / folder).is_dir() for folder in (_DOMAINS, _PROVIDERS, "ispdb"))


def of_two(old: Path, new: Path) -> tuple[People, People]:
    """Read two definitions, folders of definitions or sites; both as published if one of them is a site.

    Raises:
        DefinitionError: mistakes in definitions, or a path that is neither.
        SiteError: a file of a site cannot be read.
    """
    try:
        if not (is_site(old) or is_site(new)):
            return of_catalog(load(old)), of_catalog(load(new))
        first, second = (_of_site(path) if is_site(path) else _as_published(load(path)) for path in (old, new))
    except OSError as error:
        raise SiteError(f"{error.filename}: {error.strerror}; check the path and its permissions") from error
    return first, second


def _as_published(catalog: Catalog) -> People:
    people = People()
    read: Read = {}
    for document in site.plan(catalog, formats=["mozilla"]).documents:
        for path in document.paths:
            folder, _, rest = path.partition("/")
            domain, _, name = rest.partition("/")
            if folder == _DOMAINS and name == _DOCUMENT:
                people.domains[domain] = _parse(document.data, f"the document of {document.provider}", read)
    return people


def _of_site(directory: Path) -> People:
    read: Read = {}
    people = People(domains=dict(_of_domains(directory / _DOMAINS, read)))
    if (directory / _PROVIDERS).is_dir():
        people.domains.update(_of_shared(directory, read))
    if not people.domains:
        raise SiteError(f"{directory} holds no {_DOCUMENT}: build it with the format mozilla, or name the definitions")
    return people


def _of_domains(folder: Path, read: Read) -> Iterator[tuple[str, Provider]]:
    return ((name, provider) for name, provider in _documents(folder, read) if is_hostname(name))


def _of_shared(directory: Path, read: Read) -> Iterator[tuple[str, Provider]]:
    """In the layout `shared`, a file tells in which folder of a provider a domain is at home."""
    providers = dict(_documents(directory / _PROVIDERS, read))
    path = directory / HOMES
    with path.open("rb") as file:
        for number, line in enumerate(iter(partial(file.readline, _LONGEST_LINE), b""), 1):
            domain, _, key = line.decode("ascii", "replace").rstrip("\n").partition(" ")
            if not is_hostname(domain):
                raise SiteError(f"{path}:{number}: found no domain; expected DOMAIN KEY: build the site again")
            if key in providers:
                yield domain, providers[key]


def _documents(folder: Path, read: Read) -> Iterator[tuple[str, Provider]]:
    """The name of each folder in a folder, with what its document says; nothing where there is no such folder."""
    for home in sorted(folder.iterdir()) if folder.is_dir() else ():
        path = home / _DOCUMENT
        if path.is_file():
            with path.open("rb") as file:
                yield home.name, _parse(file.read(MAX_BYTES + 1), str(path), read)


def _parse(data: bytes, place: str, read: Read) -> Provider:
    if data not in read:
        try:
            read[data] = mozilla.parse(data)
        except ParseError as error:
            raise SiteError(f"{place}: {error}: build the site again") from error
    return read[data]
