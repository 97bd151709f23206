from __future__ import annotations

import pytest
import yaml
from hypothesis import given

from autoconfig.definitions import parse, write
from autoconfig.definitions.emitter import dump
from autoconfig.model import (
    Authentication,
    HelpPage,
    LocalizedText,
    Provider,
    Server,
    ServerType,
    SocketType,
    Webmail,
)
from tests.support.providers import long_texts, providers, texts

KPN = """\
id: kpnmail.nl
name: KPN E-mail
short_name: KPN
domains: [kpnmail.nl, planet.nl]
servers:
  - {type: imap, hostname: imap.kpnmail.nl}
  - {type: imap, hostname: imap.kpnmail.nl, socket_type: STARTTLS}
  - {type: pop3, hostname: pop.kpnmail.nl, port: 1995}
  - {type: smtp, hostname: smtp.kpnmail.nl, username: null, authentication: [client-IP-address]}
  - {type: managesieve}
services: {caldav: https://dav.kpnmail.nl/cal, carddav: https://dav.kpnmail.nl/card}
webmail: https://webmail.kpnmail.nl/
sources:
  - {url: https://www.kpn.com/service, checked: 2026-03}
"""


@given(providers())
def test_what_is_written_reads_back_the_same(provider: Provider) -> None:
    assert parse(write(provider)) == provider


@given(providers(gaps=False))
def test_providers_without_gaps_have_none(provider: Provider) -> None:
    assert provider.servers
    assert not provider.gaps


@given(providers())
def test_other_yaml_readers_agree_on_what_is_text(provider: Provider) -> None:
    loaded = yaml.load(write(provider), yaml.CSafeLoader)
    assert (loaded["id"], loaded["name"]) == (provider.id, provider.name)


@given(texts() | long_texts())
def test_any_text_survives_in_a_block_and_in_brackets(text: str) -> None:
    assert yaml.safe_load(dump({"a": text, "b": [text], text: {"c": text}})) == {
        "a": text,
        "b": [text],
        text: {"c": text},
    }


def test_a_definition_is_written_as_a_person_would() -> None:
    assert write(parse(KPN.encode())).decode() == KPN


def test_what_most_servers_share_is_said_once() -> None:
    username, authentication = "%EMAILLOCALPART%", (Authentication.OAUTH2, Authentication.PASSWORD_CLEARTEXT)
    servers = tuple(
        Server(type=type, hostname="mail.example.com", username=username, authentication=authentication)
        for type in (ServerType.IMAP, ServerType.POP3, ServerType.SMTP)
    )
    written = write(Provider(id="a", name="A", servers=servers)).decode()
    assert 'username: "%EMAILLOCALPART%"\nauthentication: [OAuth2, password-cleartext]\n' in written
    assert "  - {type: imap, hostname: mail.example.com}\n" in written


def test_a_server_too_long_for_a_line_is_written_as_a_block() -> None:
    server = Server(type=ServerType.IMAP, hostname="a" * 60 + ".example.com", username="x" * 60)
    lines = write(Provider(id="a", name="A", username=None, servers=(server, server, server))).decode().splitlines()
    assert max(map(len, lines)) <= 120


def test_long_text_is_folded_and_keeps_its_words() -> None:
    text = "Dit is een lange zin. " * 20 + "Einde."
    page = HelpPage("", (LocalizedText("nl", text),))
    provider = Provider(id="a", name="A", enable=(page,))
    written = write(provider)
    assert max(map(len, written.decode().splitlines())) <= 120
    assert parse(written).enable == (page,)


def test_one_language_twice_is_written_as_a_list() -> None:
    page = HelpPage("https://a.example/", (LocalizedText("en", "One"), LocalizedText("en", "Two")))
    written = write(Provider(id="a", name="A", documentation=(page,)))
    assert b"text: [{en: One}, {en: Two}]" in written


def test_chats_whose_order_a_mapping_cannot_keep_are_listed_as_servers() -> None:
    chats = tuple(
        Server(type=type, url="https://chat.example.com/")
        for type in (ServerType.XMPP, ServerType.MATRIX, ServerType.XMPP)
    )
    provider = Provider(id="a", name="A", servers=chats)
    assert b"services" not in write(provider)
    assert parse(write(provider)) == provider


def test_the_language_no_is_quoted() -> None:
    page = HelpPage("", (LocalizedText("no", "Norsk"),))
    assert b'text: {"no": Norsk}' in write(Provider(id="a", name="A", enable=(page,)))


def test_a_provider_that_says_nothing_of_servers_is_told_from_one_with_defaults() -> None:
    silent = Provider(id="a", name="A")
    assert b"servers: []" in write(silent)
    assert b"servers" not in write(parse(b"id: a\nname: A\n"))


def test_a_login_page_alone_is_written_as_its_url() -> None:
    provider = Provider(id="a", name="A", webmail=Webmail(login_page="https://mail.example.com/"))
    assert b"webmail: https://mail.example.com/\n" in write(provider)


@pytest.mark.parametrize("socket_type", SocketType)
def test_usual_ports_are_left_out(socket_type: SocketType) -> None:
    server = Server(type=ServerType.SMTP, hostname="smtp.example.com", socket_type=socket_type)
    assert b"port" not in write(Provider(id="a", name="A", servers=(server,)))
