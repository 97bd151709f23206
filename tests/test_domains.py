"""Registrable domains by the public suffix list."""

from __future__ import annotations

import pytest

from autoconfig.domains import are_related, is_above_registrable, registrable_domain


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
