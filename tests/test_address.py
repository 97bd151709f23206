"""Addresses, domains and placeholders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoconfig.address import (
    Address,
    broken_placeholders,
    display_domain,
    expand,
    expand_url,
    is_host,
    is_hostname,
    normalize_domain,
    parse_address,
)
from autoconfig.errors import AddressError


def test_an_address_keeps_its_local_part_and_normalizes_its_domain() -> None:
    assert parse_address("Jan.Jansen@XS4ALL.nl.") == Address("Jan.Jansen", "xs4all.nl")


def test_the_last_at_sign_divides() -> None:
    assert parse_address('"a@b"@example.com').local_part == '"a@b"'


@pytest.mark.parametrize(
    "text", ["", "jan", "@example.com", "jan@", "jan@exa mple.com", "j n@example.com", "a" * 65 + "@b.c"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError, match=r"expected|too long|holds a space"):
        parse_address(text)


@pytest.mark.parametrize(
    "spelling", ["bücher.example", "BÜCHER.example.", "xn--bcher-kva.example", "XN--BCHER-KVA.EXAMPLE"]
)
def test_every_spelling_of_an_idn_is_one_domain(spelling: str) -> None:
    assert normalize_domain(spelling) == "xn--bcher-kva.example"


def test_an_idn_is_shown_as_people_write_it() -> None:
    assert display_domain("xn--bcher-kva.example") == "bücher.example"
    assert display_domain("xn--a.example") == "xn--a.example"


@pytest.mark.parametrize(
    "text", ["", ".", "-a.example", "a..b", "a" * 64 + ".example", "a_b.example", "192.0.2.1", "☃☃.\u200b"]
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(AddressError, match="not a domain name"):
        normalize_domain(text)


@given(st.text())
def test_any_text_is_a_host_name_or_refused(text: str) -> None:
    try:
        domain = normalize_domain(text)
    except AddressError:
        return
    assert is_hostname(domain)
    assert normalize_domain(domain) == domain


@pytest.mark.parametrize(
    "host", ["mail.example.com", "192.0.2.1", "2001:db8::1", "%EMAILDOMAIN%", "mail.%EMAILDOMAIN%"]
)
def test_hosts(host: str) -> None:
    assert is_host(host)


@pytest.mark.parametrize(
    "host", ["", "mail server", "mail.example.com:993", "%EMAILADDRESS%", "%MAIL%.example.com", "http://a.example"]
)
def test_what_is_no_host(host: str) -> None:
    assert not is_host(host)


@pytest.mark.parametrize("text", ["%EMAILADDRESS", "EMAILADDRESS%", "%EMAILADRES%", "%USER%", "a%EMAILLOCALPART"])
def test_broken_placeholders_are_found(text: str) -> None:
    assert broken_placeholders(text)


@pytest.mark.parametrize(
    "text", ["%EMAILADDRESS%", "%EMAILLOCALPART%.%EMAILDOMAIN%", "%EMAILLOCALPART%%%EMAILDOMAIN%", "100% jan"]
)
def test_sound_placeholders_are_not_found(text: str) -> None:
    assert broken_placeholders(text) == ()


def test_placeholders_are_expanded() -> None:
    address = Address("jan", "example.com")
    assert (
        expand("%EMAILADDRESS% %EMAILLOCALPART% %EMAILDOMAIN% 100%", address) == "jan@example.com jan example.com 100%"
    )


def test_an_address_cannot_smuggle_a_placeholder_or_leave_its_place_in_a_url() -> None:
    address = Address("%EMAILDOMAIN%/../?x#", "example.com")
    assert expand("%EMAILLOCALPART%", address) == "%EMAILDOMAIN%/../?x#"
    assert expand_url("https://a/%EMAILLOCALPART%", address) == "https://a/%25EMAILDOMAIN%25%2F..%2F%3Fx%23"
