"""The zone fragment that publishes a provider: SRV records of what it offers, `.` for what it does not, and aliases.

`dns.zone.from_text(text, origin, check_origin=False)` reads it back, and `fill` finds in it the servers that it was
made of, but for those that `unpublished` names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

import dns.rdtypes.ANY.CNAME
import dns.rdtypes.ANY.TXT
import msgspec
from dns.exception import DNSException
from dns.name import Name, from_text
from dns.rdata import Rdata
from dns.rdataclass import RdataClass
from dns.rdatatype import RdataType

from autoconfig.address import is_hostname, normalize_domain
from autoconfig.dns.answers import Srv
from autoconfig.dns.srv import AUTODISCOVER, HTTPS_PORT, NOT_OFFERED, SERVICES, URL_PATH, Service, rdata, services_of
from autoconfig.domains import DISCOVERY_LABELS
from autoconfig.errors import RenderError
from autoconfig.model import Provider, Role, Server, SocketType

TTL = 3600  # seconds

_PACC_LABEL = "_ua-auto-config"
_NO_DOMAIN = "domain.invalid"  # no host is below it, so that none is written relative to it

_PRIORITY_STEP = 10  # leaves room for servers that are added by hand
_HIGHEST_PRIORITY = 65535
_NOWHERE = Srv(0, 0, 0, NOT_OFFERED)


class _Place(msgspec.Struct, frozen=True):
    """What SRV and TXT can say of where a server is."""

    service: Service
    host: str
    port: int
    path: str | None


def zone(provider: Provider, domain: str, *, host: str | None = None, pacc: str | None = None) -> bytes:
    """Write the records that publish a provider at one of its domains, as a zone file without SOA and NS.

    Of servers of one role, the first gets the lowest priority. A service that the provider does not have is declined;
    one that it has in a way that DNS cannot say, or as a gap, is left out.

    Args:
        provider: placeholders for the domain are expanded.
        domain: at which the records stand.
        host: the web host of the site. With it come the names at which clients look for the site, as its aliases.
        pacc: the text that names the PACC document of the site, by its digest.

    Raises:
        AddressError: the domain or the host is none.
        RenderError: the domain is so long that DNS cannot hold names below it.
    """
    domain = normalize_domain(domain)
    host = normalize_domain(host) if host is not None else None
    origin = from_text(domain)
    try:
        records = dict.fromkeys(_records(provider, domain, host, pacc))
        for name, _ in records:
            _label(name).derelativize(origin)  # DNS must be able to hold it
        # Lines instead of a dns.zone.Zone, which takes thrice as long; what stands in them is written by dnspython.
        lines = [
            f"{name} {TTL} IN {data.rdtype.name} {data.to_text(origin)}"
            for name, data in sorted(records, key=lambda record: (record[0], record[1].rdtype.name))
        ]
    except DNSException as error:
        raise RenderError(f"{domain} cannot have these records: {error}") from error
    return "\n".join((f"$ORIGIN {origin}", *lines, "")).encode("ascii")


@cache
def _label(name: str) -> Name:
    """The name of one of our records, relative to the domain."""
    return from_text(name, None)


def shared_zone(provider: Provider, *, pacc: str | None = None) -> bytes | None:
    """The records as they stand in the zone of each of a provider's domains, or None if they are not the same in all.

    As `zone` without `host`, but without the line that names the origin: to be included in the zone of any domain.

    Raises:
        RenderError: DNS cannot hold the names.
    """
    if any("%EMAILDOMAIN%" in (server.hostname or server.url or "") for server in provider.servers):
        return None
    return zone(provider, _NO_DOMAIN, pacc=pacc).partition(b"\n")[2]


def unpublished(provider: Provider, domain: str) -> tuple[str, ...]:
    """Name the servers that `zone` leaves out, by their fields, because DNS has no record that could say them."""
    places = _places(provider, domain)
    return tuple(
        f"servers[{index}]: DNS has no record for this {server.type} server"
        for index, server in enumerate(provider.servers)
        if not server.is_gap and index not in places
    )


def _records(provider: Provider, domain: str, host: str | None, pacc: str | None) -> Iterator[tuple[str, Rdata]]:
    """The records, by names relative to the domain."""
    yield from _service_records(provider, domain)
    if pacc is not None:
        yield _PACC_LABEL, _txt(pacc)
    if host is not None:
        yield from _site_records(domain, host)


def _service_records(provider: Provider, domain: str) -> Iterator[tuple[str, Rdata]]:
    places = _places(provider, domain)
    unsaid: set[Service] = set()
    counts: Counter[Role] = Counter()
    for index, server in enumerate(provider.servers):
        place = places.get(index)
        if place is None:
            unsaid.update(services_of(server.type, server.socket_type))
            continue
        priority = min(counts[server.role] * _PRIORITY_STEP, _HIGHEST_PRIORITY)
        counts[server.role] += 1
        yield f"{place.service.label}._tcp", rdata(Srv(priority, 1, place.port, place.host))
    paths = {place.service: place.path for place in places.values()}
    for service in SERVICES:
        if service in paths:
            if paths[service] != service.path:
                yield f"{service.label}._tcp", _txt(f"path={paths[service]}")
        elif service not in unsaid:
            yield f"{service.label}._tcp", rdata(_NOWHERE)


def _site_records(domain: str, host: str) -> Iterator[tuple[str, Rdata]]:
    """Where clients find the site."""
    yield f"{AUTODISCOVER.label}._tcp", rdata(Srv(0, 1, HTTPS_PORT, host))
    for alias in DISCOVERY_LABELS:
        if f"{alias}.{domain}" != host:
            yield alias, _cname(from_text(host))


def _places(provider: Provider, domain: str) -> dict[int, _Place]:
    """The places that DNS can say, by the index of the server. All servers of one service share one path."""
    places: dict[int, _Place] = {}
    paths: dict[Service, str | None] = {}
    for index, server in enumerate(provider.servers):
        place = _place(server, domain)
        if place is not None and paths.setdefault(place.service, place.path) == place.path:
            places[index] = place
    return places


def _place(server: Server, domain: str) -> _Place | None:
    """Where a server is, or None if its place is unknown or DNS cannot say it."""
    if server.hostname is not None:
        return _place_of_host(server, domain)
    services = services_of(server.type, None)
    if server.url is None or not services:
        return None
    service = services[0]
    url = urlsplit(_at(domain, server.url))
    path = url.path or "/"
    sayable = path == service.path or (service.path_in_txt and URL_PATH.fullmatch(path))
    if url.scheme != "https" or url.username or url.query or url.fragment or not sayable or not url.hostname:
        return None
    return _Place(service, url.hostname, url.port or HTTPS_PORT, path) if is_hostname(url.hostname) else None


def _place_of_host(server: Server, domain: str) -> _Place | None:
    services = services_of(server.type, server.socket_type)
    host = _at(domain, server.hostname or "").lower()
    if server.socket_type is SocketType.PLAIN or not services or server.port is None or not is_hostname(host):
        return None
    return _Place(services[0], host, server.port, None)


def _at(domain: str, text: str) -> str:
    return text.replace("%EMAILDOMAIN%", domain)


def _cname(target: Name) -> Rdata:
    return dns.rdtypes.ANY.CNAME.CNAME(RdataClass.IN, RdataType.CNAME, target)  # type: ignore[no-untyped-call]


def _txt(text: str) -> Rdata:
    return dns.rdtypes.ANY.TXT.TXT(RdataClass.IN, RdataType.TXT, [text])
