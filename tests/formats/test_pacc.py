"""PACC: what the document holds, what it loses, and that digest and record are those of its exact bytes."""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from autoconfig.address import parse_address
from autoconfig.errors import ParseError, RenderError
from autoconfig.formats import mozilla, pacc
from autoconfig.model import Authentication, HelpPage, OAuth2, Provider, Server, ServerType, SocketType
from tests.support.ispdb import each_file
from tests.support.providers import providers
from tests.support.samples import ADDRESS, BARE, PASSWORD, RICH
from tests.support.truth import assert_losses_are_the_truth

HERE = Path(__file__).parent
SCHEMA = Draft202012Validator(json.loads((HERE / "schemas" / "pacc.json").read_text()))
JAN = parse_address("jan@example.com")


def _server(type: ServerType = ServerType.IMAP, **fields: object) -> Server:
    settings = {"hostname": "mail.example.com", "username": ADDRESS, "authentication": PASSWORD} | fields
    return Server(type=type, **settings)  # type: ignore[arg-type]


def _provider(*servers: Server, **fields: Any) -> Provider:
    return Provider(id="", name="Example", servers=servers, **fields)


def _said(provider: Provider, **options: Any) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(pacc.render(provider, **options))
    return said


@each_file
def test_a_real_provider_is_valid_and_loses_what_is_told(file: Path) -> None:
    provider = mozilla.parse(file.read_bytes())
    document = pacc.render(provider)
    SCHEMA.validate(json.loads(document))
    assert_losses_are_the_truth(provider, pacc.parse(document), pacc.losses(provider))


@given(providers(), st.sampled_from([2, 3, 4]))
def test_losses_name_exactly_what_is_lost(provider: Provider, draft: Any) -> None:
    document = pacc.render(provider, draft=draft)
    SCHEMA.validate(json.loads(document))
    reading = pacc.read(document)
    assert_losses_are_the_truth(provider, reading.provider, pacc.losses(provider))
    assert reading.ignored == ()


@given(providers())
def test_losses_for_an_address_name_exactly_what_is_lost(provider: Provider) -> None:
    again = pacc.parse(pacc.render(provider, address=JAN))
    assert_losses_are_the_truth(provider.for_address(JAN), again, pacc.losses(provider, address=JAN))


@pytest.mark.parametrize(("provider", "name"), [(BARE, "bare"), (RICH, "rich")])
def test_the_document_is_as_the_golden_file_has_it(provider: Provider, name: str) -> None:
    assert pacc.render(provider).decode() == (HERE / "golden" / f"{name}.pacc.json").read_text()


def test_a_provider_on_the_usual_ports_loses_only_its_id_and_domains() -> None:
    assert {loss.field for loss in pacc.losses(BARE)} == {"id", "domains"}


@given(providers())
def test_body_digest_and_record_are_of_the_same_bytes(provider: Provider) -> None:
    document = pacc.document(provider)
    assert document.body == pacc.render(provider)
    assert document.digest == hashlib.sha256(document.body).digest()
    assert document.txt == f"v=UAAC1; a=sha256; d={base64.b64encode(document.digest).decode()}"
    assert pacc.read_verified(document.body, [document.txt]) == pacc.read(document.body)


@pytest.mark.parametrize(("draft", "name"), [(2, "smtp"), (3, "submit"), (4, "submit")])
def test_outgoing_mail_has_the_name_of_the_draft(draft: Any, name: str) -> None:
    assert list(_said(BARE, draft=draft)["protocols"]) == ["imap", name]


@pytest.mark.parametrize(
    "server",
    [
        _server(socket_type=SocketType.STARTTLS),
        _server(socket_type=SocketType.PLAIN),
        _server(port=1993),
        _server(hostname="mail.%EMAILDOMAIN%"),
        _server(ServerType.MANAGESIEVE, socket_type=SocketType.SSL),
        Server(type=ServerType.JMAP, url="http://jmap.example.com/"),
        Server(type=ServerType.JMAP, url="https://jmap.example.com:8443/"),
        Server(type=ServerType.CALDAV, url="https://dav.example.com/%EMAILADDRESS%/"),
        Server(type=ServerType.EWS, url="https://ews.example.com/"),
    ],
    ids=lambda server: f"{server.type} {server.socket_type or server.url}",
)
def test_what_is_not_where_the_standards_put_it_is_left_out_and_told(server: Server) -> None:
    provider = _provider(server)
    assert _said(provider)["protocols"] == {}
    assert [loss.field for loss in pacc.losses(provider)] == ["servers[0]"]


