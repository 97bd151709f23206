"""The map of the shared layout, from a domain to the folder that it is at home in, as each web server reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import BytesIO

from autoconfig.address import is_hostname
from autoconfig.errors import SiteError
from autoconfig.site.file import File
from autoconfig.site.servers.templates import environment

NAMES = {"nginx": "nginx-homes.conf", "apache": "apache-homes.txt", "caddy": "caddy-homes.conf"}

_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}\Z")
_LINES_AT_ONCE = 1000


def homes_file(server: str, homes: Iterable[tuple[str, str]]) -> File:
    """Write the map, a line for each domain; the pairs are read once, one after the other.

    Raises:
        SiteError: a domain is not written as A-labels in lower case, or its home is no folder's name.
    """
    lines = environment(server).get_template(f"{NAMES[server]}.jinja").stream(homes=_checked(homes))
    lines.enable_buffering(_LINES_AT_ONCE)
    data = BytesIO()
    lines.dump(data, encoding="ascii")
    return File(f"server/{NAMES[server]}", data.getvalue())


def _checked(homes: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for domain, home in homes:
        if not is_hostname(domain):
            raise SiteError(f"the map of domains holds {domain!r}; allowed: a domain as A-labels in lower case")
        if not _FOLDER.match(home):
            raise SiteError(
                f"{domain} is at home in {home!r}; allowed: letters, digits and . _ - with a letter or digit first"
            )
        yield domain, home
