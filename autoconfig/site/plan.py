"""Which files a site has: one document for each provider and format, at the paths of every domain.

In the layout `domains`, every domain has a folder of its own. In the layout `shared`, every provider has one,
`providers/KEY/`, which holds what otherwise stands below `domains/DOMAIN/`, and `homes.txt` tells the KEY of a domain.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from autoconfig.address import is_hostname
from autoconfig.catalog import Catalog
from autoconfig.definitions.domains_file import DomainsFile
from autoconfig.errors import SiteError
from autoconfig.formats import FORMATS, Format, Loss
from autoconfig.formats.loss import loses_every_server
from autoconfig.model import Provider, Role, ServerType, Status
from autoconfig.site import manifest
from autoconfig.site.file import File
from autoconfig.site.listing import DOMAIN, Paths
from autoconfig.site.manifest import LISTS, MANIFEST

__all__ = ["HOMES", "MANIFEST", "ZONE", "Document", "Home", "Layout", "Plan", "Unpublished", "pacc_record", "plan"]

ZONE = "dns"
"""What the zone fragments are called where formats are named."""
HOMES = "homes.txt"
_DOMAIN_FOLDER = f"domains/{DOMAIN}/"
_ZONE_PATH = f"dns/{DOMAIN}.zone"
_SENDS_TOO = frozenset({ServerType.JMAP, ServerType.EWS, ServerType.ACTIVESYNC, ServerType.GRAPH, ServerType.EXCHANGE})
_NOT_OF_A_KEY = re.compile(r"\A[^A-Za-z0-9]+|[^A-Za-z0-9._-]+")
_LONGEST_KEY = 200


class Layout(StrEnum):
    """How the documents of a site are laid out: a folder for each domain, or one for each provider."""

    DOMAINS = "domains"
    SHARED = "shared"


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The same bytes at one or more paths. `domains_list` is the file of the site that lists the paths' domains."""

    provider: str
    format: str
    data: bytes
    sha256: str
    paths: Paths
    losses: tuple[Loss, ...] = ()
    domains_list: str = ""


class Unpublished(msgspec.Struct, frozen=True):
    """A provider, or a domain of one, that has no files in the site."""

    provider: str
    reason: str


class Home(msgspec.Struct, frozen=True):
    """The domains that share the folder `providers/KEY` in the layout `shared`."""

    key: str
    domains: tuple[str, ...]
    domains_file: DomainsFile | None = None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Each domain with the key."""
        for domains in (self.domains, self.domains_file or ()):
            yield from ((domain, self.key) for domain in domains)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a site shall hold, and what its reader should know.

    `unpublished` makes `build` exit with 1. `silent` tells which providers have no document of a format, because it
    can say nothing that a client could use. `unconfirmed` are the ids of published providers whose definitions are
    not sure of their facts; `wildcards` are domains such as `*.example.com`, which clients never ask for, so that
    they have no files. `homes` are the folders of the layout `shared`.
    """

    documents: tuple[Document, ...]
    unpublished: tuple[Unpublished, ...]
    silent: tuple[Unpublished, ...]
    unconfirmed: tuple[str, ...]
    wildcards: tuple[str, ...]
    homes: tuple[Home, ...] = ()

    def manifest(self) -> bytes:
        """What `autoconfig.site.manifest` describes: the same input, the same bytes."""
        return manifest.encode(entry for document in self.documents for entry in _entries(document))

    def including(self, files: Iterable[File]) -> Plan:
        """The same site with more files, whose format is the folder that they stand in."""
        added = (_bytes_of("", file.path.partition("/")[0], file.data, Paths((file.path,))) for file in files)
        return msgspec.structs.replace(self, documents=(*self.documents, *added))


class _Owner(msgspec.Struct, frozen=True):
    """A provider with the domains that have files: its own, those of its file and those of its MX hosts."""

    provider: Provider
    key: str
    mx_key: str
    domains: tuple[str, ...]
    mx_domains: tuple[str, ...]
    domains_file: DomainsFile | None

    @property
    def domains_list(self) -> str:
        return f"{LISTS}/{self.key}.txt"


