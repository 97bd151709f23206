"""Registrable domains, and the addresses that are of the public internet."""

from __future__ import annotations

import pytest

from autoconfig.discovery.domains import are_related, is_above_registrable, registrable_domain
from autoconfig.discovery.public_addresses import is_public
from autoconfig.discovery.sources.mx import mx_domains


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("mx.mail.example.com", "example.com"),
        ("example.com", "example.com"),
        ("MX.Example.CO.UK", "example.co.uk"),
        ("co.uk", None),
        ("com", None),
        ("jan.github.io", "jan.github.io"),
        ("mx.example.test", "example.test"),
        ("192.0.2.1", None),
        ("2001:db8::1", None),
    ],
)
def test_the_registrable_domain_is_told_by_the_public_suffix_list(host: str, expected: str | None) -> None:
    assert registrable_domain(host) == expected


def test_hosts_of_two_customers_of_one_suffix_are_not_related() -> None:
    assert are_related("mail.example.co.uk", "example.co.uk")
    assert not are_related("evil.co.uk", "example.co.uk")
    assert not are_related("co.uk", "co.uk")


@pytest.mark.parametrize(
    "host", ["autodiscover.com", "AUTODISCOVER.COM", "autoconfig.co.uk", "com", "co.uk", "localhost"]
)
def test_what_is_above_every_registrable_domain_is_known(host: str) -> None:
    assert is_above_registrable(host)


@pytest.mark.parametrize("host", ["autodiscover.example.com", "example.com", "example.co.uk", "192.0.2.1"])
def test_what_is_below_a_registrable_domain_is_known(host: str) -> None:
    assert not is_above_registrable(host)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "224.0.0.251",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001:0:a00:1::",
    ],
)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("mx.premium.europe.example.com", ("premium.europe.example.com", "example.com")),
        ("mx.example.co.uk", ("example.co.uk",)),
        ("example.com", ("example.com",)),
        ("co.uk", ()),
    ],
)
def test_the_domains_of_an_mx_host_are_those_of_the_draft(host: str, expected: tuple[str, ...]) -> None:
    assert mx_domains(host) == expected
