"""Rules on the hosts of servers."""

from __future__ import annotations

from collections.abc import Iterator

from autoconfig.address import is_ip_address
from autoconfig.checks.rule import Hit, Subject
from autoconfig.domains import registrable_domain


def ip_address(subject: Subject) -> Iterator[Hit]:
    for field, server in subject.numbered_servers():
        if server.hostname is not None and is_ip_address(server.hostname):
            yield Hit(f"{field}.hostname", server.hostname)


def foreign_host(subject: Subject) -> Iterator[Hit]:
    provider = subject.provider
    own = tuple({name.lower().removeprefix("*.") for name in (provider.id, *provider.domains, *provider.mx_domains)})
    told: set[str] = set()
    for field, server in subject.numbered_servers():
        host = (server.hostname or "").lower()
        if not host or host in told or "%" in host or is_ip_address(host) or _is_below(host, own):
            continue
        told.add(host)
        domain = registrable_domain(host)
        if domain is None or domain not in map(registrable_domain, own):
            yield Hit(f"{field}.hostname", f"{host} is of {domain or 'no domain'}")


def _is_below(host: str, domains: tuple[str, ...]) -> bool:
    """What most hosts are, and is told without the public suffix list."""
    return host in domains or host.endswith(tuple(f".{domain}" for domain in domains))


def duplicate_server(subject: Subject) -> Iterator[Hit]:
    seen: dict[tuple[object, ...], str] = {}
    for field, server in subject.numbered_servers():
        host = server.hostname.lower() if server.hostname else None
        endpoint = (server.type, host, server.port, server.url, server.ews_url, server.eas_url, server.owa_url)
        first = seen.setdefault((*endpoint, server.socket_type, server.username), field)
        if first != field:
            yield Hit(field, f"the {server.type} server of {first} again")
