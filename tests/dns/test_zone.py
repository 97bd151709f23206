from __future__ import annotations

from urllib.parse import urlsplit

import dns.name
import dns.zone
import pytest
from hypothesis import given, settings

from autoconfig.catalog import bundled
from autoconfig.dns import Resolver, fill, unpublished, zone
from autoconfig.errors import AddressError, RenderError
from autoconfig.model import Provider, Server, ServerType, SocketType
from tests.support.dns_server import DnsServer
from tests.support.providers import providers
from tests.support.samples import BARE, RICH

Place = tuple[ServerType, str | None, int | None, SocketType | None, str | None]


def lines(provider: Provider, domain: str = "example.com", host: str | None = None) -> dict[str, str]:
    """The records by name and type."""
    read = dns.zone.from_text(zone(provider, domain, host=host).decode(), domain, check_origin=False)
    found = {}
    for name, rdataset in read.iterate_rdatasets():
        found[f"{name} {rdataset.rdtype.name}"] = " | ".join(sorted(rdata.to_text() for rdata in rdataset))
    return found


def with_servers(*servers: Server) -> Provider:
    return Provider(id="example.com", name="Example", domains=("example.com",), servers=servers)


def places(provider: Provider, domain: str) -> list[Place]:
    """Where the servers are that DNS can name, each once, in their order, in the normal form of hosts and URLs."""
    left_out = {int(text.partition("[")[2].partition("]")[0]) for text in unpublished(provider, domain)}
    found: list[Place] = []
    for index, server in enumerate(provider.servers):
        hostname, url = (text and text.replace("%EMAILDOMAIN%", domain) for text in (server.hostname, server.url))
        place = (server.type, hostname and hostname.lower(), server.port, server.socket_type, url and normal_url(url))
        if index not in left_out and not server.is_gap and place not in found:
            found.append(place)
    return found


def normal_url(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.lower().removesuffix(":443"), path=parts.path or "/").geturl()


def found_again(server: DnsServer, provider: Provider, domain: str) -> list[Place]:
    """The servers that a definition of one line of substance gets from the zone of a provider."""
    _, _, records = zone(provider, domain).decode().partition("\n")
    hosts = {place[1] or urlsplit(place[4] or "").hostname for place in places(provider, domain)}
    addresses = "\n".join(f"{host}. A 192.0.2.1" for host in hosts)
    server.add(domain, f"{records}\n{addresses}")
    server.add(".", addresses)
    one_line = Provider(id=provider.id, name=provider.name, domains=(domain,))
    with Resolver([server.address]) as resolver:
        return places(fill(one_line, resolver).provider, domain)


def test_what_is_offered_and_what_is_not() -> None:
    assert lines(BARE) == {
        "_imaps._tcp SRV": "0 1 993 imap",
        "_imap._tcp SRV": "0 0 0 .",
        "_pop3s._tcp SRV": "0 0 0 .",
        "_pop3._tcp SRV": "0 0 0 .",
        "_jmap._tcp SRV": "0 0 0 .",
        "_submissions._tcp SRV": "0 1 465 smtp",
        "_submission._tcp SRV": "0 0 0 .",
        "_sieve._tcp SRV": "0 0 0 .",
        "_caldavs._tcp SRV": "0 0 0 .",
        "_carddavs._tcp SRV": "0 0 0 .",
    }


def test_the_order_of_servers_becomes_the_priority() -> None:
    provider = with_servers(
        Server(type=ServerType.POP3, hostname="pop.example.com"),
        Server(type=ServerType.IMAP, hostname="imap.example.net"),
        Server(type=ServerType.IMAP, hostname="imap2.example.com"),
        Server(type=ServerType.SMTP, hostname="smtp.example.com", port=2465),
    )
    found = lines(provider)
    assert found["_pop3s._tcp SRV"] == "0 1 995 pop"
    assert found["_imaps._tcp SRV"] == "10 1 993 imap.example.net. | 20 1 993 imap2"
    assert found["_submissions._tcp SRV"] == "0 1 2465 smtp"


def test_the_path_of_a_calendar_is_a_txt_record() -> None:
    found = lines(RICH)
    assert found["_caldavs._tcp TXT"] == '"path=/cal"'
    assert found["_caldavs._tcp SRV"].endswith("443 dav")
    usual = with_servers(Server(type=ServerType.CALDAV, url="https://dav.example.com/.well-known/caldav"))
    assert "_caldavs._tcp TXT" not in lines(usual)


