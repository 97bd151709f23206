"""The provider databases of others: everything in a file is taken over or told."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoconfig import definitions
from autoconfig.catalog import Catalog
from autoconfig.errors import ParseError
from autoconfig.formats import databases, recognise
from autoconfig.formats.databases import DATABASES, automx2, deltachat, fairemail, mailcore2
from autoconfig.model import (
    Authentication,
    HelpPage,
    LocalizedText,
    OAuth2,
    Server,
    ServerType,
    SocketType,
    Source,
    Status,
)
from tests.formats.databases.samples import AUTOMX2, AUTOMX2_VERSION_1, DELTACHAT, FAIREMAIL, MAILCORE2, SAMPLES
from tests.support.samples import ADDRESS, PASSWORD, RICH


def _server(type: ServerType, hostname: str, **fields: Any) -> Server:
    return Server(type=type, hostname=hostname, **({"username": ADDRESS, "authentication": PASSWORD} | fields))


@pytest.mark.parametrize("name", DATABASES)
def test_a_database_is_recognised_by_its_content(name: str) -> None:
    database = databases.recognise(SAMPLES[name])
    assert database is DATABASES[name]
    assert recognise(SAMPLES[name]) is None


def test_a_definition_is_no_database() -> None:
    assert databases.recognise(definitions.write(RICH)) is None
    assert databases.recognise(b"---\n" + definitions.write(RICH) + b"---\n") is None


@pytest.mark.parametrize("name", DATABASES)
def test_what_was_read_makes_definitions_that_read_back(name: str) -> None:
    providers = DATABASES[name].module.read(SAMPLES[name]).providers
    assert len({provider.id for provider in providers}) == len(providers)
    assert Catalog(providers).providers == providers
    for provider in providers:
        assert definitions.parse(definitions.write(provider), path=f"{provider.id}.yaml") == provider


def test_fairemail() -> None:
    reading = fairemail.read(FAIREMAIL)
    example, local, fixed, second = reading.providers
    both = (Authentication.OAUTH2, *PASSWORD)
    assert example.id == "example.com"
    assert (example.name, example.short_name) == ("Example & Co", "Example")
    assert example.domains == ("example.com", "example.net", "example.org", "*.example.com")
    assert example.mx_domains == ("example.com", "hosting.example")
    assert example.servers == (
        _server(ServerType.IMAP, "imap.example.com", authentication=both),
        _server(ServerType.POP3, "pop.example.com", socket_type=SocketType.STARTTLS, authentication=both),
        _server(ServerType.SMTP, "smtp.example.com", socket_type=SocketType.STARTTLS, authentication=both),
    )
    assert example.oauth2 == OAuth2(
        auth_url="https://login.example.com/auth",
        token_url="https://login.example.com/token",
        scopes=("mail", "offline_access"),
    )
    assert example.documentation == (
        HelpPage(
            "https://example.com/help",
            (LocalizedText("", "Switch IMAP on here, it's off"), LocalizedText("nl", "Zet IMAP aan")),
        ),
    )
    assert (local.domains, local.servers[0].username) == (("local.example",), "%EMAILLOCALPART%")
    assert (fixed.id, fixed.domains, fixed.servers[0].username, fixed.servers[0].port) == ("fixed", (), "mailbox", 993)
    assert (second.id, second.name, second.short_name) == ("fixed-2", "Fixed", None)
    assert reading.ignored == (
        r"Example & Co (line 8): the pattern 'sample\\..*' is left out: "
        "`.*` there stands for more domains than can be listed",
        r"Example & Co (line 8): the pattern '.*hosting\\.example' is taken for "
        "hosting.example and *.hosting.example",
        "Example & Co (line 8): its documentation loses the links to https://example.com/imap",
        "Local (line 18): a server for smtp has no usable host name and is left out",
        "Fixed (line 22): the domain example.com is left out, as Example & Co (line 8) has it",
        "Fixed (line 23): other.example has the port 'none', and the usual one is taken instead",
        "Off (line 24) is switched off and left out",
        "`keepalive` has no place in a definition: Example & Co (line 8)",
        "`oauth <parameter>` has no place in a definition: Example & Co (line 8)",
        "`oauth clientId` has no place in a definition: Example & Co (line 8)",
        "`oauth clientSecret` has no place in a definition: Example & Co (line 8)",
        "`order` has no place in a definition: Example & Co (line 8)",
    )


def test_mailcore2() -> None:
    reading = mailcore2.read(MAILCORE2)
    example, hosted = reading.providers
    assert (example.id, example.name) == ("example.com", "example")
    assert example.domains == ("example.com", "example.net", "example.org")
    assert example.mx_domains == ("example.com", "mail.example.org")
    assert example.servers == (
        _server(ServerType.IMAP, "imap.example.com"),
        _server(ServerType.IMAP, "imap.example.com", socket_type=SocketType.STARTTLS),
        _server(ServerType.POP3, "pop.example.com", socket_type=SocketType.PLAIN),
        _server(ServerType.SMTP, "smtp.%EMAILDOMAIN%"),
    )
    assert (hosted.id, hosted.domains, hosted.mx_domains) == ("hosted", (), ("hosted.example",))
    assert reading.ignored == (
        "example: a server for smtp has no usable host name and is left out",
        r"example: the pattern 'sample\\..*' is left out: `.*` there stands for more domains than can be listed",
        "default has no domains and is left out: it is a pattern to guess servers with",
        "`domain-exclude` has no place in a definition: example",
        "`mailboxes` has no place in a definition: example",
        "`servers nntp` has no place in a definition: hosted",
    )


def test_deltachat() -> None:
    reading = deltachat.read(DELTACHAT)
    (provider,) = reading.providers
    assert (provider.id, provider.name, provider.status) == ("example.com", "Example", Status.CONFIRMED)
    assert provider.domains == ("example.com", "xn--bcher-kva.example")
    assert provider.servers == (
        _server(ServerType.IMAP, "imap.example.com", username="%EMAILLOCALPART%"),
        _server(ServerType.SMTP, "smtp.example.com", socket_type=SocketType.STARTTLS),
    )
    assert provider.enable == (HelpPage("", (LocalizedText("", "Make a password for apps first."),)),)
    assert provider.instructions == (HelpPage("", (LocalizedText("", "Have fun."),)),)
    assert provider.documentation == (HelpPage("https://example.com/"),)
    assert provider.sources == (Source("https://providers.delta.chat/", "2026-03"),)
    assert reading.ignored == (
        "Example: the text of the page is left out (39 bytes)",
        "Example: 'no domain' is not a domain and is left out",
        "Example: line 18: a server of unknown type, socket or login is left out",
        "`strict_tls` has no place in a definition: Example",
    )


def test_a_provider_that_delta_chat_calls_broken_is_unconfirmed() -> None:
    reading = deltachat.read(b"---\r\nname: Example\r\nstatus: BROKEN\r\nlast_checked: May\r\nwebsite: none\r\n---\r\n")
    assert reading.providers[0].status is Status.UNCONFIRMED
    assert reading.providers[0].sources == ()
    assert len(reading.ignored) == 3


def test_automx2() -> None:
    reading = automx2.read(AUTOMX2)
    (provider,) = reading.providers
    assert (provider.id, provider.name) == ("example.com", "Example Ltd.")
    assert provider.domains == ("example.com", "example.net")
    assert provider.servers == (
        _server(ServerType.IMAP, "imap.example.com"),
        _server(ServerType.POP3, "pop.example.com", socket_type=SocketType.STARTTLS),
        _server(ServerType.IMAP, "slow.example.com"),
        _server(ServerType.SMTP, "smtp.example.com", socket_type=SocketType.STARTTLS),
        Server(
            type=ServerType.CALDAV,
            url="https://dav.example.com/%EMAILADDRESS%/",
            username=ADDRESS,
            authentication=(Authentication.HTTP_BASIC,),
        ),
    )
    assert reading.ignored == (
        "Example Ltd.: https://dav.example.com/%EMAILADDRESS%/ is on port 443, and not on 8443 as said beside it",
        "Example Ltd.: a server of the unknown type 'nntp' is left out",
        "`domain ldapserver_id` has no place in a definition: Example Ltd.",
        "`ldapservers` has no place in a definition: Example Ltd.",
    )
    assert "secret" not in repr(reading)


def test_automx2_in_version_1_loses_nothing() -> None:
    reading = automx2.read(AUTOMX2_VERSION_1)
    assert reading.providers[0].domains == ("example.com", "example.net")
    assert reading.ignored == ()


def test_what_many_providers_have_is_told_in_one_sentence() -> None:
    provider = {"servers": {}, "domain-match": ["a"], "mailboxes": {}}
    many = {f"p{number}": provider | {"domain-match": [f"p{number}.example"]} for number in range(9)}
    assert mailcore2.read(json.dumps(many).encode()).ignored == (
        "`mailboxes` has no place in a definition: p0, p1, p2, p3, p4 and 4 more",
    )


def test_an_mx_host_under_a_public_suffix_stands_for_itself() -> None:
    hosts = {"a": {"servers": {}, "mx-match": ["example.co.uk", "mx.example.co.uk", "co.uk"]}}
    (provider,) = mailcore2.read(json.dumps(hosts).encode()).providers
    assert provider.mx_domains == ("example.co.uk", "co.uk")


REFUSED = {
    "fairemail": [
        b"",
        b"<html/>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><providers/>",
        b"<providers>" * 1000,
        b"<providers>" + b" " * (1 << 20) + b"</providers>",
    ],
    "mailcore2": [b"", b"{}", b"[]", b'{"a": {"servers": []}}', b'{"a": {"servers": {}}, "b": NaN}', b"[" * 100_000],
    "deltachat": [
        b"",
        b"name: Example\nstatus: OK\n",
        b"---\nname: Example\nstatus: OK\n",
        b"---\nname: Example\n---\n",
        b"---\nname: Example\nstatus: MAYBE\n---\n",
        b"---\n- OK\n---\n",
        b"---\nname: [\n---\n",
        b"---\nname: " + b"[" * 100_000 + b"\n---\n",
        b"---\na: &a [x]\nb: *c\n---\n",
        b"---\nname: \xff\n---\n",
        b"---\n" + b"--- \n" * 3,
        b"---\n" * 300_000,
    ],
    "automx2": [
        b"",
        b"{}",
        b'{"provider": "A", "domains": [], "servers": {}}',
        b'{"provider": "", "domains": [], "servers": []}',
        b'{"provider": "A\\u0000", "domains": [], "servers": []}',
    ],
}


@pytest.mark.parametrize(("name", "document"), [(name, data) for name, files in REFUSED.items() for data in files])
def test_what_is_no_such_file_is_refused(name: str, document: bytes) -> None:
    with pytest.raises(ParseError, match=f"no {name} document"):
        DATABASES[name].module.read(document)


@pytest.mark.parametrize(
    "document",
    [
        b'{"provider": "A", "domains": [1, null, {}, []], "servers": [1, null, [], {"type": []}, {"type": "imap"}]}',
        b'{"provider": "A", "domains": [], "servers": [{"type": "imap", "name": "a.example", "port": true}]}',
        b'{"provider": "A", "domains": [], "servers": [{"type": "pop", "prio": []}, {"type": "imap", "prio": 1}]}',
        b'{"provider": "A", "domains": [], "servers": [{"type": "caldav", "url": "https://[", "port": -1}]}',
    ],
)
def test_values_of_another_kind_in_automx2_are_left_out_and_told(document: bytes) -> None:
    assert automx2.read(document).ignored


@given(st.sampled_from(sorted(DATABASES)), st.binary())
def test_any_bytes_give_a_parse_error(name: str, data: bytes) -> None:
    with pytest.raises(ParseError):
        DATABASES[name].module.read(data)


@given(st.sampled_from(sorted(DATABASES)), st.data())
def test_a_damaged_file_gives_providers_or_a_parse_error(name: str, data: st.DataObject) -> None:
    document = bytearray(SAMPLES[name])
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(document)))
        document[start : start + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=10))
    DATABASES[name].module.recognises(bytes(document))
    with suppress(ParseError):
        reading = DATABASES[name].module.read(bytes(document))
        assert len({provider.id for provider in reading.providers}) == len(reading.providers)
        Catalog(reading.providers)
