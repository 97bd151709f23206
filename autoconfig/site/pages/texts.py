"""What a definition says, made fit for a page: no invisible characters, and links that lead to the web alone."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

from autoconfig.address import is_hostname
from autoconfig.model import Provider

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# What turns the direction of the text around it (UAX #9), takes no room, or is no character at all.
_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]")


def presentable(provider: Provider) -> Provider:
    """The same provider with every text fit to be shown; %EMAILDOMAIN% is filled in where it can only be one domain."""
    only = provider.domains[0] if len(provider.domains) == 1 and is_hostname(provider.domains[0]) else None
    return msgspec.convert(_presentable(msgspec.to_builtins(provider), only), Provider)


def _presentable(value: Any, domain: str | None) -> Any:
    match value:
        case str():
            text = _INVISIBLE.sub("", _CONTROLS.sub(" ", value))
            return text.replace("%EMAILDOMAIN%", domain) if domain else text
        case list() | tuple():
            return [_presentable(item, domain) for item in value]
        case dict():
            return {key: _presentable(item, domain) for key, item in value.items()}
        case _:
            return value


def link(url: str | None) -> str | None:
    """A URL that may be followed, or None: http and https only, with no user in it and no placeholder."""
    try:
        parts = urlsplit(url or "")
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc or "%EMAIL" in (url or ""):
        return None
    return url
