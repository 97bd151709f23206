"""From an address to the right settings, safely: every source asked at once, the best answer first.

What Thunderbird does when a person types an address (draft-ietf-mailmaint-autoconfig), and more sources, as a library.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from functools import partial
from typing import TypedDict, Unpack

from autoconfig.address import parse_address
from autoconfig.catalog import Catalog
from autoconfig.discovery.deadline import Deadline
from autoconfig.discovery.errors import OptionError
from autoconfig.discovery.results import Candidate, Discovery, Finding, FindingKind, Outcome, Step, Trust
from autoconfig.discovery.runner import as_finished
from autoconfig.discovery.search import ISPDB, SECONDS, Search
from autoconfig.discovery.sources import ALL, SOURCES, Source
from autoconfig.dns.records import Resolver
from autoconfig.errors import AddressError

__all__ = [
    "ALL",
    "ISPDB",
    "SOURCES",
    "Candidate",
    "Discovery",
    "Finding",
    "FindingKind",
    "OptionError",
    "Options",
    "Outcome",
    "Source",
    "Step",
    "Trust",
    "discover",
    "discover_many",
]


class Options(TypedDict, total=False):
    """The options of `discover`, which `discover_many` takes, too."""

    resolver: Resolver | None
    catalog: Catalog | None
    ispdb: str
    sources: Iterable[str]
    deadline: float
    allow_private: bool
    ca_file: str | None
    send_address: bool
    allow_http: bool
    proxies: Mapping[str, str] | None
    ports: Mapping[int, int] | None
    wait_for_all: bool
    on_step: Callable[[Step], None] | None


def discover(
    address: str,
    *,
    resolver: Resolver | None = None,
    catalog: Catalog | None = None,
    ispdb: str = ISPDB,
    sources: Iterable[str] = ALL,
    deadline: float = SECONDS,
    allow_private: bool = True,
    ca_file: str | None = None,
    send_address: bool = False,
    allow_http: bool = True,
    proxies: Mapping[str, str] | None = None,
    ports: Mapping[int, int] | None = None,
    wait_for_all: bool = False,
    on_step: Callable[[Step], None] | None = None,
) -> Discovery:
    """Find the mail settings of an address.

    Candidates are ranked by trust and then by the order of `SOURCES`; it returns as soon as nothing that still runs
    can give a better one. Losers are cancelled and nobody waits for them.

    Args:
        address: an e-mail address.
        resolver: resolves every name; by default the system's name servers.
        catalog: the local catalog; by default the bundled one. A domain in it costs no network.
        ispdb: the provider database: its URL with the domain behind it is asked.
        sources: the names of the sources to ask, out of `ALL`.
        deadline: seconds for all of it.
        allow_private: False refuses hosts whose connection ends at an address that is not of the public internet.
        ca_file: certificates (PEM) to trust in place of the usual ones.
        send_address: whether the address is sent where it is optional (Mozilla autoconfig, over https only). Outlook
            autodiscover needs it always.
        allow_http: False leaves http alone altogether.
        proxies: proxy URLs by scheme; a proxy resolves the names itself. The environment's are not used.
        ports: the port to connect to in place of another, such as `{443: 8443}`, for a site that is not live yet.
        wait_for_all: ask every source to its end, to compare them all.
        on_step: is called with each step as it ends, on the thread that took it.

    Raises:
        AddressError: it is no e-mail address.
        OptionError: an unknown source, `proxies` with `allow_private=False`, or a `ca_file` that cannot be read.
        DefinitionError: the bundled catalog cannot be read.
    """
    search = Search(
        resolver=resolver,
        catalog=catalog,
        ispdb=ispdb,
        sources=sources,
        deadline=deadline,
        allow_private=allow_private,
        ca_file=ca_file,
        send_address=send_address,
        allow_http=allow_http,
        proxies=proxies,
        ports=ports,
        wait_for_all=wait_for_all,
        on_step=on_step,
    )
    return search(parse_address(address), Deadline(deadline))


def discover_many(
    addresses: Iterable[str], *, concurrency: int = 64, **options: Unpack[Options]
) -> Generator[Discovery, None, None]:
    """Find the mail settings of many addresses, `concurrency` at a time; give each result when it is there.

    The deadline is that of each address. Text that is no address gives a result with no candidate and a warning.
    `addresses` is read as far as needed; leaving the iteration cancels what runs. The options are those of `discover`.
    """
    search = Search(**options)
    runs = (partial(_discover_one, search, address) for address in addresses)
    for _, discovery in as_finished(runs, Deadline(threading.TIMEOUT_MAX), at_once=concurrency):
        yield discovery


def _discover_one(search: Search, text: str, deadline: Deadline) -> Discovery:
    try:
        address = parse_address(text)
    except AddressError as error:
        return Discovery(address=text, warnings=(str(error),))
    with deadline.part(search.seconds) as part:
        return search(address, part)