def test_of_a_protocol_the_first_server_that_fits_is_taken() -> None:
    servers = [_server(port=1993), _server(hostname="a.example.com"), _server(hostname="b.example.com")]
    assert _said(_provider(*servers))["protocols"] == {"imap": {"host": "a.example.com"}}


def test_managesieve_stands_where_its_standard_puts_it() -> None:
    assert pacc.losses(_provider(_server(ServerType.MANAGESIEVE))) == ()


ISSUER = OAuth2(issuer="https://login.example.com/")


@pytest.mark.parametrize(
    ("authentication", "oauth2", "said"),
    [
        (PASSWORD, None, {"password": True}),
        (PASSWORD, ISSUER, {"password": True}),
        ((Authentication.OAUTH2,), ISSUER, {"oauth-public": {"issuer": "https://login.example.com/"}}),
        ((Authentication.OAUTH2,), OAuth2(issuer="login.example.com"), {}),
        ((Authentication.OAUTH2,), None, {}),
        ((Authentication.GSSAPI,), None, {}),
        (
            (Authentication.OAUTH2, *PASSWORD),
            ISSUER,
            {"oauth-public": {"issuer": "https://login.example.com/"}, "password": True},
        ),
    ],
)
def test_logins_are_said_once_for_all(
    authentication: tuple[Authentication, ...], oauth2: OAuth2 | None, said: dict[str, Any]
) -> None:
    assert _said(_provider(_server(authentication=authentication), oauth2=oauth2))["authentication"] == said


def test_a_login_that_only_one_server_has_is_a_loss_of_the_others() -> None:
    servers = (_server(), _server(ServerType.SMTP, authentication=(Authentication.NONE,)))
    assert [loss.field for loss in pacc.losses(_provider(*servers))] == ["servers[1].authentication"]


def test_a_login_by_something_else_than_the_address_is_a_loss() -> None:
    assert [loss.field for loss in pacc.losses(_provider(_server(username="%EMAILLOCALPART%")))] == [
        "servers[0].username"
    ]


def test_one_page_of_help_is_said() -> None:
    pages = (HelpPage("https://example.com/help"), HelpPage("https://example.com/more"))
    assert _said(_provider(documentation=pages))["info"]["help"] == {"documentation": "https://example.com/help"}
    assert [loss.field for loss in pacc.losses(_provider(documentation=pages))] == ["documentation"]
    assert pacc.losses(_provider(documentation=pages[:1])) == ()


def test_a_text_that_is_not_unicode_is_an_error() -> None:
    with pytest.raises(RenderError):
        pacc.render(msgspec.structs.replace(BARE, name="a\ud800"))


# Reading

BODY = pacc.render(BARE)
DIGEST = base64.b64encode(hashlib.sha256(BODY).digest()).decode()


@pytest.mark.parametrize(
    ("record", "good"),
    [
        (f"v=UAAC1; a=sha256; d={DIGEST}", True),
        (f"d={DIGEST};a=SHA256;v=UAAC1;", True),
        (f"v=UAAC1;a=sha256;x=new;d={DIGEST}", True),
        (f"v=UAAC2; a=sha256; d={DIGEST}", False),
        (f"v=UAAC1; a=sha1; d={DIGEST}", False),
        (f"v=UAAC1; d={DIGEST}", False),
        ("v=UAAC1; a=sha256", False),
        ("v=UAAC1; a=sha256; d=", False),
        ("v=UAAC1; a=sha256; d=%%%", False),
        ("v=UAAC1; a=sha256; d=é", False),
        (f"v=UAAC1; a=sha256; d={base64.b64encode(bytes(32)).decode()}", False),
        ("", False),
    ],
)
def test_a_record_names_a_document_by_its_digest(record: str, good: bool) -> None:
    assert pacc.has_digest(record, BODY) is good