def test_the_web_host_brings_the_names_of_the_site() -> None:
    found = lines(BARE, host="web.example.net")
    for alias in ("autoconfig", "autodiscover", "ua-auto-config"):
        assert found[f"{alias} CNAME"] == "web.example.net."
    assert found["_autodiscover._tcp SRV"] == "0 1 443 web.example.net."


def test_a_web_host_is_no_alias_of_itself() -> None:
    found = lines(BARE, host="autoconfig.example.com")
    assert "autoconfig CNAME" not in found
    assert found["autodiscover CNAME"] == "autoconfig"


def test_the_domain_of_the_address_is_filled_in() -> None:
    provider = with_servers(Server(type=ServerType.IMAP, hostname="imap.%EMAILDOMAIN%"))
    assert lines(provider, "other.example")["_imaps._tcp SRV"] == "0 1 993 imap"


@pytest.mark.parametrize(
    ("server", "label"),
    [
        (Server(type=ServerType.IMAP, hostname="a.example.com", socket_type=SocketType.PLAIN), "_imap"),
        (Server(type=ServerType.IMAP, hostname="192.0.2.1"), "_imaps"),
        (Server(type=ServerType.IMAP, hostname="%EMAILLOCALPART%.example.com"), "_imaps"),
        (Server(type=ServerType.JMAP, url="https://a.example.com/session"), "_jmap"),
        (Server(type=ServerType.CALDAV, url="http://a.example.com/"), "_caldavs"),
        (Server(type=ServerType.CALDAV, url="https://a.example.com/?x=1"), "_caldavs"),
        (Server(type=ServerType.CALDAV, url="https://a.example.com/%EMAILADDRESS%/"), "_caldavs"),
    ],
)
def test_what_dns_cannot_say_is_neither_offered_nor_declined(server: Server, label: str) -> None:
    provider = with_servers(server)
    assert f"{label}._tcp SRV" not in lines(provider)
    assert len(unpublished(provider, "example.com")) == 1


def test_a_gap_is_neither_offered_nor_declined() -> None:
    provider = with_servers(Server(type=ServerType.IMAP), Server(type=ServerType.SMTP, socket_type=SocketType.SSL))
    found = lines(provider)
    assert {"_imaps._tcp SRV", "_imap._tcp SRV", "_submissions._tcp SRV"}.isdisjoint(found)
    assert found["_submission._tcp SRV"] == "0 0 0 ."
    assert unpublished(provider, "example.com") == ()


def test_a_second_calendar_with_another_path_is_left_out() -> None:
    urls = ("https://a.example.com/one", "https://b.example.com/two")
    provider = with_servers(*(Server(type=ServerType.CALDAV, url=url) for url in urls))
    assert lines(provider)["_caldavs._tcp SRV"] == "0 1 443 a"
    assert unpublished(provider, "example.com") == ("servers[1]: DNS has no record for this caldav server",)


@pytest.mark.parametrize("domain", ["", "a b", "*.example.com", "example.com\n@ A 192.0.2.1"])
def test_a_domain_that_is_none_is_refused(domain: str) -> None:
    with pytest.raises(AddressError):
        zone(BARE, domain)


def test_a_domain_that_is_too_long_for_records_below_it_is_refused() -> None:
    with pytest.raises(RenderError):
        zone(BARE, ".".join(["a" * 60] * 4))


@given(providers())
def test_the_zone_of_any_provider_is_read_back(provider: Provider) -> None:
    text = zone(provider, "example.com", host="web.example.net").decode()
    read = dns.zone.from_text(text, "example.com", check_origin=False)
    assert read.origin == dns.name.from_text("example.com")
    assert read.find_rdataset("autoconfig", "CNAME")


@settings(max_examples=40)
@given(providers())
def test_fill_finds_the_servers_of_any_zone(provider: Provider) -> None:
    with DnsServer() as server:
        assert found_again(server, provider, "example.com") == places(provider, "example.com")


@pytest.mark.parametrize("provider", bundled().providers, ids=lambda provider: str(provider.id))
def test_fill_finds_the_servers_of_every_bundled_provider(server: DnsServer, provider: Provider) -> None:
    domain = next(domain for domain in provider.domains if not domain.startswith("*"))
    assert found_again(server, provider, domain) == places(provider, domain)
