"""The catalog that is served now: who serves a domain, and the documents about it, switched as a whole."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from autoconfig.address import normalize_domain
from autoconfig.catalog import Catalog
from autoconfig.domains import DISCOVERY_LABELS
from autoconfig.errors import AddressError
from autoconfig.model import Provider
from autoconfig.server.customers import MxHosts, provider_by_mx
from autoconfig.server.documents import Documents
from autoconfig.server.metrics import Metrics
from autoconfig.server.pages import SetupPages

_OUR_PREFIXES = tuple(f"{label}." for label in DISCOVERY_LABELS)


class Answers:
    """What one catalog says. Immutable but for what it remembers; safe to share between threads."""

    def __init__(self, catalog: Catalog, mx_hosts: MxHosts | None, *, pages: bool) -> None:
        self.catalog = catalog
        self.documents = Documents()
        self.pages = SetupPages(catalog.providers) if pages else None
        has_customers = any(provider.mx_domains for provider in catalog.providers)
        self._mx_hosts = mx_hosts if has_customers else None

    def provider(self, domain: str) -> Provider | None:
        """The provider of a mail domain: by its name, else by its MX host."""
        provider = self.catalog.find(domain)
        if provider is None and self._mx_hosts is not None:
            provider = provider_by_mx(self.catalog, self._mx_hosts, domain)
        return provider

    def asked_host(self, host: str) -> tuple[str, Provider | None]:
        """The mail domain that a `Host` header means, and its provider; both are nothing for what is no domain."""
        name = _domain_of_host(host)
        domain = next((name.removeprefix(prefix) for prefix in _OUR_PREFIXES if name.startswith(prefix)), name)
        if not domain:
            return "", None
        if domain != name and self.catalog.find(domain) is None and (provider := self.catalog.find(name)):
            return name, provider
        return domain, self.provider(domain)


def _domain_of_host(host: str) -> str:
    """A `Host` header as a domain: without port, and an internationalized name in either form (RFC 9110, 7.2)."""
    name = host.partition(":")[0]
    if not name.isascii():
        name = name.encode("latin-1", "replace").decode("utf-8", "replace")  # as WSGI hands it on (PEP 3333)
    try:
        return normalize_domain(name)
    except AddressError:
        return ""


class Health(msgspec.Struct, frozen=True):
    """What `/healthz` tells: `error` says why the definitions on disk are not the ones that are served."""

    status: str
    providers: int
    loaded: datetime
    error: str | None


class Live:
    """The answers that are given now. A request takes them once, and keeps to them to its end."""

    def __init__(self, catalog: Catalog, mx_hosts: MxHosts | None, metrics: Metrics, *, pages: bool) -> None:
        self._mx_hosts = mx_hosts
        self._metrics = metrics
        self._pages = pages
        self.use(catalog)

    def use(self, catalog: Catalog) -> None:
        """Give the answers of this catalog from now on."""
        self.answers = Answers(catalog, self._mx_hosts, pages=self._pages)
        self._loaded = datetime.now(UTC)
        self._note(None)

    def keep(self, error: str) -> None:
        """Go on with the catalog in use, as a newer one could not be loaded."""
        self._note(error)

    def _note(self, error: str | None) -> None:
        self._error = error
        self._metrics.catalog_is(len(self.answers.catalog.providers), reload_failed=error is not None)

    @property
    def health(self) -> Health:
        return Health(
            status="ok" if self._error is None else "stale",
            providers=len(self.answers.catalog.providers),
            loaded=self._loaded,
            error=self._error,
        )