def test_a_document_that_no_record_names_is_refused() -> None:
    records = [f"v=UAAC1; a=sha256; d={DIGEST}"]
    assert pacc.read_verified(BODY, ["v=spf1 -all", *records]).provider.name == "Example"
    with pytest.raises(ParseError, match="must not take it"):
        pacc.read_verified(BODY + b" ", records)
    with pytest.raises(ParseError, match="must not take it"):
        pacc.read_verified(BODY, [])


@given(st.text())
def test_any_record_can_be_looked_at(record: str) -> None:
    assert not pacc.has_digest(record, BODY)


def test_both_names_of_outgoing_mail_are_read() -> None:
    for name in ("smtp", "submit"):
        (server,) = pacc.parse(json.dumps({"protocols": {name: {"host": "smtp.example.com"}}}).encode()).servers
        assert (server.type, server.port, server.socket_type) == (ServerType.SMTP, 465, SocketType.SSL)


def test_what_is_not_taken_over_is_told() -> None:
    reading = pacc.read(
        b"""{
        "protocols": {
            "imap": {"host": "imap.example.com"}, "nntp": {"host": "news.example.com"}, "pop3": {"host": "a b"},
            "jmap": {"url": "http://jmap.example.com/"}, "submit": {"host": "a.example"}, "smtp": {"host": "b.example"},
            "caldav": "https://dav.example.com/"
        },
        "authentication": {"password": 1},
        "info": {"provider": {"name": "A", "name": "B", "logo": []}, "help": {"contact": ["mailto:a@example.com"]}}
        }"""
    )
    assert reading.provider.name == "B"
    assert [server.type for server in reading.provider.servers] == [ServerType.IMAP, ServerType.SMTP]
    assert reading.provider.servers[0].authentication == ()
    assert reading.ignored == (
        "the key 'name' comes more than once, and its last value counts",
        "protocols.nntp is unknown",
        "protocols.pop3 names no server to reach",
        "protocols.jmap names no server to reach",
        "protocols.smtp is a second smtp server",
        "protocols.caldav names no server to reach",
        "info.provider.logo has no place in a definition",
        "info.help.contact has no place in a definition",
    )


def test_a_repeated_key_is_found_among_very_many() -> None:
    keys = ",".join(f'"k{number}": 1' for number in (*range(60_000), 7))
    reading = pacc.read(f'{{"protocols": {{}}, "other": {{{keys}}}}}'.encode())
    assert reading.ignored == ("the key 'k7' comes more than once, and its last value counts",)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"protocols": []}',
        b'{"protocols": {}, "a": NaN}',
        b'{"protocols": {}, "a": -Infinity}',
        b'{"protocols": {}, "a": "\\ud800"}',
        b'{"protocols": {}, "a": ' + b"9" * 10_000 + b"}",
        b'{"protocols": {}} x',
        b'{"protocols": {"imap": {"host": "\xff"}}}',
        b'{"protocols":' * 200_000,
        b"[" * 1_000_000,
        b'{"protocols": {}, "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"protocols": {}, "a": "' + b"a" * (1 << 20) + b'"}',
        '{"protocols": {}}'.encode("utf-16"),
    ],
)
def test_what_is_no_document_is_refused(document: bytes) -> None:
    with pytest.raises(ParseError, match="no pacc document"):
        pacc.parse(document)
    assert not pacc.recognises(document)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert pacc.parse(b"\xef\xbb\xbf" + BODY) == pacc.parse(BODY)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["host", "url", "imap"]), inner),
)


@given(st.dictionaries(st.sampled_from(["protocols", "authentication", "info"]), JSON))
def test_any_json_gives_a_provider_or_a_parse_error(said: Any) -> None:
    with suppress(ParseError):
        pacc.parse(json.dumps(said).encode())


@given(st.binary())
def test_any_bytes_give_a_parse_error(data: bytes) -> None:
    with pytest.raises(ParseError):
        pacc.parse(data)


@given(providers(), st.data())
def test_a_damaged_document_gives_a_provider_or_a_parse_error(provider: Provider, data: st.DataObject) -> None:
    document = bytearray(pacc.render(provider))
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(document)))
        document[start : start + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=10))
    with suppress(ParseError):
        pacc.parse(bytes(document))
