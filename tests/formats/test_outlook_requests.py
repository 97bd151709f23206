"""Outlook autodiscover around the settings: requests, redirects, errors and ActiveSync, written and read."""

from __future__ import annotations

from contextlib import suppress
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from autoconfig.address import parse_address
from autoconfig.errors import ParseError, RenderError
from autoconfig.formats import outlook, outlook_requests
from autoconfig.formats.outlook_requests import (
    ErrorCode,
    MobileSync,
    RedirectToAddress,
    RedirectToUrl,
    Refusal,
    Request,
    Schema,
)
from autoconfig.model import Provider, Server, ServerType
from tests.support.samples import BARE, RICH

HERE = Path(__file__).parent
SCHEMA = etree.RelaxNG(file=str(HERE / "schemas" / "outlook-requests.rng"))
JAN = parse_address("jan@example.com")
PHONES = Provider(
    id="example.com",
    name="Example",
    servers=(Server(type=ServerType.ACTIVESYNC, url="https://eas.example.com/?user=%EMAILADDRESS%"),),
)
WRITTEN = {
    "request.outlook": outlook.render_request(JAN),
    "request.mobilesync": outlook.render_request(JAN, Schema.MOBILESYNC),
    "redirect-address": outlook.render_redirect_to_address(JAN),
    "redirect-url": outlook.render_redirect_to_url("https://autodiscover.example.net/autodiscover/autodiscover.xml"),
    "error": outlook.render_error(ErrorCode.INVALID_REQUEST, at=time(12, 34, 56), id=7),
    "mobilesync": outlook.render_mobilesync(PHONES, JAN),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_each_document_is_valid_and_as_the_golden_file_has_it(name: str) -> None:
    SCHEMA.assertValid(etree.fromstring(WRITTEN[name]))
    assert WRITTEN[name].decode() == (HERE / "golden" / f"{name}.xml").read_text()


@pytest.mark.parametrize("schema", Schema)
def test_a_request_reads_back(schema: Schema) -> None:
    assert outlook.parse_request(outlook.render_request(JAN, schema)) == Request(JAN, schema)


def _request(namespace: str, wanted: str, address: str = "<EMailAddress>jan@example.com</EMailAddress>") -> bytes:
    schema = f"<AcceptableResponseSchema>{wanted}</AcceptableResponseSchema>" if wanted else ""
    return f'<Autodiscover xmlns="{namespace}"><Request>{address}{schema}</Request></Autodiscover>'.encode()


OUTLOOK_REQUEST = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
MOBILESYNC_REQUEST = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/requestschema/2006"


@pytest.mark.parametrize(
    ("namespace", "wanted", "understood"),
    [
        (OUTLOOK_REQUEST, Schema.OUTLOOK, Schema.OUTLOOK),
        (OUTLOOK_REQUEST, Schema.OUTLOOK.replace("http:", "https:"), Schema.OUTLOOK),
        (OUTLOOK_REQUEST.replace("http:", "https:"), "", Schema.OUTLOOK),
        (MOBILESYNC_REQUEST.replace("http:", "https:"), "", Schema.MOBILESYNC),
        (OUTLOOK_REQUEST, Schema.MOBILESYNC, Schema.MOBILESYNC),
        (OUTLOOK_REQUEST, Schema.OUTLOOK.upper(), Schema.OUTLOOK),
        (OUTLOOK_REQUEST, "http://example.com/schema", None),
        ("", "", None),
    ],
)
def test_the_wanted_answer_is_read_in_every_spelling(namespace: str, wanted: str, understood: Schema | None) -> None:
    assert outlook.parse_request(_request(namespace, wanted)) == Request(JAN, understood)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<Autodiscover/>",
        b"<Request/>",
        _request(OUTLOOK_REQUEST, "", address=""),
        _request(OUTLOOK_REQUEST, "", address="<EMailAddress>nobody</EMailAddress>"),
        _request(OUTLOOK_REQUEST, "", address="<LegacyDN>/o=example</LegacyDN>"),
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + _request(OUTLOOK_REQUEST, ""),
        WRITTEN["error"],
    ],
)
def test_what_is_no_request_is_refused(document: bytes) -> None:
    with pytest.raises(ParseError, match="no outlook document"):
        outlook.parse_request(document)


def test_a_request_for_settings_gets_them_for_the_address() -> None:
    assert outlook.answer(BARE, Request(JAN, Schema.OUTLOOK)) == outlook.render(BARE, address=JAN)


def test_a_phone_gets_activesync_with_the_address_filled_in() -> None:
    answer = outlook.answer(PHONES, Request(JAN, Schema.MOBILESYNC))
    assert outlook.parse_answer(answer) == MobileSync("https://eas.example.com/?user=jan%40example.com")


def test_the_activesync_of_an_exchange_server_counts_too() -> None:
    answer = outlook.answer(RICH, Request(JAN, Schema.MOBILESYNC))
    assert outlook.parse_answer(answer) == MobileSync("https://exchange.example.com/Microsoft-Server-ActiveSync")


