"""A mail domain on the loopback internet that is as it should be everywhere, until a test plants a fault.

with estate_on(internet) as estate:
    estate.serve("https", "autoconfig.example.test", CONFIG, Answer(b"<html>"))
    assert estate.rules() == ["html-instead-of-xml"]
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import dns.zone
from msgspec.structs import replace

from autoconfig.checks.audit import Audit, audit
from autoconfig.checks.audit.auditor import Options
from autoconfig.dns import zone
from autoconfig.formats import FORMATS, apple, autodiscover_json, mozilla, outlook, pacc
from autoconfig.model import Provider, Server, ServerType
from tests.support import mail_talks
from tests.support.certificates import Certificates
from tests.support.internet import CONFIG, DOMAIN, POX, Internet
from tests.support.mail_talks import Manner
from tests.support.mail_wire import Served, serving
from tests.support.samples import PASSWORD
from tests.support.web import Answer

WELL_KNOWN = f"/.well-known/autoconfig{CONFIG}"
PACC = "/.well-known/user-agent-configuration.json"
POINTER = "/autodiscover/autodiscover.json"
PROFILE = f"/{DOMAIN}.mobileconfig"
AUTOCONFIG, AUTODISCOVER, UA = (f"{label}.{DOMAIN}" for label in ("autoconfig", "autodiscover", "ua-auto-config"))
IMAP, SMTP = (
    Server(type=type, hostname=f"{type}.{DOMAIN}", username="%EMAILADDRESS%", authentication=PASSWORD)
    for type in (ServerType.IMAP, ServerType.SMTP)
)
PROVIDER = Provider(id=DOMAIN, name="Example", domains=(DOMAIN,), servers=(IMAP, SMTP))


class Estate:
    """The domain, its provider, and the ways to plant faults."""

    def __init__(self, internet: Internet, ports: dict[int, int]) -> None:
        self.internet = internet
        self.ports = ports
        self._records: dict[str, list[str]] = {}

    def publish(self, provider: Provider = PROVIDER) -> None:
        """Publish a provider in every way."""
        self.publish_records(provider)
        document = answer("mozilla", mozilla.render(provider))
        self.serve("https", AUTOCONFIG, CONFIG, document)
        self.serve("https", DOMAIN, WELL_KNOWN, document)
        for host in (AUTODISCOVER, DOMAIN):
            self.serve("https", host, POX, answer("outlook", outlook.render(provider)))
        self.serve("https", AUTODISCOVER, POINTER, answer("autodiscover_json", autodiscover_json.render(provider)))
        self.serve("https", UA, PACC, answer("pacc", pacc.render(provider)))
        self.serve("https", DOMAIN, PROFILE, answer("apple", apple.render(provider)))
        for host, path in ((AUTOCONFIG, CONFIG), (DOMAIN, WELL_KNOWN), (AUTODISCOVER, POX)):
            self.serve("http", host, path, redirect(f"https://{host}{path}"))

    def publish_records(self, provider: Provider = PROVIDER) -> None:
        """Publish the zone fragment of a provider, and the addresses of its hosts."""
        fragment = zone(provider, DOMAIN, host=DOMAIN, pacc=pacc.document(provider).txt).decode()
        records = dns.zone.from_text(fragment, check_origin=False, relativize=False)
        hosts = (DOMAIN, *(server.hostname for server in provider.servers if server.hostname))
        self.record(
            *(
                f"{name} {ttl} IN {rdata.rdtype.name} {rdata.to_text()}"
                for name, ttl, rdata in records.iterate_rdatas()
            ),
            *(f"{host}. 300 IN A 127.0.0.1" for host in hosts),
        )

    def record(self, *lines: str) -> None:
        """Add records, written in full."""
        for line in lines:
            self._records.setdefault(line.partition(" ")[0].rstrip("."), []).append(line)
        self._load()

    def without(self, *names: str) -> None:
        """Take all records of names out."""
        for name in names:
            self._records.pop(name, None)
        self._load()

    def names(self) -> list[str]:
        """The names that have records."""
        return list(self._records)

    def _load(self) -> None:
        lines = [line for lines in self._records.values() for line in lines]
        self.internet.dns.add(".", "\n".join(("ispdb.test A 127.0.0.1", *lines)))

    def serve(self, scheme: str, host: str, path: str, page: Answer | Any) -> None:
        """Have a host answer on a path, without a word to DNS."""
        self.internet.web.serve(scheme, host, path, page)

    def catch_all(self, scheme: str, host: str, page: Answer) -> None:
        """Have a host give the same answer on every path."""
        self.internet.web.sites[scheme, host] = lambda request: page

    def nothing_at(self, scheme: str, host: str) -> None:
        """Take a web host down to status 404."""
        self.internet.web.sites.pop((scheme, host), None)

    def options(self, **options: Unpack[Options]) -> Options:
        ours = self.internet.with_options()
        merged = Options(
            resolver=ours["resolver"],
            catalog=ours["catalog"],
            ispdb=ours["ispdb"],
            ca_file=ours["ca_file"],
            ports=self.ports,
        )
        merged.update(options)
        return merged

    def audit(self, **options: Unpack[Options]) -> Audit:
        return audit(DOMAIN, **self.options(**options))

    def rules(self, **options: Unpack[Options]) -> list[str]:
        """The rules that speak, in the order of mending."""
        return [finding.rule for finding in self.audit(**options).findings]

    def define(self, provider: Provider = PROVIDER) -> None:
        """Put a definition into the catalog."""
        self.internet.providers.append(provider)


@contextmanager
def estate_on(internet: Internet) -> Iterator[Estate]:
    """The faultless domain, with an IMAP and an SMTP server, on an internet of its own."""
    with ExitStack() as stack:
        imap = stack.enter_context(mail_server(internet, ServerType.IMAP))
        smtp = stack.enter_context(mail_server(internet, ServerType.SMTP))
        estate = Estate(internet, {**internet.web.ports, 993: imap.port, 465: smtp.port})
        estate.publish()
        yield estate


@contextmanager
def ending_soon(internet: Internet, folder: Path) -> Iterator[Served]:
    """An IMAP server whose certificate ends in three days."""
    certificates = Certificates(folder, host=IMAP.hostname or "")
    certificates.authority = internet.web.authority
    with mail_server(internet, ServerType.IMAP, tls=certificates.lasting(days=3)) as served:
        yield served


@contextmanager
def mail_server(internet: Internet, type: ServerType, *, tls: Any = None, secured: bool = True) -> Iterator[Served]:
    """A small server with TLS from the start and a certificate for its host, or another context."""
    talk, words = {
        ServerType.IMAP: (mail_talks.imap, ("AUTH=PLAIN",)),
        ServerType.SMTP: (mail_talks.smtp, ("AUTH PLAIN",)),
    }[type]
    context = tls or internet.web.context()
    with serving(partial(talk, manner=Manner(secured=words), secured=secured), tls=context) as served:
        yield served


TEN_FAULTS = (
    "bad-certificate",
    "http-differs",
    "mechanisms-disagree",
    "html-instead-of-xml",
    "pacc-digest-mismatch",
    "srv-without-service",
    "server-weak",
    "open-defaults",
    "wrong-content-type",
    "service-without-srv",
)
"""The rules that find what `plant_ten_faults` plants, in the order of mending."""


def plant_ten_faults(estate: Estate, lasting: int) -> None:
    """Plant ten faults; `lasting` is the port of an IMAP server whose certificate ends soon."""
    internet = estate.internet
    internet.web.strangers.add(AUTODISCOVER)
    estate.serve("http", AUTOCONFIG, CONFIG, answer("mozilla", mozilla.render(with_server(IMAP, port=1993))))
    estate.record(f'{DOMAIN}. 300 IN TXT "mailconf=https://{AUTOCONFIG}/old.xml"')
    estate.serve("https", AUTOCONFIG, "/old.xml", answer("mozilla", mozilla.render(with_server(SMTP, port=587))))
    estate.serve("https", DOMAIN, WELL_KNOWN, Answer(b"<!doctype html>", headers={"Content-Type": "text/html"}))
    estate.nothing_at("http", DOMAIN)
    estate.serve("https", UA, PACC, answer("pacc", pacc.render(PROVIDER) + b"\n"))
    estate.without(f"_pop3s._tcp.{DOMAIN}")
    estate.record(f"_pop3s._tcp.{DOMAIN}. 300 IN SRV 0 1 995 pop.{DOMAIN}.")
    estate.ports[993] = lasting
    lines = outlook.render(PROVIDER).splitlines()
    silent = b"\n".join(line for line in lines if b"<SPA>" not in line)
    estate.serve("https", DOMAIN, POX, Answer(silent, headers={"Content-Type": "application/xml"}))
    estate.serve("https", DOMAIN, PROFILE, Answer(apple.render(PROVIDER), headers={"Content-Type": "text/xml"}))
    estate.without(f"_submissions._tcp.{DOMAIN}")


def answer(format: str, body: bytes) -> Answer:
    """A document with the media type of its format."""
    return Answer(body, headers={"Content-Type": FORMATS[format].media_type})


def redirect(url: str) -> Answer:
    return Answer(status=301, headers={"Location": url})


def with_server(server: Server, **changes: Any) -> Provider:
    """The provider with one of its servers changed."""
    servers = tuple(replace(it, **changes) if it == server else it for it in PROVIDER.servers)
    return replace(PROVIDER, servers=servers)
