"""Apple profiles: what they hold, what they lose, how they are signed, and that a hostile one is only refused."""

from __future__ import annotations

import json
import plistlib
import shutil
import subprocess
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
from autoconfig.formats import apple, mozilla
from autoconfig.model import Authentication, Provider, Server, ServerType, SocketType
from tests.support.ispdb import each_file
from tests.support.providers import providers
from tests.support.samples import ADDRESS, BARE, PASSWORD, RICH
from tests.support.truth import assert_losses_are_the_truth

HERE = Path(__file__).parent
SCHEMA = Draft202012Validator(json.loads((HERE / "schemas" / "apple.json").read_text()))
JAN = parse_address("jan@example.com")
PROTOCOLS = st.sampled_from([None, "imap", "pop3"])

needs_plistutil = pytest.mark.skipif(shutil.which("plistutil") is None, reason="plistutil is not installed")


def _server(type: ServerType = ServerType.IMAP, **fields: object) -> Server:
    settings = {"hostname": "mail.example.com", "username": ADDRESS, "authentication": PASSWORD} | fields
    return Server(type=type, **settings)  # type: ignore[arg-type]


def _provider(*servers: Server) -> Provider:
    return Provider(id="example.com", name="Example", servers=(*servers, _server(ServerType.SMTP)))


def _mail(provider: Provider, **options: Any) -> dict[str, Any]:
    (payload,) = _payloads(provider, "com.apple.mail.managed", **options)
    return payload


def _payloads(provider: Provider, type: str, **options: Any) -> list[dict[str, Any]]:
    content = plistlib.loads(apple.render(provider, **options))["PayloadContent"]
    return [payload for payload in content if payload["PayloadType"] == type]


@each_file
def test_a_real_provider_loses_what_is_told(file: Path) -> None:
    provider = mozilla.parse(file.read_bytes())
    document = apple.render(provider)
    SCHEMA.validate(plistlib.loads(document))
    assert_losses_are_the_truth(provider, apple.parse(document), apple.losses(provider))


@given(providers(), PROTOCOLS)
def test_losses_name_exactly_what_is_lost(provider: Provider, protocol: Any) -> None:
    document = apple.render(provider, protocol=protocol)
    SCHEMA.validate(plistlib.loads(document))
    reading = apple.read(document)
    assert_losses_are_the_truth(provider, reading.provider, apple.losses(provider, protocol=protocol))
    assert reading.ignored == ()


@given(providers(), PROTOCOLS)
def test_losses_for_an_address_name_exactly_what_is_lost(provider: Provider, protocol: Any) -> None:
    again = apple.parse(apple.render(provider, address=JAN, protocol=protocol))
    told = apple.losses(provider, address=JAN, protocol=protocol)
    assert_losses_are_the_truth(provider.for_address(JAN), again, told)


@pytest.mark.parametrize(("provider", "name"), [(BARE, "bare"), (RICH, "rich")])
def test_the_profile_is_as_the_golden_file_has_it(provider: Provider, name: str) -> None:
    assert apple.render(provider, address=JAN).decode() == (HERE / "golden" / f"{name}.mobileconfig").read_text()


@pytest.mark.real
@needs_plistutil
@pytest.mark.parametrize("provider", [BARE, RICH])
def test_a_strict_reader_of_property_lists_takes_the_profile(provider: Provider, tmp_path: Path) -> None:
    path = tmp_path / "profile.mobileconfig"
    path.write_bytes(apple.render(provider))
    read = subprocess.run(["plistutil", "-i", path, "-f", "xml"], check=True, capture_output=True)
    assert plistlib.loads(read.stdout) == plistlib.loads(apple.render(provider))


def test_a_profile_for_all_holds_neither_address_nor_user_name() -> None:
    assert not _mail(BARE).keys() & {"EmailAddress", "IncomingMailServerUsername", "OutgoingMailServerUsername"}


def test_a_profile_for_one_user_holds_the_address_and_the_user_names() -> None:
    payload = _mail(_provider(_server(username="%EMAILLOCALPART%")), address=JAN)
    assert payload["EmailAddress"] == "jan@example.com"
    assert payload["IncomingMailServerUsername"] == "jan"
    assert payload["OutgoingMailServerUsername"] == "jan@example.com"


