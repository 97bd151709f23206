"""The upload list for object stores and CDNs: for each file its URLs, media type and cache header, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO

import msgspec

from autoconfig.domains import DISCOVERY_LABELS
from autoconfig.formats import FORMATS
from autoconfig.site.file import File
from autoconfig.site.servers.routes import CACHE_CONTROL, PAGE_TYPE, host_routes

_MEDIA_TYPES = {path: format.media_type for format in FORMATS.values() for path in format.paths}
_ANY_CASE = frozenset(route.path for route in host_routes() if route.any_case)
_SPELLINGS = ("autodiscover/autodiscover", "Autodiscover/Autodiscover", "AutoDiscover/AutoDiscover")


class Upload(msgspec.Struct, frozen=True):
    """A file, and the URLs, without scheme, that answer with it; one that begins with `/` is of any host."""

    path: str
    urls: tuple[str, ...]
    content_type: str
    cache_control: str


def upload_list(paths: Iterable[str]) -> File:
    """List the files that are for the public; the others, such as zone fragments, are passed over."""
    data = BytesIO()
    for number, upload in enumerate(uploads(paths)):
        data.write(b",\n" if number else b"[\n")
        data.write(msgspec.json.encode(upload))
    data.write(b"\n]\n" if data.tell() else b"[]\n")
    return File("server/upload.json", data.getvalue())


def uploads(paths: Iterable[str]) -> Iterator[Upload]:
    """The entries of the list, in the order of the paths."""
    for path in paths:
        area, _, rest = path.partition("/")
        domain, _, below = rest.partition("/")
        if area == "pages":
            yield Upload(path, _page_urls(path), PAGE_TYPE, CACHE_CONTROL)
        elif media_type := _media_type(area, domain, below):
            urls = tuple(_document_urls(domain, below)) if below else (f"/{path}",)
            yield Upload(path, urls, media_type, CACHE_CONTROL)


def _media_type(area: str, domain: str, below: str) -> str | None:
    folder = f"{area}/{{domain}}"
    if not below:
        return _MEDIA_TYPES.get(folder)
    return _MEDIA_TYPES.get(f"{folder}/{below}") or _MEDIA_TYPES.get(f"{folder}/{below.replace(domain, '{domain}')}")


def _page_urls(path: str) -> tuple[str, ...]:
    folder = path.removesuffix("index.html")
    return (f"/{path}",) if folder == path else (f"/{path}", f"/{folder}")


def _document_urls(domain: str, below: str) -> Iterator[str]:
    for host in (domain, *(f"{prefix}.{domain}" for prefix in DISCOVERY_LABELS)):
        if below in _ANY_CASE:
            yield from (f"{host}/{below.replace(_SPELLINGS[0], spelling)}" for spelling in _SPELLINGS)
        else:
            yield f"{host}/{below}"
