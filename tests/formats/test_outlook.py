"""Outlook autodiscover: what the answer says in each case, and that it reads back as its losses promise."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from autoconfig.address import parse_address
from autoconfig.errors import ParseError
from autoconfig.formats import mozilla, outlook
from autoconfig.model import Authentication, Provider, Server, ServerType, SocketType
from tests.support.ispdb import each_file
from tests.support.providers import providers
from tests.support.samples import ADDRESS, BARE, PASSWORD, RICH
from tests.support.truth import assert_losses_are_the_truth

HERE = Path(__file__).parent
SCHEMA = etree.XMLSchema(file=str(HERE / "schemas" / "outlook.xsd"))
JAN = parse_address("jan@example.com")


def _provider(**fields: object) -> Provider:
    settings = {"hostname": "mail.example.com", "username": ADDRESS, "authentication": PASSWORD} | fields
    return Provider(id="", name="Example", servers=(Server(type=ServerType.IMAP, **settings),))  # type: ignore[arg-type]


def _said(provider: Provider, **options: object) -> dict[str, str | None]:
    root = etree.fromstring(outlook.render(provider, **options))  # type: ignore[arg-type]
    (protocol,) = root.iter("{*}Protocol")
    return {etree.QName(element).localname: element.text for element in protocol}


@each_file
def test_a_real_provider_is_valid_and_loses_what_is_told(file: Path) -> None:
    provider = mozilla.parse(file.read_bytes())
    document = outlook.render(provider)
    SCHEMA.assertValid(etree.fromstring(document))
    assert_losses_are_the_truth(provider, outlook.parse(document), outlook.losses(provider))


@given(providers())
def test_losses_name_exactly_what_is_lost(provider: Provider) -> None:
    document = outlook.render(provider)
    SCHEMA.assertValid(etree.fromstring(document))
    assert_losses_are_the_truth(provider, outlook.parse(document), outlook.losses(provider))


@given(providers())
def test_losses_for_an_address_name_exactly_what_is_lost(provider: Provider) -> None:
    again = outlook.parse(outlook.render(provider, address=JAN))
    assert_losses_are_the_truth(provider.for_address(JAN), again, outlook.losses(provider, address=JAN))


@pytest.mark.parametrize(("provider", "name"), [(BARE, "bare"), (RICH, "rich")])
def test_the_document_is_as_the_golden_file_has_it(provider: Provider, name: str) -> None:
    assert outlook.render(provider).decode() == (HERE / "golden" / f"{name}.outlook.xml").read_text()


@pytest.mark.parametrize(
    ("socket_type", "ssl", "encryption"),
    [(SocketType.SSL, "on", "SSL"), (SocketType.STARTTLS, "on", "TLS"), (SocketType.PLAIN, "off", "None")],
)
def test_starttls_is_tls_in_the_words_of_outlook(socket_type: SocketType, ssl: str, encryption: str) -> None:
    said = _said(_provider(socket_type=socket_type))
    assert (said["SSL"], said["Encryption"]) == (ssl, encryption)


def test_spa_is_always_off_since_its_default_is_on() -> None:
    assert {element.text for element in etree.fromstring(outlook.render(RICH)).iter("{*}SPA")} == {"off"}


@pytest.mark.parametrize(
    ("username", "domain_required", "login_name", "loses"),
    [
        (ADDRESS, "on", None, False),
        ("%EMAILLOCALPART%", "off", None, False),
        ("%EMAILLOCALPART%.%EMAILDOMAIN%", "off", None, True),
        ("jan", "off", "jan", False),
        (None, "off", None, True),
    ],
)
def test_the_login_in_a_static_file(
    username: str | None, domain_required: str, login_name: str | None, loses: bool
) -> None:
    provider = _provider(username=username)
    said = _said(provider)
    assert (said["DomainRequired"], said.get("LoginName")) == (domain_required, login_name)
    assert "DomainName" not in said
    assert any(loss.field == "servers[0].username" and not loss.client for loss in outlook.losses(provider)) is loses


@pytest.mark.parametrize(
    ("username", "login_name"),
    [(ADDRESS, "jan@example.com"), ("%EMAILLOCALPART%", "jan"), ("%EMAILLOCALPART%.%EMAILDOMAIN%", "jan.example.com")],
)
def test_the_login_for_an_address(username: str, login_name: str) -> None:
    provider = _provider(username=username)
    assert _said(provider, address=JAN)["LoginName"] == login_name
    assert outlook.losses(provider, address=JAN) == ()


def test_a_login_by_local_part_is_a_loss_to_thunderbird() -> None:
    assert [loss.client for loss in outlook.losses(_provider(username="%EMAILLOCALPART%"))] == ["Thunderbird"]


@pytest.mark.parametrize(
    ("socket_type", "port", "misread"),
    [
        (SocketType.STARTTLS, 143, False),
        (SocketType.STARTTLS, 1143, True),
        (SocketType.SSL, 993, False),
        (SocketType.SSL, 143, True),
        (SocketType.PLAIN, 1143, False),
    ],
)
def test_tls_on_an_unusual_port_is_a_loss_to_thunderbird(socket_type: SocketType, port: int, misread: bool) -> None:
    losses = outlook.losses(_provider(socket_type=socket_type, port=port))
    assert [loss.client for loss in losses] == (["Thunderbird"] if misread else [])


def test_a_host_name_with_a_placeholder_needs_the_address() -> None:
    provider = _provider(hostname="mail.%EMAILDOMAIN%")
    assert [loss.field for loss in outlook.losses(provider)] == ["servers[0]"]
    assert _said(provider, address=JAN)["Server"] == "mail.example.com"


@pytest.mark.parametrize(
    ("authentication", "required", "loses"),
    [
        (PASSWORD, "on", False),
        ((Authentication.NONE,), "off", False),
        ((Authentication.CLIENT_IP_ADDRESS,), "off", True),
        ((Authentication.OAUTH2, *PASSWORD), "on", True),
        ((), "on", True),
    ],
)
def test_auth_required(authentication: tuple[Authentication, ...], required: str, loses: bool) -> None:
    provider = _provider(authentication=authentication)
    assert _said(provider)["AuthRequired"] == required
    assert bool(outlook.losses(provider)) is loses


def _answer(protocol: str, action: str = "<Action>settings</Action>") -> bytes:
    return f"""
        <Autodiscover xmlns="https://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
        <Response xmlns="https://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">
        <User/><Account>{action}<Protocol>{protocol}</Protocol></Account></Response></Autodiscover>""".encode()


def test_the_https_spelling_of_the_namespaces_is_read() -> None:
    (server,) = outlook.parse(
        _answer("<Type>imap</Type><Server>a.example</Server><Encryption>TLS</Encryption>")
    ).servers
    assert (server.port, server.socket_type) == (143, SocketType.STARTTLS)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", SocketType.SSL),
        ("<Port>143</Port>", SocketType.STARTTLS),
        ("<Port>143</Port><Encryption>Auto</Encryption>", SocketType.STARTTLS),
        ("<Port>993</Port><Encryption>Auto</Encryption>", SocketType.SSL),
        ("<SSL>off</SSL>", SocketType.PLAIN),
        ("<SSL>off</SSL><Encryption>SSL</Encryption>", SocketType.SSL),
        ("<SSL>on</SSL><Encryption>None</Encryption>", SocketType.PLAIN),
    ],
)
def test_encryption_overrides_ssl_and_silence_goes_by_port(said: str, meant: SocketType) -> None:
    (server,) = outlook.parse(_answer(f"<Type>IMAP</Type><Server>a.example</Server>{said}")).servers
    assert server.socket_type is meant


@pytest.mark.parametrize(
    "protocol",
    [
        "<Type>POP</Type><Server>a.example</Server>",
        "<Type>EXCH</Type><Server>a.example</Server>",
        "<Type>IMAP</Type>",
        "<Type>IMAP</Type><Server>not a host</Server>",
    ],
)
def test_a_protocol_that_names_no_mail_server_is_ignored_and_told(protocol: str) -> None:
    reading = outlook.read(_answer(protocol))
    assert reading.provider.servers == ()
    assert len(reading.ignored) == 1


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html/>",
        b"<Autodiscover/>",
        _answer("", "<Action>redirectUrl</Action>"),
        b"<!DOCTYPE a><Autodiscover/>",
        b"<Autodiscover>" + b"<Response>" * 100_000,
    ],
    ids=["empty", "html", "bare", "redirect", "doctype", "deep"],
)
def test_what_is_no_answer_with_settings_is_refused(document: bytes) -> None:
    with pytest.raises(ParseError, match="no outlook document"):
        outlook.parse(document)


@given(providers(), st.data())
def test_a_damaged_document_gives_a_provider_or_a_parse_error(provider: Provider, data: st.DataObject) -> None:
    document = bytearray(outlook.render(provider))
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(document)))
        document[start : start + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=10))
    with suppress(ParseError):
        outlook.parse(bytes(document))