def plan(
    catalog: Catalog,
    *,
    formats: Iterable[str] = (),
    providers: Iterable[str] = (),
    additions: Iterable[File] = (),
    layout: Layout = Layout.DOMAINS,
) -> Plan:
    """Render every provider in every format.

    Args:
        catalog: what to publish.
        formats: names out of `formats.FORMATS`, and `dns` for the zone fragments; all of them if empty.
        providers: ids; all of the catalog's if empty.
        additions: files beside the providers' documents.
        layout: a folder for each domain, or one for each provider.

    Raises:
        SiteError: a provider that was made in memory has a domain which is none.
    """
    names = tuple(formats) or (*FORMATS, ZONE)
    chosen_ids = set(providers)
    documents: list[Document] = []
    unpublished: list[Unpublished] = []
    silent: list[Unpublished] = []
    published: list[_Owner] = []
    for owner in _owners(catalog):
        provider = owner.provider
        if chosen_ids and provider.id not in chosen_ids:
            continue
        reason = _why_not_published(provider)
        if reason is not None:
            unpublished.append(Unpublished(provider.id, reason))
            continue
        unpublished += [
            Unpublished(provider.id, f"the {gap.type} server has no host name and is left out") for gap in provider.gaps
        ]
        published.append(owner)
        for outcome in _documents(owner, names, layout):
            if isinstance(outcome, Document):
                documents.append(outcome)
            else:
                silent.append(outcome)
    homes = tuple(home for owner in published for home in _homes(owner)) if layout is Layout.SHARED else ()
    whole = Plan(
        documents=tuple(documents),
        unpublished=tuple(unpublished),
        silent=tuple(silent),
        unconfirmed=tuple(owner.provider.id for owner in published if owner.provider.status is Status.UNCONFIRMED),
        wildcards=tuple(domain for owner in published for domain in owner.provider.domains if domain.startswith("*")),
        homes=homes,
    )
    return whole.including([*_homes_file(homes), *additions])


def _owners(catalog: Catalog) -> Iterator[_Owner]:
    taken: set[str] = set()
    for provider, file in catalog.domains_files():
        domains = _hostnames(provider, (domain for domain in provider.domains if not domain.startswith("*")))
        mx_domains = _hostnames(
            provider,
            (
                domain
                for domain in provider.mx_domains
                if domain not in domains and (file is None or domain not in file)
                if catalog.find(domain) in (None, provider)
            ),
        )
        key = _key(provider.id, taken)
        mx_key = _key(f"{provider.id}-mx", taken) if mx_domains else ""
        yield _Owner(provider, key, mx_key, domains, mx_domains, file)


def _hostnames(provider: Provider, domains: Iterable[str]) -> tuple[str, ...]:
    """The domains, each once. What is none could lead out of the site's folder."""
    each_once = tuple(dict.fromkeys(domains))
    for domain in each_once:
        if not is_hostname(domain):
            raise SiteError(f"{provider.id} has the domain {domain!r}; allowed: a domain as A-labels in lower case")
    return each_once


def _key(id: str, taken: set[str]) -> str:
    """A name for a folder made of an id, unlike all others also where letter case does not count."""
    name = _NOT_OF_A_KEY.sub(lambda match: "-" if match.start() else "", id)[:_LONGEST_KEY] or "provider"
    key, number = name, 1
    while key.lower() in taken:
        number += 1
        key = f"{name}-{number}"
    taken.add(key.lower())
    return key


def _why_not_published(provider: Provider) -> str | None:
    if not provider.incoming:
        return "no incoming server has a host name"
    if not provider.outgoing and not any(server.type in _SENDS_TOO for server in provider.incoming):
        return f"no {Role.OUTGOING} has a host name"
    return None


def _documents(owner: _Owner, names: Iterable[str], layout: Layout) -> Iterator[Document | Unpublished]:
    documents = [document for name in names for document in _documents_in(owner, name, layout)]
    yield from documents
    if owner.domains_file is not None and any(isinstance(it, Document) and it.paths.templates for it in documents):
        yield _bytes_of(owner.provider.id, LISTS, owner.domains_file.lines, Paths((owner.domains_list,)))


def _documents_in(owner: _Owner, name: str, layout: Layout) -> Iterator[Document | Unpublished]:
    if name == ZONE:
        yield from _zones(owner, layout)
        return
    format = FORMATS[name]
    provider = owner.provider
    paths = _shared_paths(owner, format) if layout is Layout.SHARED else _paths(owner, format)
    if not paths:
        return
    losses = format.module.losses(provider)
    if not format.is_pointer and loses_every_server(provider, losses):
        yield Unpublished(provider.id, f"{format.title} can say none of its servers")
        return
    told = () if format.is_pointer else losses
    data = format.module.render(provider)
    yield _bytes_of(provider.id, format.name, data, paths, losses=told, domains_list=owner.domains_list)