def test_a_user_name_with_a_placeholder_of_the_provider_is_asked_for() -> None:
    assert "IncomingMailServerUsername" not in _mail(_provider(_server(username="%USERNAME%@isp")), address=JAN)


def test_a_percent_sign_in_an_address_is_no_placeholder() -> None:
    address = parse_address("50%off@example.com")
    assert _mail(BARE, address=address)["IncomingMailServerUsername"] == "50%off@example.com"


@given(providers())
def test_no_password_is_ever_written(provider: Provider) -> None:
    for payload in plistlib.loads(apple.render(provider, address=JAN))["PayloadContent"]:
        assert {key for key in payload if "Password" in key} <= {"OutgoingPasswordSameAsIncomingPassword"}


def _uuids(document: bytes) -> list[str]:
    profile = plistlib.loads(document)
    return [profile["PayloadUUID"], *(payload["PayloadUUID"] for payload in profile["PayloadContent"])]


def test_uuids_are_the_same_for_the_same_account_and_differ_between_accounts() -> None:
    other = msgspec.structs.replace(RICH, id="example.net")
    documents = [
        apple.render(RICH),
        apple.render(RICH, address=JAN),
        apple.render(RICH, address=parse_address("piet@example.com")),
        apple.render(other, address=JAN),
    ]
    assert apple.render(RICH, address=JAN) == documents[1]
    uuids = [uuid for document in documents for uuid in _uuids(document)]
    assert len(uuids) == len(set(uuids))


def test_a_profile_replaces_only_that_of_the_same_account() -> None:
    identifiers = {
        plistlib.loads(apple.render(BARE, address=parse_address(address)))["PayloadIdentifier"]
        for address in ("jan@example.com", "piet@example.com")
    }
    assert len(identifiers) == 2


def test_a_better_description_of_the_servers_keeps_the_uuids() -> None:
    moved = _provider(_server(hostname="imap2.example.com"))
    assert _uuids(apple.render(moved)) == _uuids(apple.render(_provider(_server())))


def test_the_first_type_of_incoming_server_is_taken() -> None:
    both = (_server(ServerType.POP3), _server())
    assert _mail(_provider(*both))["EmailAccountType"] == "EmailTypePOP"
    assert _mail(_provider(*reversed(both)))["EmailAccountType"] == "EmailTypeIMAP"


def test_a_protocol_can_be_asked_for() -> None:
    both = _provider(_server(), _server(ServerType.POP3, hostname="pop.example.com"))
    assert _mail(both, protocol="pop3")["IncomingMailServerHostName"] == "pop.example.com"
    assert [loss.reason for loss in apple.losses(both, protocol="pop3") if loss.field == "servers[0]"] == [
        "the profile is for pop3"
    ]


def test_a_protocol_that_the_provider_has_not_gives_no_mail_account() -> None:
    assert _payloads(BARE, "com.apple.mail.managed", protocol="pop3") == []


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        ((SocketType.STARTTLS, SocketType.SSL), 993),
        ((SocketType.PLAIN, SocketType.STARTTLS), 143),
        ((SocketType.SSL, SocketType.STARTTLS), 993),
    ],
)
def test_tls_from_the_first_byte_is_preferred(offered: tuple[SocketType, ...], taken: int) -> None:
    payload = _mail(_provider(*(_server(socket_type=socket_type) for socket_type in offered)))
    assert payload["IncomingMailServerPortNumber"] == taken
    assert payload["IncomingMailServerUseSSL"] is True


def test_plain_text_is_written_as_such() -> None:
    assert _mail(_provider(_server(socket_type=SocketType.PLAIN)))["IncomingMailServerUseSSL"] is False


@pytest.mark.parametrize(
    ("authentication", "written"),
    [
        (PASSWORD, "EmailAuthPassword"),
        ((), "EmailAuthPassword"),
        ((Authentication.OAUTH2, *PASSWORD), "EmailAuthPassword"),
        ((Authentication.PASSWORD_ENCRYPTED, *PASSWORD), "EmailAuthCRAMMD5"),
        ((Authentication.SASL_DIGEST_MD5,), "EmailAuthHTTPMD5"),
        ((Authentication.NTLM,), "EmailAuthNTLM"),
        ((Authentication.CLIENT_IP_ADDRESS,), "EmailAuthNone"),
    ],
)
def test_the_first_login_that_apple_knows_is_written(authentication: tuple[Authentication, ...], written: str) -> None:
    assert _mail(_provider(_server(authentication=authentication)))["IncomingMailServerAuthentication"] == written


