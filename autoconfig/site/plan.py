"""Which files a site has: one document for each provider and format, at the paths of every domain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from autoconfig.catalog import Catalog
from autoconfig.formats import FORMATS, Format, Loss
from autoconfig.model import Provider, Role, ServerType, Status

MANIFEST = "manifest.json"
ZONE = "dns"
"""What the zone fragments are called where formats are named."""
_SENDS_TOO = frozenset({ServerType.JMAP, ServerType.EWS, ServerType.ACTIVESYNC, ServerType.GRAPH, ServerType.EXCHANGE})


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The same bytes at one or more paths, each relative to the site's folder and separated by `/`."""

    provider: str
    format: str
    data: bytes
    sha256: str
    paths: tuple[str, ...]
    losses: tuple[Loss, ...]


class Unpublished(msgspec.Struct, frozen=True):
    """A provider, or a domain of one, that has no files in the site."""

    provider: str
    reason: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a site shall hold, and what its reader should know.

    `unpublished` makes `build` exit with 1. `silent` tells which providers have no document of a format, because it
    can say nothing that a client could use. `unconfirmed` are the ids of published providers whose definitions are
    not sure of their facts; `wildcards` are domains such as `*.example.com`, which clients never ask for, so that
    they have no files.
    """

    documents: tuple[Document, ...]
    unpublished: tuple[Unpublished, ...]
    silent: tuple[Unpublished, ...]
    unconfirmed: tuple[str, ...]
    wildcards: tuple[str, ...]

    def manifest(self) -> bytes:
        """Every file with its SHA-256, provider and format, in the order of paths: the same input, the same bytes."""
        files = [
            {"path": path, "sha256": document.sha256, "provider": document.provider, "format": document.format}
            for document in self.documents
            for path in document.paths
        ]
        files.sort(key=lambda file: file["path"])
        return msgspec.json.format(msgspec.json.encode({"files": files}), indent=1) + b"\n"


def plan(catalog: Catalog, *, formats: Iterable[str] = (), providers: Iterable[str] = ()) -> Plan:
    """Render every provider in every format.

    Args:
        catalog: what to publish.
        formats: names out of `formats.FORMATS`, and `dns` for the zone fragments; all of them if empty.
        providers: ids; all of the catalog's if empty.
    """
    names = tuple(formats) or (*FORMATS, ZONE)
    chosen_formats = [FORMATS[name] for name in names if name != ZONE]
    chosen_ids = set(providers)
    documents: list[Document] = []
    unpublished: list[Unpublished] = []
    silent: list[Unpublished] = []
    published: list[Provider] = []
    for provider in catalog.providers:
        if chosen_ids and provider.id not in chosen_ids:
            continue
        reason = _why_not_published(provider)
        if reason is not None:
            unpublished.append(Unpublished(provider.id, reason))
            continue
        unpublished += [
            Unpublished(provider.id, f"the {gap.type} server has no host name and is left out") for gap in provider.gaps
        ]
        published.append(provider)
        for format in chosen_formats:
            paths = tuple(dict.fromkeys(_paths(provider, format, catalog)))
            losses = format.module.losses(provider)
            if not paths:
                continue
            if not format.is_pointer and _loses_every_server(provider, losses):
                silent.append(Unpublished(provider.id, f"{format.title} can say none of its servers"))
                continue
            documents.append(_document(provider, format, paths, losses))
        if ZONE in names:
            documents += _zones(provider)
    return Plan(
        documents=tuple(documents),
        unpublished=tuple(unpublished),
        silent=tuple(silent),
        unconfirmed=tuple(provider.id for provider in published if provider.status is Status.UNCONFIRMED),
        wildcards=tuple(domain for provider in published for domain in provider.domains if domain.startswith("*")),
    )


def _why_not_published(provider: Provider) -> str | None:
    if not provider.incoming:
        return "no incoming server has a host name"
    if not provider.outgoing and not any(server.type in _SENDS_TOO for server in provider.incoming):
        return f"no {Role.OUTGOING} has a host name"
    return None


def _paths(provider: Provider, format: Format, catalog: Catalog) -> Iterator[str]:
    for domain in provider.domains:
        if not domain.startswith("*"):
            yield from (path.format(domain=domain) for path in format.paths)
    for domain in provider.mx_domains:
        if catalog.find(domain) in (None, provider):
            yield from (path.format(domain=domain) for path in format.mx_paths)


def _loses_every_server(provider: Provider, losses: Iterable[Loss]) -> bool:
    lost = {loss.field for loss in losses if loss.client is None}
    return all(f"servers[{index}]" in lost for index in range(len(provider.servers)))


def _zones(provider: Provider) -> Iterator[Document]:
    """The zone fragments, which are one document wherever no host name depends on the domain."""
    from autoconfig.dns.zone import shared_zone, zone

    domains = list(dict.fromkeys(domain for domain in provider.domains if not domain.startswith("*")))
    txt = pacc_record(provider)
    shared = shared_zone(provider, pacc=txt)
    fragments = {shared: domains} if shared is not None else {zone(provider, it, pacc=txt): [it] for it in domains}
    for fragment, owners in fragments.items():
        if owners:
            yield _bytes_of(provider, ZONE, fragment, tuple(f"dns/{domain}.zone" for domain in owners))


def pacc_record(provider: Provider) -> str | None:
    """The text of the TXT record that names the provider's PACC document, or None if that can say no server."""
    from autoconfig.formats import pacc

    return None if _loses_every_server(provider, pacc.losses(provider)) else pacc.document(provider).txt


def _document(provider: Provider, format: Format, paths: tuple[str, ...], losses: tuple[Loss, ...]) -> Document:
    data = format.module.render(provider)
    return _bytes_of(provider, format.name, data, paths, () if format.is_pointer else losses)


def _bytes_of(
    provider: Provider, format: str, data: bytes, paths: tuple[str, ...], losses: tuple[Loss, ...] = ()
) -> Document:
    digest = hashlib.sha256(data).hexdigest()
    return Document(provider=provider.id, format=format, data=data, sha256=digest, paths=paths, losses=losses)
