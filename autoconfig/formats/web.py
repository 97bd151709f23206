"""Web addresses (RFC 3986), as far as formats need their parts."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from autoconfig.address import is_host

DEFAULT_PORTS = {"https": 443, "http": 80}


class WebAddress(msgspec.Struct, frozen=True):
    """Where a URL leads: its scheme, its host in lower case without brackets, and its port if it names one."""

    scheme: str
    host: str
    explicit_port: int | None

    @property
    def port(self) -> int:
        return self.explicit_port or DEFAULT_PORTS[self.scheme]


def web_address(url: str) -> WebAddress | None:
    """The parts of an http or https URL, or None for what is none or has a placeholder for its host."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not host or "%" in parts.netloc or not is_host(host):
        return None
    return WebAddress(parts.scheme, host, port)


def base_url(scheme: str, host: str, port: int) -> str:
    """The URL of a server's root; an IPv6 address gets its brackets, and the usual port is left out."""
    authority = f"[{host}]" if ":" in host else host
    return f"{scheme}://{authority}/" if port == DEFAULT_PORTS[scheme] else f"{scheme}://{authority}:{port}/"
