"""Counts for Prometheus: requests by route and status, and how the catalog is. No label is anything that was sent.

With several workers each counts for itself. `autoconfig serve` lets them share a folder, as prometheus-client wants it
(`PROMETHEUS_MULTIPROC_DIR`), so that any of them can tell the sum; elsewhere a process tells only its own.
"""

from __future__ import annotations

import os
from functools import cache

import falcon

FOLDER = "PROMETHEUS_MULTIPROC_DIR"

_NO_ROUTE = "none"


class Metrics:
    """The counts of one application, with falcon's hook after a request is answered."""

    def __init__(self) -> None:
        # Imported late: the package looks for its folder when it is imported.
        from prometheus_client import CollectorRegistry, Counter, Gauge

        self._registry = CollectorRegistry()
        self._requests = Counter(
            "autoconfig_requests", "Answered requests.", ("route", "status"), registry=self._registry
        )
        self._counter = cache(self._requests.labels)
        self._providers = Gauge(
            "autoconfig_providers",
            "Providers in the catalog.",
            registry=self._registry,
            multiprocess_mode="livemax",
        )
        self._reload_failed = Gauge(
            "autoconfig_reload_failed",
            "1 if the definitions on disk could not be loaded, and older ones are served.",
            registry=self._registry,
            multiprocess_mode="livemax",
        )

    def process_response(self, req: falcon.Request, resp: falcon.Response, resource: object, succeeded: bool) -> None:
        """Count an answer."""
        self._counter(getattr(resource, "route", _NO_ROUTE), resp.status_code).inc()

    def catalog_is(self, providers: int, *, reload_failed: bool) -> None:
        """Note how many providers are served, and whether they are the newest."""
        self._providers.set(providers)
        self._reload_failed.set(reload_failed)

    def exposition(self) -> tuple[bytes, str]:
        """All counts, and the media type that they are written in."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

        registry = self._registry
        if FOLDER in os.environ:
            from prometheus_client.multiprocess import MultiProcessCollector

            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST
