"""The sources of configurations, in order of priority. A new one is one module and one row here."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from autoconfig.discovery.inquiry import Found, Inquiry
from autoconfig.discovery.results import Trust
from autoconfig.discovery.sources import (
    autoconfig,
    autodiscover,
    catalog,
    ispdb,
    mx,
    mx_catalog,
    pacc,
    srv,
    txt,
)


class Source(msgspec.Struct, frozen=True):
    """A source: its name, how it is asked, and the best trust that an answer of it can have.

    `is_local` tells that asking it needs no network.
    """

    name: str
    ask: Callable[[Inquiry], Found]
    best_trust: Trust
    is_local: bool = False


SOURCES = (
    Source("catalog", catalog.ask, Trust.SECURE, is_local=True),
    Source("autoconfig-1.1", autoconfig.on_subdomain, Trust.SECURE),
    Source("autoconfig-1.2", autoconfig.well_known, Trust.SECURE),
    Source("autoconfig-1.3", autoconfig.over_http, Trust.INSECURE),
    Source("ispdb", ispdb.ask, Trust.THIRD_PARTY),
    Source("mx", mx.ask, Trust.THIRD_PARTY),
    Source("txt", txt.ask, Trust.SECURE),
    Source("pacc", pacc.ask, Trust.SECURE),
    Source("autodiscover", autodiscover.ask, Trust.SECURE),
    Source("srv", srv.ask, Trust.SECURE),
    Source("mx-catalog", mx_catalog.ask, Trust.THIRD_PARTY),
)

ALL = tuple(source.name for source in SOURCES)