@pytest.mark.parametrize("authentication", [Authentication.OAUTH2, Authentication.GSSAPI])
def test_a_server_without_a_password_login_is_left_out_and_told(authentication: Authentication) -> None:
    provider = _provider(_server(authentication=(authentication,)))
    assert _payloads(provider, "com.apple.mail.managed") == []
    told = {loss.field: loss.reason for loss in apple.losses(provider)}
    assert authentication in told["servers[0]"]
    assert told["servers[1]"] == "a mail account needs an incoming and an outgoing server that a profile can set up"


def test_one_password_serves_both_ways_unless_one_needs_none() -> None:
    key = "OutgoingPasswordSameAsIncomingPassword"
    assert _mail(BARE)[key] is True
    assert key not in _mail(RICH)


def test_a_calendar_is_found_by_its_url_and_by_its_parts() -> None:
    calendar = Server(type=ServerType.CALDAV, url="http://dav.example.com:8080/cal/%EMAILADDRESS%/", username=ADDRESS)
    (payload,) = _payloads(_provider(_server(), calendar), "com.apple.caldav.account", address=JAN)
    assert payload["CalDAVPrincipalURL"] == "http://dav.example.com:8080/cal/jan%40example.com/"
    assert (payload["CalDAVHostName"], payload["CalDAVPort"]) == ("dav.example.com", 8080)
    assert payload["CalDAVUseSSL"] is False
    assert payload["CalDAVUsername"] == "jan@example.com"


def test_a_calendar_whose_path_needs_the_address_is_found_by_its_host() -> None:
    calendar = Server(type=ServerType.CALDAV, url="https://dav.example.com/%EMAILADDRESS%/", username=ADDRESS)
    provider = _provider(_server(), calendar)
    (payload,) = _payloads(provider, "com.apple.caldav.account")
    assert "CalDAVPrincipalURL" not in payload
    assert apple.parse(apple.render(provider)).servers[-1].url == "https://dav.example.com/"
    assert "servers[2].url" in {loss.field for loss in apple.losses(provider)}


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "a\uffffb"])
def test_a_text_that_xml_cannot_hold_is_an_error(text: str) -> None:
    with pytest.raises(RenderError):
        apple.render(msgspec.structs.replace(BARE, name=text))
    with pytest.raises(RenderError):
        apple.render(msgspec.structs.replace(BARE, id=text))


# Reading

FOREIGN = {
    "PayloadType": "Configuration",
    "PayloadVersion": 1,
    "PayloadIdentifier": "net.example.profile",
    "PayloadUUID": "0B9C2B3E-8B0B-4C6A-9E0B-0A8F5A0B1C2D",
    "PayloadDisplayName": "Example mail",
    "PayloadOrganization": "Example",
    "PayloadRemovalDisallowed": False,
    "PayloadContent": [
        {
            "PayloadType": "com.apple.mail.managed",
            "EmailAccountType": "EmailTypeIMAP",
            "EmailAddress": "jan@example.net",
            "IncomingMailServerHostName": "imap.example.net",
            "IncomingMailServerPortNumber": 143,
            "IncomingMailServerUseSSL": True,
            "IncomingMailServerUsername": "jan",
            "IncomingMailServerAuthentication": "EmailAuthPassword",
            "IncomingPassword": "hunter2",
            "OutgoingMailServerHostName": "smtp.example.net",
        },
        {"PayloadType": "com.apple.wifi.managed", "SSID_STR": "home"},
        {"PayloadType": "com.apple.carddav.account", "CardDAVHostName": "dav.example.net", "CardDAVUseSSL": True},
    ],
}


