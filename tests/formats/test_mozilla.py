"""Mozilla autoconfig: real files read whole, documents valid and read back equal, hostile input refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from autoconfig.address import parse_address
from autoconfig.errors import ParseError, RenderError
from autoconfig.formats import mozilla
from autoconfig.model import Authentication, Provider, Server, ServerType, SocketType
from tests.support.ispdb import each_file
from tests.support.providers import providers
from tests.support.samples import BARE, RICH
from tests.support.truth import assert_losses_are_the_truth

HERE = Path(__file__).parent
SCHEMA = etree.RelaxNG(file=str(HERE / "schemas" / "mozilla.rng"))

# Where the ISPDB's spelling of an element or value is not the one that we write.
_SPELLINGS = {"displayNameShort": "displayShortName", "addressBook": "addressbook"}


def _facts(document: bytes) -> Counter[tuple[str, str]]:
    """Every text and every attribute of a document, with the element that holds it."""
    parser = etree.XMLParser(remove_comments=True)
    facts: Counter[tuple[str, str]] = Counter()
    for element in etree.fromstring(document, parser).iter():
        tag = _SPELLINGS.get(element.tag, element.tag)
        text = " ".join((element.text or "").split())
        facts[tag, text] += 1
        for name, value in element.attrib.items():
            facts[f"{tag}@{name!s}", str(value)] += 1
    return facts


@each_file
def test_nothing_of_a_real_file_is_lost(file: Path) -> None:
    document = file.read_bytes()
    reading = mozilla.read(document)
    assert reading.ignored == ()
    assert _facts(mozilla.render(reading.provider)) == _facts(document)


@each_file
def test_a_real_file_reads_back_equal_and_valid(file: Path) -> None:
    provider = mozilla.parse(file.read_bytes())
    document = mozilla.render(provider)
    SCHEMA.assertValid(etree.fromstring(document))
    assert mozilla.parse(document) == provider
    assert_losses_are_the_truth(provider, provider, mozilla.losses(provider))


@given(providers(), st.sampled_from(["1.1", "1.2"]))
def test_losses_name_exactly_what_is_lost(provider: Provider, version: mozilla.Version) -> None:
    document = mozilla.render(provider, version=version)
    SCHEMA.assertValid(etree.fromstring(document))
    assert_losses_are_the_truth(provider, mozilla.parse(document), mozilla.losses(provider, version=version))


@given(providers())
def test_losses_for_an_address_name_exactly_what_is_lost(provider: Provider) -> None:
    address = parse_address("o'brien+<test>&co@example.org")
    again = mozilla.parse(mozilla.render(provider, address=address))
    losses = mozilla.losses(provider, address=address)
    assert_losses_are_the_truth(provider.for_address(address), again, losses)


@given(providers())
def test_the_same_provider_gives_the_same_bytes(provider: Provider) -> None:
    assert mozilla.render(provider) == mozilla.render(mozilla.parse(mozilla.render(provider)))


@pytest.mark.parametrize(("provider", "name"), [(BARE, "bare"), (RICH, "rich")])
def test_the_document_is_as_the_golden_file_has_it(provider: Provider, name: str) -> None:
    assert mozilla.render(provider, version="1.2").decode() == (HERE / "golden" / f"{name}.mozilla.xml").read_text()


def test_mx_domains_are_plain_and_come_after_the_mail_domains() -> None:
    assert mozilla.parse(mozilla.render(RICH)).domains == ("example.com", "example.net", "mx.example.com")


def test_the_purpose_of_mx_domains_is_said_in_1_2_only() -> None:
    assert b"purpose" not in mozilla.render(RICH)
    assert b'<domain purpose="mx">mx.example.com</domain>' in mozilla.render(RICH, version="1.2")


def test_placeholders_stay_without_an_address() -> None:
    assert b"<username>%EMAILADDRESS%</username>" in mozilla.render(BARE)


def test_placeholders_are_expanded_and_escaped_for_an_address() -> None:
    document = mozilla.render(BARE, address=parse_address("a&b@Example.com"))
    assert b"<username>a&amp;b@example.com</username>" in document


def test_a_name_that_xml_cannot_hold_is_refused() -> None:
    with pytest.raises(RenderError, match="displayName"):
        mozilla.render(Provider(id="example.com", name="nul\0"))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("<authentication>plain</authentication>", Authentication.PASSWORD_CLEARTEXT),
        ("<authentication>secure</authentication>", Authentication.PASSWORD_ENCRYPTED),
        ("<authentication>OAuth</authentication>", Authentication.OAUTH2),
        ("<authentication>http-basic</authentication>", Authentication.HTTP_BASIC),
        ('<authentication system="http">Basic</authentication>', Authentication.HTTP_BASIC),
        ('<authentication system="sasl">SCRAM-SHA-256</authentication>', Authentication.SASL_SCRAM_SHA_256),
        ('<authentication system="SASL">plain</authentication>', Authentication.SASL_PLAIN),
        ("<authentication>SASL SCRAM-SHA-256</authentication>", Authentication.SASL_SCRAM_SHA_256),
    ],
)
def test_each_spelling_of_an_authentication_is_read(said: str, meant: Authentication) -> None:
    (server,) = mozilla.parse(_with_server(said)).servers
    assert server.authentication == (meant,)


def _with_server(*parts: str, type: str = "imap", section: str = "incomingServer") -> bytes:
    body = f"""
      <{section} type="{type}">
        <hostname>mail.example.com</hostname><port>993</port><socketType>SSL</socketType>{"".join(parts)}
      </{section}>"""
    return f'<clientConfig><emailProvider id="example.com">{body}</emailProvider></clientConfig>'.encode()


@pytest.mark.parametrize("spelling", ["addressbook", "addressBook"])
def test_each_spelling_of_the_address_book_is_read(spelling: str) -> None:
    url = "https://dav.example.com/"
    document = f'<clientConfig><{spelling} type="carddav"><url>{url}</url></{spelling}></clientConfig>'
    (server,) = mozilla.parse(document.encode()).servers
    assert (server.type, server.url) == (ServerType.CARDDAV, url)


@pytest.mark.parametrize(("word", "meant"), [("TLS", SocketType.SSL), ("none", SocketType.PLAIN)])
def test_xmpp_socket_types_of_the_draft_are_read(word: str, meant: SocketType) -> None:
    document = (
        '<clientConfig><chatServer type="xmpp"><hostname>xmpp.example.com</hostname><port>5223</port>'
        f"<socketType>{word}</socketType></chatServer></clientConfig>"
    )
    (server,) = mozilla.parse(document.encode()).servers
    assert server.socket_type is meant


@pytest.mark.parametrize(
    "broken",
    [
        "<port>0</port>",
        "<port>65536</port>",
        "<port>imap</port>",
        "<socketType>ROT13</socketType>",
        "<hostname>not a host</hostname>",
        "<hostname></hostname>",
    ],
)
def test_only_the_section_that_cannot_be_used_is_dropped_and_told(broken: str) -> None:
    tag = broken[1 : broken.index(">")]
    good = _with_server().decode()
    start, end = good.index(f"<{tag}>"), good.index(f"</{tag}>") + len(f"</{tag}>")
    bad = good[:start] + broken + good[end:]
    section = good[good.index("<incomingServer") : good.index("</emailProvider>")]
    reading = mozilla.read(bad.replace("</emailProvider>", section + "</emailProvider>").encode())
    assert [server.hostname for server in reading.provider.servers] == ["mail.example.com"]
    assert any("<incomingServer>" in text for text in reading.ignored)


def test_unknown_elements_values_and_types_are_ignored_and_told() -> None:
    document = _with_server("<authentication>telepathy</authentication>", "<flavour>mint</flavour>", "<!-- x -->")
    unknown = b"<future/><oAuth2><magic/></oAuth2><webMail><door/></webMail>"
    reading = mozilla.read(document.replace(b"<emailProvider", unknown + b"<emailProvider"))
    assert reading.provider.servers[0].authentication == ()
    assert [text.partition(": ")[2] for text in reading.ignored] == [
        "<future> is unknown",
        "<magic> is unknown",
        "<door> is unknown",
        "<authentication> 'telepathy' is an unknown method",
        "<flavour> is unknown",
    ]
    assert "unknown type 'nntp'" in mozilla.read(_with_server(type="nntp")).ignored[0]


def test_odd_values_of_real_files_are_kept() -> None:
    document = _with_server("<username>%EMAILADDRESS</username>").replace(b"mail.example.com", b"%EMAILDOMAIN%")
    (server,) = mozilla.parse(document).servers
    assert (server.hostname, server.username) == ("%EMAILDOMAIN%", "%EMAILADDRESS")


def test_a_plain_connection_is_a_loss_to_thunderbird_for_android() -> None:
    server = Server(
        type=ServerType.IMAP,
        hostname="mail.example.com",
        socket_type=SocketType.PLAIN,
        username="%EMAILADDRESS%",
        authentication=(Authentication.PASSWORD_CLEARTEXT,),
    )
    provider = Provider(id="example.com", name="Example", servers=(server, *BARE.servers))
    losses = {(loss.field, loss.client) for loss in mozilla.losses(provider)}
    assert losses == {("servers[0].socket_type", "Thunderbird for Android")}


def test_an_id_that_is_no_host_name_is_a_loss_to_thunderbird() -> None:
    provider = Provider(id="not a host", name="Example", servers=BARE.servers)
    assert [(loss.field, loss.client) for loss in mozilla.losses(provider)] == [("id", "Thunderbird")]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html/>",
        b"<clientConfig>",
        b'<!DOCTYPE clientConfig [<!ENTITY x "x">]><clientConfig>&x;</clientConfig>',
        "<!DOCTYPE clientConfig><clientConfig/>".encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADw-+ACE-DOCTYPE clientConfig+AD4-<clientConfig/>',
        b"<clientConfig>&undefined;</clientConfig>",
        b"<clientConfig>" + b"<a>" * 100_000,
        b"<clientConfig>" + b" " * (1 << 20) + b"</clientConfig>",
        b"<clientConfig>\xff\xfe</clientConfig>",
    ],
    ids=["empty", "html", "open", "entity", "utf-16", "utf-7", "undefined", "deep", "large", "bytes"],
)
def test_hostile_and_foreign_documents_are_refused(document: bytes) -> None:
    with pytest.raises(ParseError, match="no mozilla document"):
        mozilla.parse(document)


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_give_a_provider_or_a_parse_error(data: bytes) -> None:
    _parses_or_refuses(data)
    _parses_or_refuses(b"<clientConfig>" + data + b"</clientConfig>")


@given(providers(), st.data())
def test_a_damaged_document_gives_a_provider_or_a_parse_error(provider: Provider, data: st.DataObject) -> None:
    document = bytearray(mozilla.render(provider))
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(document)))
        document[start : start + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=10))
    _parses_or_refuses(bytes(document))


def _parses_or_refuses(data: bytes) -> None:
    try:
        provider = mozilla.parse(data)
    except ParseError:
        return
    assert mozilla.parse(mozilla.render(provider, version="1.2")).servers == provider.servers
