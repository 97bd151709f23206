"""Web-server configuration for the site, written from templates and the table of formats.

`configuration` gives the files of `build --server`: snippets for nginx, Apache and Caddy that serve every host name
of every domain by one map, or an upload list for object stores, which answer by path alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autoconfig.errors import SiteError
from autoconfig.site.file import File
from autoconfig.site.servers.homes import homes_file
from autoconfig.site.servers.quoting import checked_root
from autoconfig.site.servers.snippets import SNIPPETS, snippet
from autoconfig.site.servers.upload import upload_list

__all__ = ["SERVERS", "configuration"]

SERVERS = (*SNIPPETS, "static")


def configuration(
    server: str,
    *,
    root: str,
    pages: bool,
    layout: str = "domains",
    homes: Iterable[tuple[str, str]] = (),
    paths: Iterable[str] = (),
) -> Iterator[File]:
    """Write the configuration of a web server, or the upload list, each file below `server/`.

    Args:
        server: one of `SERVERS`.
        root: the absolute path where the web server finds the site.
        pages: whether the site has setup pages.
        layout: `domains`, a folder for each domain, or `shared`, a folder for each provider.
        homes: each domain once, with the name of its folder below `providers/`; read in the shared layout alone.
        paths: the files of the site; read for `static` alone.

    Raises:
        SiteError: no such server, a root that cannot be written, a home that is no folder name, or the shared layout
            for an object store.
    """
    if server not in SERVERS:
        raise SiteError(f"no web server is called {server!r}; allowed: {', '.join(SERVERS)}")
    if server == "static":
        if layout == "shared":
            raise SiteError(
                "an object store answers by path alone and cannot look a domain up in the map of --layout shared: "
                "use --layout domains"
            )
        yield upload_list(paths)
        return
    root = checked_root(root)
    domains = None
    if layout == "shared":
        map_file = homes_file(server, homes)
        domains = map_file.data.count(b"\n")
        yield map_file
    for name in SNIPPETS[server]:
        yield snippet(server, name, root=root, pages=pages, domains=domains)