def test_a_profile_of_another_hand_is_read() -> None:
    reading = apple.read(plistlib.dumps(FOREIGN))
    provider = reading.provider
    assert (provider.id, provider.name, provider.short_name) == ("", "Example mail", "Example")
    assert provider.domains == ("example.net",)
    imap, smtp, book = provider.servers
    assert (imap.port, imap.socket_type, imap.username) == (143, SocketType.STARTTLS, "jan")
    assert (smtp.port, smtp.socket_type, smtp.authentication) == (587, SocketType.PLAIN, ())
    assert book.url == "https://dav.example.net/"
    assert reading.ignored == (
        "the profile: PayloadRemovalDisallowed has no place in a definition",
        "payload 1: IncomingPassword has no place in a definition",
        "payload 2 is about something else than mail, calendars and address books",
    )


def _with_payload(**changes: object) -> bytes:
    mail = FOREIGN["PayloadContent"][0] | changes  # type: ignore[index]
    return plistlib.dumps(FOREIGN | {"PayloadContent": [mail]})


@pytest.mark.parametrize(
    ("changes", "servers"),
    [
        ({"EmailAccountType": "EmailTypeExchange"}, 1),
        ({"IncomingMailServerHostName": "no host"}, 1),
        ({"IncomingMailServerHostName": 7}, 1),
        ({"OutgoingMailServerHostName": ["smtp.example.net"]}, 1),
        ({"IncomingMailServerPortNumber": 70000}, 2),
        ({"IncomingMailServerPortNumber": True}, 2),
    ],
)
def test_what_cannot_be_used_is_dropped(changes: dict[str, object], servers: int) -> None:
    reading = apple.read(_with_payload(**changes))
    assert len(reading.provider.servers) == servers
    assert sum("cannot be reached" in sentence for sentence in reading.ignored) == 2 - servers


DOCTYPE = b'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">'
ENTITIES = b'<!DOCTYPE plist [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<plist/>",
        b"<plist version='1.0'><string>no profile</string></plist>",
        b"<plist><dict><key>PayloadType</key><string>Configuration</string></dict></plist>",
        b"<plist><dict><string>no key</string></dict></plist>",
        b"<plist><dict><key>no value</key></dict></plist>",
        b"<plist><dict><key>a</key><true/><key>a</key><true/></dict></plist>",
        b"<plist><dict><key>a</key><integer>0x10</integer></dict></plist>",
        b"<plist><dict><key>a</key><integer>" + b"9" * 100_000 + b"</integer></dict></plist>",
        b"<plist><dict><key>a</key><script/></dict></plist>",
        ENTITIES + b"<plist><dict><key>&b;</key><true/></dict></plist>",
        DOCTYPE + ENTITIES + b"<plist><dict/></plist>",
        DOCTYPE + b"<plist>" + b"<array>" * 100_000,
        DOCTYPE + b"<plist>" + b"<array>" * 1000 + b"</array>" * 1000 + b"</plist>",
        plistlib.dumps(FOREIGN, fmt=plistlib.FMT_BINARY),
        plistlib.dumps(FOREIGN | {"PayloadType": "com.apple.mail.managed"}),
        plistlib.dumps(FOREIGN | {"PayloadContent": b"encrypted"}),
        b"<plist><string>" + b"a" * (1 << 20) + b"</string></plist>",
        (b"<!DOCTYPE plist " + b" " * 2000) * 100,
    ],
)
def test_what_is_no_profile_is_refused(document: bytes) -> None:
    with pytest.raises(ParseError, match="no apple document"):
        apple.parse(document)


def test_only_a_profile_is_recognised() -> None:
    assert apple.recognises(plistlib.dumps(FOREIGN))
    assert not apple.recognises(plistlib.dumps(FOREIGN | {"PayloadType": "com.apple.mail.managed"}))
    assert not apple.recognises(mozilla.render(RICH))


@given(st.binary() | st.binary().map(lambda data: b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" + data))
def test_any_bytes_give_a_parse_error(data: bytes) -> None:
    with pytest.raises(ParseError):
        apple.parse(data)


@given(providers(), st.data())
def test_a_damaged_profile_gives_a_provider_or_a_parse_error(provider: Provider, data: st.DataObject) -> None:
    document = bytearray(apple.render(provider))
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(document)))
        document[start : start + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=10))
    with suppress(ParseError):
        apple.parse(bytes(document))