@pytest.mark.parametrize(
    ("provider", "schema", "code"),
    [
        (BARE, None, ErrorCode.NO_PROVIDER_FOR_SCHEMA),
        (None, None, ErrorCode.NO_PROVIDER_FOR_SCHEMA),
        (BARE, Schema.MOBILESYNC, ErrorCode.NO_PROVIDER_FOR_SCHEMA),
        (None, Schema.OUTLOOK, ErrorCode.ADDRESS_NOT_FOUND),
        (None, Schema.MOBILESYNC, ErrorCode.ADDRESS_NOT_FOUND),
    ],
)
def test_what_cannot_be_answered_is_an_error(provider: Provider | None, schema: Schema | None, code: ErrorCode) -> None:
    answer = outlook.answer(provider, Request(JAN, schema), at=time(1, 2, 3), id=9)
    SCHEMA.assertValid(etree.fromstring(answer))
    refusal = outlook.parse_answer(answer)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, bool(refusal.message)) == (code, True)
    (error,) = etree.fromstring(answer).iter("{*}Error")
    assert (error.get("Time"), error.get("Id")) == ("01:02:03.000000", "9")


def test_a_provider_without_activesync_has_no_such_answer() -> None:
    with pytest.raises(RenderError, match="no ActiveSync"):
        outlook.render_mobilesync(BARE, JAN)


def test_redirects_read_back() -> None:
    assert outlook.parse_answer(WRITTEN["redirect-address"]) == RedirectToAddress(JAN)
    assert outlook.parse_answer(WRITTEN["redirect-url"]) == RedirectToUrl(
        "https://autodiscover.example.net/autodiscover/autodiscover.xml"
    )


@pytest.mark.parametrize("url", ["http://example.com/", "ftp://example.com/", "https://", "example.com", ""])
def test_a_redirect_leads_to_https_only(url: str) -> None:
    with pytest.raises(RenderError, match="no https address"):
        outlook.render_redirect_to_url(url)
    document = _answer(f"<Account><Action>redirectUrl</Action><RedirectUrl>{url}</RedirectUrl></Account>")
    with pytest.raises(ParseError, match="expected https"):
        outlook.parse_answer(document)


def _answer(content: str) -> bytes:
    namespace = "https://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
    return f'<Autodiscover xmlns="{namespace}"><Response>{content}</Response></Autodiscover>'.encode()


@pytest.mark.parametrize(
    ("content", "meaning"),
    [
        ("<Error><ErrorCode>603</ErrorCode><Message>busy</Message></Error>", Refusal(603, "busy")),
        ("<Account><Error><ErrorCode>500</ErrorCode></Error></Account>", Refusal(500, "")),
        ("<Action><Error><Status>2</Status></Error></Action><Error><Status>1</Status></Error>", Refusal(1, "")),
        (
            "<Account><Action>REDIRECTADDR</Action><RedirectAddr>jan@example.com</RedirectAddr></Account>",
            RedirectToAddress(JAN),
        ),
        (
            "<Action><Settings><Server><Url>https://a.example/</Url></Server></Settings></Action>",
            MobileSync("https://a.example/"),
        ),
    ],
)
def test_answers_of_other_servers_are_read(content: str, meaning: outlook_requests.Answer) -> None:
    assert outlook.parse_answer(_answer(content)) == meaning


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html/>",
        WRITTEN["redirect-url"].replace(b"Autodiscover", b"Other"),
        _answer(""),
        _answer("<Account><Action>redirectAddr</Action></Account>"),
        _answer("<Account><Action>redirectAddr</Action><RedirectAddr>nobody</RedirectAddr></Account>"),
        _answer("<Account><Action>redirectUrl</Action></Account>"),
        _answer("<Action><Settings><Server><Url>http://a.example/</Url></Server></Settings></Action>"),
        _answer("<Error/>"),
        _answer("<Error><ErrorCode>many</ErrorCode></Error>"),
        _answer(f"<Error><ErrorCode>{'9' * 10_000}</ErrorCode></Error>"),
        _answer("<Error><ErrorCode>\u0663</ErrorCode></Error>"),
        outlook.render(BARE),
    ],
)
def test_what_leads_nowhere_is_refused(document: bytes) -> None:
    with pytest.raises(ParseError, match="no outlook document"):
        outlook.parse_answer(document)


@given(st.binary())
def test_any_bytes_give_a_parse_error(data: bytes) -> None:
    with pytest.raises(ParseError):
        outlook.parse_request(data)
    with pytest.raises(ParseError):
        outlook.parse_answer(data)


@given(st.sampled_from(sorted(WRITTEN)), st.data())
def test_a_damaged_document_gives_a_value_or_a_parse_error(name: str, data: st.DataObject) -> None:
    document = bytearray(WRITTEN[name])
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(document)))
        document[start : start + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=10))
    with suppress(ParseError):
        outlook.parse_request(bytes(document))
    with suppress(ParseError):
        outlook.parse_answer(bytes(document))
