"""Customers' domains are found by their MX hosts, asked of a real resolver on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from falcon.testing import TestClient

from autoconfig.catalog import Catalog
from autoconfig.dns import Resolver
from autoconfig.server import create_app
from autoconfig.server.customers import MxHosts
from tests.support.dns_server import DnsServer, silent
from tests.support.serving import CATALOG, OUTLOOK_2016, provider

ZONE = """
customer MX 10 mx1.mx.example.com.
customer MX 20 mx.elsewhere.test.
second MX 10 mx.elsewhere.test.
second MX 20 mx1.mx.example.com.
gone MX 0 .
empty A 192.0.2.1
slow MX 10 mx1.mx.example.com.
xn--bcher-kva MX 10 mx1.mx.example.com.
"""


@pytest.fixture
def dns() -> Iterator[DnsServer]:
    with DnsServer() as server:
        server.add("test", ZONE)
        yield server


@pytest.fixture
def client(dns: DnsServer) -> Iterator[TestClient]:
    with Resolver([dns.address], timeout=0.5, lifetime=0.5) as resolver:
        yield TestClient(create_app(CATALOG, resolver=resolver))


def status(client: TestClient, domain: str) -> int:
    answer = client.simulate_get("/mail/config-v1.1.xml", query_string=f"emailaddress=jan@{domain}")
    return answer.status_code


def test_a_domain_whose_mail_comes_to_the_provider_is_answered(client: TestClient) -> None:
    answer = client.simulate_get("/mail/config-v1.1.xml", query_string="emailaddress=jan@customer.test")
    assert b"<username>jan@customer.test</username>" in answer.content
    assert b"<hostname>imap.example.com</hostname>" in answer.content
    assert client.simulate_get("/mail/config-v1.1.xml", headers={"Host": "autoconfig.customer.test"}).status_code == 200
    outlook = client.simulate_post(
        "/autodiscover/autodiscover.xml", body=OUTLOOK_2016.format(address="a@customer.test")
    )
    assert b"<LoginName>a@customer.test</LoginName>" in outlook.content
    assert client.simulate_get("/customer.test.mobileconfig").status_code == 200
    assert status(client, "bücher.test") == 200


@pytest.mark.parametrize("domain", ["second.test", "gone.test", "empty.test", "missing.test", "unknown.invalid"])
def test_no_other_domain_is(client: TestClient, domain: str) -> None:
    assert status(client, domain) == 404


def test_answers_and_their_absence_are_remembered(client: TestClient, dns: DnsServer) -> None:
    for domain in ("customer.test", "missing.test"):
        for _ in range(3):
            status(client, domain)
        assert dns.asked(domain) == 1


def test_a_server_that_does_not_answer_is_left_alone_for_a_while(client: TestClient, dns: DnsServer) -> None:
    dns.misbehave(silent, "slow.test")
    assert status(client, "slow.test") == 404
    asked = dns.asked("slow.test")
    assert status(client, "slow.test") == 404
    assert dns.asked("slow.test") == asked


def test_known_domains_and_words_without_a_dot_ask_nothing(client: TestClient, dns: DnsServer) -> None:
    assert status(client, "example.com") == 200
    assert status(client, "localhost") == 404
    assert dns.asked("example.com") == dns.asked("localhost") == 0


def test_a_catalog_without_mx_domains_asks_nothing(dns: DnsServer) -> None:
    with Resolver([dns.address]) as resolver:
        app = create_app(Catalog([provider("example.com")]), resolver=resolver)
        assert status(TestClient(app), "customer.test") == 404
    assert dns.asked("customer.test") == 0


def test_only_so_many_requests_wait_for_dns(dns: DnsServer) -> None:
    dns.misbehave(silent, "slow.test")
    with Resolver([dns.address], timeout=1, lifetime=1) as resolver:
        hosts = MxHosts(resolver, waiting=1)
        waiter = threading.Thread(target=hosts.of, args=["slow.test"])
        waiter.start()
        while not dns.asked("slow.test"):
            pass
        assert hosts.of("customer.test") == ()
        assert dns.asked("customer.test") == 0
        waiter.join()


def test_the_most_preferred_hosts_count(dns: DnsServer) -> None:
    with Resolver([dns.address]) as resolver:
        hosts = MxHosts(resolver)
        assert hosts.of("customer.test") == ("mx1.mx.example.com",)
        assert hosts.of("second.test") == ("mx.elsewhere.test",)
