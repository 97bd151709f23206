"""The kinds of text in a definition: names, hosts, domains, URLs, user names, languages and dates."""

from __future__ import annotations

import re

from autoconfig.address import broken_placeholders, is_host, normalize_domain
from autoconfig.definitions.kinds import Scope, Text
from autoconfig.errors import AddressError


def _with_placeholders(text: str, scope: Scope) -> str | None:
    return None if broken_placeholders(scope.fill(text)) else text


def _host(text: str, scope: Scope) -> str | None:
    return text if is_host(scope.fill(text)) else None


def _domain(text: str, _scope: Scope) -> str | None:
    try:
        return normalize_domain(text)
    except AddressError:
        return None


def _domain_or_wildcard(text: str, scope: Scope) -> str | None:
    domain = _domain(text.removeprefix("*."), scope)
    return f"*.{domain}" if domain and text.startswith("*.") else domain


_PLACEHOLDER_OR_ESCAPE = re.compile(r"%EMAIL(?:ADDRESS|LOCALPART|DOMAIN)%|%[0-9A-Fa-f]{2}")
_AUTHORITY = re.compile(r"[^:/]+://(?P<host>\[[0-9A-Fa-f:.]+\]|[^/?#:]+)(?::(?P<port>[0-9]{1,5}))?(?:[/?#]|\Z)")
_HIGHEST_PORT = 65535


def _url(text: str, scope: Scope) -> str | None:
    filled = scope.fill(text)
    if broken_placeholders(_PLACEHOLDER_OR_ESCAPE.sub(" ", filled)):
        return None
    if "://" not in filled[:8]:
        return text  # xmpp:room@chat.example.com has no authority
    authority = _AUTHORITY.match(filled)
    if authority is None or not 1 <= int(authority["port"] or 1) <= _HIGHEST_PORT:
        return None
    host = authority["host"].strip("[]")
    return text if is_host(host) or _domain(host, scope) else None


ID = Text(
    allowed="letters, digits and . _ - with a letter or digit first, at most 253 in all",
    remedy="write the provider's main domain here, which also names the file",
    pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$",
)
TEXT = Text()
POSSIBLY_EMPTY = Text(remedy='write text or "" here', pattern="")
NAME = Text(
    allowed="a name; the placeholders are %EMAILADDRESS%, %EMAILLOCALPART% and %EMAILDOMAIN%",
    remedy="write the provider's name as people know it, with whole placeholders",
    check=_with_placeholders,
)
USERNAME = Text(
    allowed="a user name; the placeholders are %EMAILADDRESS%, %EMAILLOCALPART% and %EMAILDOMAIN%",
    remedy="write the user name with whole placeholders, in quotes",
    check=_with_placeholders,
)
HOST = Text(
    allowed="a host name or an IP address, such as imap.example.com",
    remedy="write the server's name alone, in ASCII, without protocol, port or path",
    pattern=r"^[A-Za-z0-9.:%_-]+$",
    check=_host,
)
DOMAIN = Text(
    allowed="a domain, such as example.com, or *.example.com for all below it",
    remedy="write the domain alone, without @, protocol or path",
    pattern=r"^[^\s@/:%]+$",
    check=_domain_or_wildcard,
)
DOMAINS_FILE = Text(
    allowed="the path of a file, relative to the definition's folder and inside of it, such as customers.txt",
    remedy="put the file, or a symbolic link to it, beside the definition and write its name",
    pattern=r"^(?!/)(?!(.*/)?\.\.(/|$))[^\\:]+$",
)
MX_DOMAIN = Text(
    allowed="a domain, such as mx.example.com, which stands for all below it",
    remedy="write the domain alone, without *, @, protocol or path",
    pattern=r"^[^\s@/:%*]+$",
    check=_domain,
)
WEB_URL = Text(
    allowed="an absolute URL, such as https://www.example.com/mail",
    remedy="write the whole URL from https:// on",
    pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#@]+([/?#]\S*)?$",
    check=_url,
)
SERVICE_URL = Text(
    allowed="an absolute URL, such as https://dav.example.com/ or wss://chat.example.com/ws",
    remedy="write the whole URL from https://, wss:// or xmpp: on",
    pattern=r"^(([Hh][Tt][Tt][Pp][Ss]?|[Ww][Ss][Ss]?)://[^\s/?#@]+([/?#]\S*)?|[Xx][Mm][Pp][Pp]:\S+)$",
    check=_url,
)
LANGUAGE = Text(
    allowed='a language tag, such as en or pt-BR, or "" for no language',
    remedy="write the language's tag as in HTML",
    pattern="^([A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)?$",
)
OAUTH_SCOPE = Text(allowed="an OAuth2 scope without spaces", remedy="write a list of scopes", pattern=r"^\S+$")
INPUT_KEY = Text(
    allowed="the name of a placeholder without %, such as USERNAME",
    remedy="write the name alone, without % and spaces",
    pattern=r"^[^%\s]+$",
)
MONTH_OR_DAY = Text(
    allowed="a month or a day: YYYY-MM or YYYY-MM-DD",
    remedy="write when the source was checked, such as 2026-03",
    pattern="^[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?$",
    also="date",
)
