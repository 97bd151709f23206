"""What a web server answers, as a table made from that of the formats: which path leads to which file, and how.

Regular expressions are written so that PCRE and RE2 read them alike.
"""

from __future__ import annotations

import msgspec

from autoconfig.formats import FORMATS, Format

DOMAIN_FOLDER = "domains/{domain}/"
CACHE_CONTROL = "max-age=3600"
"""A mistake in a definition is gone from caches within an hour of its correction."""
PAGE_TYPE = "text/html; charset=utf-8"
PAGES_PATTERN = "^/pages/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*$"
PAGE_PATTERN = PAGES_PATTERN.replace("$", "[A-Za-z0-9_-][A-Za-z0-9._-]*[.]html$")
LABEL = "[a-z0-9-]+"

_ISPDB_FOLDER = "ispdb/"
_OUTLOOK_FOLDER = "autodiscover/"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A document: the path where clients ask, and the file in the folder of a domain, `{domain}` standing for it.

    `any_case` tells that clients write the path in any letter case, `over_http` that they ask without TLS,
    `takes_post` that they send a body, `tells_where` that it answers for one protocol of those that can be asked for.
    """

    path: str
    file: str
    media_type: str
    any_case: bool
    over_http: bool
    takes_post: bool
    tells_where: bool

    @property
    def names_domain(self) -> bool:
        """Whether the path holds the domain, so that it is another one for each."""
        return "{domain}" in self.path

    def pattern(self, domain: str = "") -> str:
        """The path as a regular expression, with one for the domain."""
        tail = "(?:/v1[.]0/[^/]+)?" if self.tells_where else ""
        path = self.path.replace(".", "[.]").replace("{domain}", domain)
        return f"^/{path}{tail}$"


def host_routes() -> tuple[Route, ...]:
    """The documents that are asked for at the hosts of their domain."""
    return tuple(
        _route(format, path.removeprefix(DOMAIN_FOLDER), path)
        for format in FORMATS.values()
        for path in format.paths
        if path.startswith(DOMAIN_FOLDER)
    )


def ispdb_routes() -> tuple[Route, ...]:
    """The documents that are asked for by a domain in the path, at any host."""
    return tuple(
        _route(format, path, format.paths[0])
        for format in FORMATS.values()
        for path in format.paths
        if path.startswith(_ISPDB_FOLDER)
    )


def _route(format: Format, path: str, file: str) -> Route:
    """Outlook asks in any letter case and by POST; over http, clients still ask for Mozilla's documents alone."""
    return Route(
        path=path,
        file=file.removeprefix(DOMAIN_FOLDER),
        media_type=format.media_type,
        any_case=path.startswith(_OUTLOOK_FOLDER),
        over_http=format.name == "mozilla" and not path.startswith(_ISPDB_FOLDER),
        takes_post=format.name == "outlook",
        tells_where=format.is_pointer,
    )
