"""Providers examined: all their servers at once, each endpoint once, however many providers share it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack

from msgspec.structs import replace

from autoconfig.dns import Resolver
from autoconfig.model import Provider, Server
from autoconfig.verification import tls
from autoconfig.verification.connect import Resolves
from autoconfig.verification.credentials import Credentials
from autoconfig.verification.network import Network
from autoconfig.verification.notes import Means
from autoconfig.verification.report import Report, ServerReport

Listener = Callable[[Provider, ServerReport], None]


def verify(
    provider: Provider,
    *,
    resolver: Resolves | None = None,
    timeout: float = 5.0,
    ca_file: str | None = None,
    login: tuple[str, str] | None = None,
) -> Report:
    """Talk with every server of a provider, and compare what they say with what the provider's definition says.

    No mail is sent, and nothing is changed at a server.

    Args:
        provider: placeholders in host names are left alone; `Provider.for_address` fills them.
        resolver: gives the addresses of hosts; the system's name servers by default.
        timeout: seconds for each server, from the first DNS question to the last answer.
        ca_file: certificates (PEM) to trust in place of the usual ones.
        login: a user name and a secret to try, over verified TLS only.

    Raises:
        OSError: `ca_file` cannot be read, or holds no certificate.
    """
    return verify_many([provider], resolver=resolver, timeout=timeout, ca_file=ca_file, login=login)[0]


def verify_many(
    providers: Sequence[Provider],
    *,
    resolver: Resolves | None = None,
    timeout: float = 5.0,
    ca_file: str | None = None,
    login: tuple[str, str] | None = None,
    concurrency: int = 128,
    on_server: Listener | None = None,
) -> tuple[Report, ...]:
    """As `verify`, for many providers, with at most `concurrency` servers at one time.

    `on_server` is told of each server as it is done, in this thread. If no network is there, that is found out once,
    and the servers that were still to come are not tried.
    """
    tls.verifying(ca_file)  # whatever is wrong with the file is told before anything else
    credentials = Credentials(*login) if login is not None else None
    found: list[list[ServerReport | None]] = [[None] * len(provider.servers) for provider in providers]
    with ExitStack() as stack:
        if resolver is None:
            resolver = stack.enter_context(Resolver(workers=2 * concurrency, lifetime=timeout))
        pool = ThreadPoolExecutor(concurrency, "autoconfig-verify")
        stack.callback(pool.shutdown, cancel_futures=True)
        network = Network(Means(resolver, timeout, ca_file, credentials))
        places = _places(providers)
        futures = {pool.submit(network.examine, server): where for server, where in places.items()}
        for future in as_completed(futures):
            for number, index in futures[future]:
                provider = providers[number]
                server = provider.servers[index]
                report = replace(future.result(), server=server, field=f"servers[{index}]")
                found[number][index] = report
                if on_server is not None:
                    on_server(provider, report)
    return tuple(
        Report(provider=provider, servers=tuple(filter(None, reports)))
        for provider, reports in zip(providers, found, strict=True)
    )


def _places(providers: Iterable[Provider]) -> dict[Server, list[tuple[int, int]]]:
    """The servers as far as they differ in what is examined, and where each stands."""
    places: dict[Server, list[tuple[int, int]]] = {}
    for number, provider in enumerate(providers):
        for index, server in enumerate(provider.servers):
            places.setdefault(replace(server, username=None, restriction=None), []).append((number, index))
    return places
