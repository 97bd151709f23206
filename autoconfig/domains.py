"""Registrable domains by the public suffix list, which ships with the package: no network."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from autoconfig.address import is_ip_address

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_reading = Lock()
DISCOVERY_LABELS = ("autoconfig", "autodiscover", "ua-auto-config")
"""The names below a mail domain at which clients look, beside the domain itself."""


def load_suffixes() -> PublicSuffixList:
    """The list, read when it is first asked for. That takes 0.1 s, so threads wait for the one that reads it."""
    with _reading:
        return _read_suffixes()


@cache
def _read_suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


def registrable_domain(host: str) -> str | None:
    """The part of a host name that somebody registered, such as `example.co.uk`; None of a public suffix or IP."""
    if is_ip_address(host):
        return None
    return load_suffixes().privatesuffix(host.lower())


def are_related(host: str, domain: str) -> bool:
    """Tell whether two names belong to one registrable domain."""
    registrable = registrable_domain(host)
    return registrable is not None and registrable == registrable_domain(domain)


def is_above_registrable(host: str) -> bool:
    """Tell whether a host is a public suffix, or is one's `autodiscover` or `autoconfig`, which anybody may register.

    Clients that backed off to `autodiscover.com` handed 372,072 credentials to its owner (Guardicore, 2021).
    """
    if is_ip_address(host):
        return False
    registrable = registrable_domain(host)
    return registrable is None or (registrable == host.lower() and host.lower().split(".")[0] in DISCOVERY_LABELS)
