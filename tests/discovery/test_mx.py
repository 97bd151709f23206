"""The domains of an MX host whose autoconfig is asked."""

from __future__ import annotations

import pytest

from autoconfig.discovery.sources.mx import mx_domains


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