def _paths(owner: _Owner, format: Format) -> Paths:
    listed = [path.replace(DOMAIN, domain) for domain in owner.domains for path in format.paths]
    listed += [path.replace(DOMAIN, domain) for domain in owner.mx_domains for path in format.mx_paths]
    return _with_file(owner, tuple(listed), format.paths)


def _with_file(owner: _Owner, listed: tuple[str, ...], templates: tuple[str, ...]) -> Paths:
    return Paths(listed) if owner.domains_file is None else Paths(listed, templates, owner.domains_file)


def _shared_paths(owner: _Owner, format: Format) -> Paths:
    homes = {owner.key: format.paths if owner.domains else (), owner.mx_key: format.mx_paths if owner.mx_key else ()}
    return Paths(
        tuple(
            f"providers/{key}/{path.removeprefix(_DOMAIN_FOLDER).replace(DOMAIN, key)}"
            for key, paths in homes.items()
            for path in paths
            if path.startswith(_DOMAIN_FOLDER)
        )
    )


def _homes(owner: _Owner) -> Iterator[Home]:
    if owner.domains:
        yield Home(owner.key, owner.domains, owner.domains_file)
    if owner.mx_domains:
        yield Home(owner.mx_key, owner.mx_domains)


def _homes_file(homes: tuple[Home, ...]) -> Iterator[File]:
    """Each domain and its key, with a space between them: the map as those web servers take it that have no snippet."""
    if homes:
        lines = bytearray()
        for home in homes:
            for domain, key in home:
                lines += f"{domain} {key}\n".encode("ascii")
        yield File(HOMES, bytes(lines))


def _zones(owner: _Owner, layout: Layout) -> Iterator[Document | Unpublished]:
    """The zone fragments, which are one document wherever the records are the same at every domain."""
    from autoconfig.dns.zone import shared_zone, zone

    provider = owner.provider
    if not owner.domains:
        return
    txt = pacc_record(provider)
    fragment = shared_zone(provider, pacc=txt)
    common = fragment or _relative_zone(provider, txt)
    if layout is Layout.SHARED and common is not None:
        yield _bytes_of(provider.id, ZONE, common, Paths((_ZONE_PATH.replace(DOMAIN, owner.key),)))
        return
    own = tuple(_ZONE_PATH.replace(DOMAIN, domain) for domain in owner.domains)
    if fragment is None:
        for domain, path in zip(owner.domains, own, strict=True):
            yield _bytes_of(provider.id, ZONE, zone(provider, domain, pacc=txt), Paths((path,)))
        own = ()
    if common is None and owner.domains_file is not None:
        yield Unpublished(provider.id, f"the zones of the domains in {provider.domains_file} differ, and are left out")
    elif common is not None and (own or owner.domains_file is not None):
        paths = _with_file(owner, own, (_ZONE_PATH,))
        yield _bytes_of(provider.id, ZONE, common, paths, domains_list=owner.domains_list)


def _relative_zone(provider: Provider, txt: str | None) -> bytes | None:
    """The records of a provider whose hosts are below each domain: relative to it, they may be the same everywhere."""
    from autoconfig.dns.zone import zone

    one, other = (zone(provider, domain, pacc=txt).partition(b"\n")[2] for domain in ("domain.invalid", "a.b.test"))
    return one if one == other else None


def pacc_record(provider: Provider) -> str | None:
    """The text of the TXT record that names the provider's PACC document, or None if that can say no server."""
    from autoconfig.formats import pacc

    return None if loses_every_server(provider, pacc.losses(provider)) else pacc.document(provider).txt


def _bytes_of(
    provider: str, format: str, data: bytes, paths: Paths, *, losses: tuple[Loss, ...] = (), domains_list: str = ""
) -> Document:
    return Document(
        provider=provider,
        format=format,
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        paths=paths,
        losses=losses,
        domains_list=domains_list if paths.templates else "",
    )


def _entries(document: Document) -> Iterator[manifest.Entry]:
    for paths, domains in ((document.paths.listed, ""), (document.paths.templates, document.domains_list)):
        for path in paths:
            yield manifest.Entry(path, document.sha256, document.provider, document.format, domains)
