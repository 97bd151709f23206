"""The snippets for nginx, Apache and Caddy."""

from __future__ import annotations

from autoconfig.domains import DISCOVERY_LABELS
from autoconfig.site.file import File
from autoconfig.site.servers import homes, routes
from autoconfig.site.servers.templates import environment

SNIPPETS = {
    "nginx": ("nginx.conf", "nginx-documents.conf", "nginx-server.conf"),
    "apache": ("apache.conf", "apache-documents.conf"),
    "caddy": ("caddy.conf",),
}

_BUCKET_SIZE = 512
"""Bytes: the next power of two that holds a domain of 253 characters in nginx's hash, and several shorter ones."""
_SMALLEST_TABLE = 2048


def snippet(server: str, name: str, *, root: str, pages: bool, domains: int | None) -> File:
    """Write one of a web server's `SNIPPETS`; `domains` tells how many are in the map of homes, None without a map."""
    text = (
        environment(server)
        .get_template(f"{name}.jinja")
        .render(
            root=root,
            pages=pages,
            domains=domains,
            table_size=_table_size(domains or 0),
            bucket_size=_BUCKET_SIZE,
            homes_file=f"{root}/server/{homes.NAMES[server]}",
            host_routes=routes.host_routes(),
            ispdb_routes=routes.ispdb_routes(),
            prefixes="|".join(DISCOVERY_LABELS),
            label=routes.LABEL,
            cache_control=routes.CACHE_CONTROL,
            page_type=routes.PAGE_TYPE,
            pages_pattern=routes.PAGES_PATTERN,
            page_pattern=routes.PAGE_PATTERN,
        )
    )
    return File(f"server/{name}", text.encode())


def _table_size(domains: int) -> int:
    """How many buckets nginx's hash may have: a power of two, which seldom changes, at least two a domain."""
    return max(_SMALLEST_TABLE, 1 << (2 * domains - 1).bit_length())
