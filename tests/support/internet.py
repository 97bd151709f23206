"""A small internet on loopback: DNS, hosts with and without certificates, a provider database, and ways to publish.

internet.publish("ispdb", "example.test", provider)
internet.serve("https", "autoconfig.example.test", "/mail/config-v1.1.xml", Answer(document))
internet.record("example.test MX 10 mx.hoster.test.")
discovery = internet.discover("jan@example.test")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Unpack

import msgspec

from autoconfig.catalog import Catalog
from autoconfig.discovery import Discovery, Options, discover
from autoconfig.dns.records import Resolver
from autoconfig.formats import mozilla, outlook, pacc
from autoconfig.model import Provider, Server, ServerType, SocketType
from tests.support.dns_server import DnsServer
from tests.support.samples import PASSWORD
from tests.support.web import Answer, Site, Web

DOMAIN = "example.test"
JAN = f"jan@{DOMAIN}"
HOSTER = "hoster.test"
ISPDB = "https://ispdb.test/v1.1/"
POX = "/autodiscover/autodiscover.xml"
CONFIG = "/mail/config-v1.1.xml"


def provider_of(mark: str, domain: str = DOMAIN) -> Provider:
    """A provider whose host names tell who published it."""
    name = mark.replace(".", "-")
    servers = (
        Server(type=type, hostname=f"{type}.{name}.{domain}", username="%EMAILADDRESS%", authentication=PASSWORD)
        for type in (ServerType.IMAP, ServerType.SMTP)
    )
    return Provider(id=domain, name=name, domains=(domain,), servers=tuple(servers))


class Internet:
    """What is published where; `providers` are those of the local catalog."""

    def __init__(self, web: Web, dns: DnsServer, resolver: Resolver, ca_file: Path) -> None:
        self.web = web
        self.dns = dns
        self.providers: list[Provider] = []
        self._records: dict[str, None] = {}
        self._options = Options(resolver=resolver, ispdb=ISPDB, ca_file=str(ca_file), ports=web.ports)

    def record(self, *lines: str) -> None:
        """Add records to DNS, as in the zone file of the root."""
        self._records.update(dict.fromkeys(lines))
        self.dns.add(".", "\n".join(self._records))

    def serve(self, scheme: str, host: str, path: str, answer: Answer | Site) -> None:
        """Have a host answer on a path, and be found by DNS."""
        self.record(f"{host} A 127.0.0.1")
        self.web.serve(scheme, host, path, answer)

    def publish(self, source: str, domain: str, provider: Provider, delay: float = 0.0) -> None:
        """Publish a provider for a domain where one source looks."""
        PUBLISHERS[source](self, domain, provider, delay)

    def asked(self, host: str) -> bool:
        """Whether a host got an HTTP request, or DNS a question for it."""
        return any(request.host == host for request in self.web.requests) or self.dns.asked(host) > 0

    def discover(self, address: str, **options: Unpack[Options]) -> Discovery:
        """Discover in this internet."""
        return discover(address, **self.with_options(**options))

    def with_options(self, **options: Unpack[Options]) -> Options:
        """What makes a discovery ask this internet, and other options."""
        merged = self._options.copy()
        merged["catalog"] = Catalog(self.providers)
        merged.update(options)
        return merged


@contextmanager
def internet_on(web: Web, ca_file: Path) -> Iterator[Internet]:
    """An internet of its own DNS and resolver around running web servers."""
    with DnsServer() as dns, Resolver([dns.address], timeout=1.0) as resolver:
        internet = Internet(web, dns, resolver, ca_file)
        internet.record("ispdb.test A 127.0.0.1")
        yield internet


def _mozilla(provider: Provider, delay: float) -> Answer:
    return Answer(mozilla.render(provider), headers={"Content-Type": "text/xml"}, delay=delay)


def _in_catalog(internet: Internet, domain: str, provider: Provider, delay: float) -> None:
    internet.providers.append(msgspec.structs.replace(provider, domains=(domain,), mx_domains=()))


def _on_subdomain(internet: Internet, domain: str, provider: Provider, delay: float) -> None:
    internet.serve("https", f"autoconfig.{domain}", CONFIG, _mozilla(provider, delay))


def _well_known(internet: Internet, domain: str, provider: Provider, delay: float) -> None:
    internet.serve("https", domain, f"/.well-known/autoconfig{CONFIG}", _mozilla(provider, delay))


def _over_http(internet: Internet, domain: str, provider: Provider, delay: float) -> None:
    internet.serve("http", f"autoconfig.{domain}", CONFIG, _mozilla(provider, delay))


def _in_ispdb(internet: Internet, domain: str, provider: Provider, delay: float) -> None:
    internet.serve("https", "ispdb.test", f"/v1.1/{domain}", _mozilla(provider, delay))


def _behind_mx(internet: Internet, domain: str, provider: Provider, delay: float) -> None:
    internet.record(f"{domain} MX 10 mx.{HOSTER}.")
    internet.serve("https", f"autoconfig.{HOSTER}", CONFIG, _mozilla(provider, delay))


def _named_by_txt(internet: Internet, domain: str, provider: Provider, delay: float) -> None:
    internet.record(f'{domain} TXT "mailconf=https://config.{domain}/mail.xml"')
    internet.serve("https", f"config.{domain}", "/mail.xml", _mozilla(provider, delay))


def _as_pacc(internet: Internet, domain: str, provider: Provider, delay: float) -> None:
    document = pacc.document(provider)
    internet.record(f'_ua-auto-config.{domain} TXT "{document.txt}"'.replace(";", "\\;"))
    path = "/.well-known/user-agent-configuration.json"
    internet.serve("https", f"ua-auto-config.{domain}", path, Answer(document.body, delay=delay))


def _as_pox(internet: Internet, domain: str, provider: Provider, delay: float) -> None:
    internet.serve("https", f"autodiscover.{domain}", POX, Answer(outlook.render(provider), delay=delay))


def _as_srv(internet: Internet, domain: str, provider: Provider, delay: float) -> None:
    for server in provider.servers:
        service = _SERVICES.get((server.type, server.socket_type)) if server.socket_type else None
        if service is not None:
            internet.record(f"{service}._tcp.{domain} SRV 0 1 {server.port} {server.hostname}.")
            internet.record(f"{server.hostname} A 127.0.0.1")


def _by_mx_in_catalog(internet: Internet, domain: str, provider: Provider, delay: float) -> None:
    internet.record(f"{domain} MX 10 mx.{HOSTER}.")
    internet.providers.append(msgspec.structs.replace(provider, domains=(HOSTER,), mx_domains=(HOSTER,)))


_SERVICES = {
    (ServerType.IMAP, SocketType.SSL): "_imaps",
    (ServerType.IMAP, SocketType.STARTTLS): "_imap",
    (ServerType.POP3, SocketType.SSL): "_pop3s",
    (ServerType.POP3, SocketType.STARTTLS): "_pop3",
    (ServerType.SMTP, SocketType.SSL): "_submissions",
    (ServerType.SMTP, SocketType.STARTTLS): "_submission",
}

PUBLISHERS: Mapping[str, Callable[[Internet, str, Provider, float], None]] = {
    "catalog": _in_catalog,
    "autoconfig-1.1": _on_subdomain,
    "autoconfig-1.2": _well_known,
    "autoconfig-1.3": _over_http,
    "ispdb": _in_ispdb,
    "mx": _behind_mx,
    "txt": _named_by_txt,
    "pacc": _as_pacc,
    "autodiscover": _as_pox,
    "srv": _as_srv,
    "mx-catalog": _by_mx_in_catalog,
}
