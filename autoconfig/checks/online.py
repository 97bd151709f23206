"""Which pages for people cannot be fetched: what `lint --online` asks the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http import HTTPStatus
from time import monotonic
from urllib.parse import urljoin

from autoconfig.dns import Resolver
from autoconfig.errors import AutoconfigError
from autoconfig.verification import http, tls
from autoconfig.verification.connect import Resolves, addresses_of, connect
from autoconfig.verification.faults import Fault, Stop
from autoconfig.verification.stream import Stream

_AT_ONCE = 32
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_NO_NETWORK = frozenset({Fault.NETWORK_UNREACHABLE, Fault.NAME_UNRESOLVED})
_FEW = 5  # pages that may all be unreachable without that being the network's fault


def dead_pages(
    urls: Iterable[str], *, resolver: Resolves | None = None, timeout: float = 10.0, ca_file: str | None = None
) -> dict[str, str]:
    """Ask for pages, each once, and tell why those that cannot be fetched cannot.

    A server that is there but does not serve programs, as by status 403, is given the benefit of the doubt.

    Args:
        urls: of http and https.
        resolver: gives the addresses of hosts; the system's name servers by default.
        timeout: seconds for each page, redirects included.
        ca_file: certificates (PEM) to trust in place of the usual ones.

    Raises:
        AutoconfigError: there is no network.
    """
    wanted = tuple(dict.fromkeys(urls))
    with _resolver_or_own(resolver) as names, ThreadPoolExecutor(_AT_ONCE, "autoconfig-pages") as pool:
        faults = list(pool.map(lambda url: _fault(url, names, monotonic() + timeout, ca_file), wanted))
    if len(wanted) > _FEW and all(stop is not None and stop.fault in _NO_NETWORK for stop in faults):
        raise AutoconfigError(f"none of {len(wanted)} pages can be reached: check this machine's network")
    return {url: stop.finding.text for url, stop in zip(wanted, faults, strict=True) if stop is not None}


def _fault(url: str, resolver: Resolves, deadline: float, ca_file: str | None) -> Stop | None:
    try:
        for _ in range(http.MAX_REDIRECTS + 1):
            answer = _get(url, resolver, deadline, ca_file)
            if answer.status not in http.REDIRECTS:
                break
            url = urljoin(url, answer.location)
        else:
            raise Stop(Fault.HTTP_REDIRECTS, f"more than {http.MAX_REDIRECTS} redirects")
    except Stop as stop:
        return stop
    is_dead = answer.status in _GONE or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return Stop(Fault.HTTP_STATUS, f"status {answer.status}") if is_dead else None


def _get(url: str, resolver: Resolves, deadline: float, ca_file: str | None) -> http.Answer:
    parts, host, port = http.place_of(url)
    connected = connect(addresses_of(host, resolver, deadline), port, deadline)
    with closing(Stream(connected.connection, deadline)) as stream:
        if parts.scheme == "https":
            stream.start_tls(tls.verifying(ca_file), host)
        return http.ask(stream, "GET", parts)


@contextmanager
def _resolver_or_own(resolver: Resolves | None) -> Iterator[Resolves]:
    if resolver is not None:
        yield resolver
        return
    with Resolver() as own:
        yield own
