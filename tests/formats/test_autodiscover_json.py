"""Autodiscover version 2: requests in every spelling, answers for each protocol, and refusals."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from autoconfig.address import parse_address
from autoconfig.errors import ParseError, RenderError
from autoconfig.formats import autodiscover_json, pacc
from autoconfig.formats.autodiscover_json import Protocol, parse_request, reply
from autoconfig.model import Provider, Server, ServerType
from tests.support.providers import providers
from tests.support.samples import BARE, RICH
from tests.support.truth import assert_losses_are_the_truth

HERE = Path(__file__).parent
SCHEMA = Draft202012Validator(json.loads((HERE / "schemas" / "autodiscover.json").read_text()))
JAN = parse_address("jan@example.net")
PATH = autodiscover_json.PATH
EXCHANGE = Provider(
    id="example.com",
    name="Example",
    servers=(
        Server(type=ServerType.EWS, url="https://ews.example.com/%EMAILDOMAIN%/"),
        Server(type=ServerType.ACTIVESYNC, url="https://eas.example.com/Microsoft-Server-ActiveSync"),
    ),
)


def _answer(provider: Provider, target: str) -> tuple[int, dict[str, Any]]:
    answer = reply(provider, parse_request(target))
    said = json.loads(answer.body)
    SCHEMA.validate(said)
    return answer.status, said


def test_a_file_for_all_points_to_the_first_domain_that_is_no_wildcard() -> None:
    provider = msgspec.structs.replace(BARE, domains=("*.example.com", "example.org", "example.net"))
    assert json.loads(autodiscover_json.render(provider)) == {
        "Protocol": "AutodiscoverV1",
        "Url": "https://autodiscover.example.org/autodiscover/autodiscover.xml",
    }


def test_the_file_is_as_the_golden_file_has_it() -> None:
    golden = HERE / "golden" / "bare.autodiscover.json"
    assert autodiscover_json.render(BARE).decode() == golden.read_text()


def test_a_provider_without_domains_has_no_file_but_an_answer() -> None:
    with pytest.raises(RenderError, match="without an address"):
        autodiscover_json.render(EXCHANGE)
    said = json.loads(autodiscover_json.render(EXCHANGE, address=JAN))
    assert said["Url"] == "https://autodiscover.example.net/autodiscover/autodiscover.xml"


@pytest.mark.parametrize(
    "target",
    [
        f"{PATH}?Email=jan@example.net&Protocol=AutodiscoverV1",
        f"{PATH}?email=jan%40example.net&protocol=autodiscoverv1&RedirectCount=1",
        "/AutoDiscover/AutoDiscover.JSON?PROTOCOL=AUTODISCOVERV1&EMAIL=jan@example.net",
        f"{PATH}/v1.0/jan@example.net?Protocol=AutodiscoverV1",
        "/Autodiscover/Autodiscover.json/V1.0/jan%40example.net?Protocol=Autodiscoverv1",
        f"https://autodiscover.example.net{PATH}?Email=jan@example.net&Protocol=AutodiscoverV1",
    ],
)
def test_a_request_is_read_in_any_letter_case(target: str) -> None:
    assert parse_request(target).address == JAN
    assert _answer(BARE, target) == (
        200,
        {"Protocol": "AutodiscoverV1", "Url": "https://autodiscover.example.net/autodiscover/autodiscover.xml"},
    )


def test_the_first_of_repeated_parameters_counts() -> None:
    request = parse_request(f"{PATH}?Email=jan@example.net&Email=piet@example.net&Protocol=EWS&protocol=ActiveSync")
    assert (str(request.address), request.protocol) == ("jan@example.net", "EWS")


@pytest.mark.parametrize(
    ("protocol", "url"),
    [
        ("ActiveSync", "https://eas.example.com/Microsoft-Server-ActiveSync"),
        ("activesync", "https://eas.example.com/Microsoft-Server-ActiveSync"),
        ("ews", "https://ews.example.com/example.net/"),
    ],
)
def test_exchange_protocols_are_where_the_provider_has_them(protocol: str, url: str) -> None:
    status, said = _answer(EXCHANGE, f"{PATH}?Email=jan@example.net&Protocol={protocol}")
    assert (status, said["Url"]) == (200, url)
    assert said["Protocol"] in {"ActiveSync", "EWS"}


def test_the_urls_of_an_exchange_server_count_too() -> None:
    assert autodiscover_json.offered(RICH) == tuple(Protocol)
    _, said = _answer(RICH, f"{PATH}?Email=jan@example.net&Protocol=EWS")
    assert said["Url"] == "https://exchange.example.com/ews/exchange.asmx"


@pytest.mark.parametrize("protocol", ["REST", "", "ActiveSync", "%00", "%F0%9F%92%A9", "%22%7D", "x" * 1000])
def test_another_protocol_is_refused_with_status_400(protocol: str) -> None:
    status, said = _answer(BARE, f"{PATH}?Email=jan@example.net&Protocol={protocol}")
    assert status == 400
    assert said["ErrorCode"] == "InvalidProtocol"
    assert "AutodiscoverV1" in said["ErrorMessage"]
    assert len(said["ErrorMessage"]) < 200


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/",
        PATH,
        f"{PATH}?Email=&Protocol=EWS",
        f"{PATH}?Email=nobody&Protocol=EWS",
        f"{PATH}x?Email=jan@example.net&Protocol=EWS",
        f"{PATH}/v2.0/jan@example.net",
        "/autodiscover/autodiscover.xml?Email=jan@example.net&Protocol=EWS",
        f"{PATH}?Email=jan@example.net&" + "a=b&" * 50,
        f"{PATH}?Email={'a' * 3000}@example.net",
        "//[/autodiscover",
    ],
)
def test_what_is_no_request_is_refused(target: str) -> None:
    with pytest.raises(ParseError, match="no autodiscover_json document"):
        parse_request(target)


@given(st.text() | st.text().map(lambda text: f"{PATH}?{text}") | st.text().map(lambda text: f"{PATH}/v1.0/{text}"))
def test_any_text_gives_a_request_or_a_parse_error(target: str) -> None:
    with suppress(ParseError):
        parse_request(target)


@given(providers(), st.text())
def test_any_protocol_can_be_asked_of_any_provider(provider: Provider, protocol: str) -> None:
    target = f"{PATH}?Email=jan@example.net&Protocol={quote(protocol.encode('utf-8', 'replace'))}"[:2000]
    status, _ = _answer(provider, target)
    assert status in {200, 400}


@given(providers(gaps=False).filter(lambda provider: any(not name.startswith("*") for name in provider.domains)))
def test_the_file_says_nothing_and_losses_tell_so(provider: Provider) -> None:
    document = autodiscover_json.render(provider)
    SCHEMA.validate(json.loads(document))
    assert_losses_are_the_truth(provider, autodiscover_json.parse(document), autodiscover_json.losses(provider))


def test_losses_for_an_address_are_as_many() -> None:
    again = autodiscover_json.parse(autodiscover_json.render(RICH, address=JAN))
    assert_losses_are_the_truth(RICH.for_address(JAN), again, autodiscover_json.losses(RICH, address=JAN))


def test_an_answer_leads_on_to_the_settings() -> None:
    document = autodiscover_json.render(BARE)
    url = "https://autodiscover.example.com/autodiscover/autodiscover.xml"
    assert autodiscover_json.parse_answer(document) == autodiscover_json.Answer("AutodiscoverV1", url)
    assert autodiscover_json.read(document).ignored == (f"the settings are not here but at {url}",)


def test_an_answer_for_activesync_is_a_server() -> None:
    document = autodiscover_json.render(EXCHANGE, protocol=Protocol.ACTIVESYNC)
    assert autodiscover_json.parse(document).servers == EXCHANGE.servers[1:]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        b'{"Protocol": "EWS"}',
        b'{"Protocol": "EWS", "Url": "http://ews.example.com/"}',
        b'{"Protocol": "EWS", "Url": "https://"}',
        b'{"Protocol": "EWS", "Url": "https://a:99999/"}',
        b'{"Protocol": "EWS", "Url": ["https://ews.example.com/"]}',
        b'{"Protocol": 1, "Url": "https://ews.example.com/"}',
        b'{"ErrorCode": "InvalidProtocol", "Protocol": "EWS", "Url": "https://ews.example.com/"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_answer_is_refused(document: bytes) -> None:
    with pytest.raises(ParseError, match="no autodiscover_json document"):
        autodiscover_json.parse(document)
    with pytest.raises(ParseError, match="no autodiscover_json document"):
        autodiscover_json.parse_answer(document)


@given(st.binary())
def test_any_bytes_give_a_parse_error(data: bytes) -> None:
    with pytest.raises(ParseError):
        autodiscover_json.parse(data)


def test_answers_and_errors_are_recognised_and_pacc_is_not() -> None:
    assert autodiscover_json.recognises(autodiscover_json.render(BARE))
    assert autodiscover_json.recognises(autodiscover_json.render_error(BARE, "REST"))
    assert not autodiscover_json.recognises(pacc.render(BARE))
    assert not pacc.recognises(autodiscover_json.render(BARE))
