from __future__ import annotations

from pathlib import Path

import pytest

from autoconfig.definitions import parse, read
from autoconfig.errors import DefinitionError, Problem
from autoconfig.model import (
    DEFAULT_AUTHENTICATION,
    DEFAULT_USERNAME,
    Authentication,
    HelpPage,
    LocalizedText,
    Provider,
    ServerType,
    SocketType,
    Webmail,
)


def with_keys(text: str) -> Provider:
    return parse(f"id: a.example\nname: A\n{text}\n".encode())


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionError) as caught:
        parse(text.encode(), path="a.yaml")
    return caught.value.problems


def problem(text: str) -> Problem:
    """The one problem of a definition with these keys, which begin at line 3."""
    (only,) = problems(f"id: a.example\nname: A\n{text}\n")
    return only


def test_a_server_gets_tls_and_the_usual_port() -> None:
    (server,) = with_keys("servers: [{type: imap, hostname: imap.a.example}]").servers
    assert (server.socket_type, server.port) == (SocketType.SSL, 993)


def test_servers_inherit_from_the_top_level_unless_they_say_otherwise() -> None:
    provider = with_keys(
        """
username: "%EMAILLOCALPART%"
authentication: OAuth2
servers:
  - {type: imap, hostname: imap.a.example}
  - {type: smtp, hostname: smtp.a.example, username: null, authentication: []}"""
    )
    imap, smtp = provider.servers
    assert (imap.username, imap.authentication) == ("%EMAILLOCALPART%", (Authentication.OAUTH2,))
    assert (smtp.username, smtp.authentication) == (None, ())
    assert (provider.username, provider.authentication) == (None, ())


def test_a_password_over_http_is_inherited_as_basic() -> None:
    (calendar,) = with_keys("services: {caldav: https://dav.a.example/}").servers
    assert calendar.authentication == (Authentication.HTTP_BASIC,)


def test_authentication_at_the_server_itself_is_kept_as_it_is() -> None:
    (jmap,) = with_keys("servers: [{type: jmap, url: https://a.example/, authentication: password-cleartext}]").servers
    assert jmap.authentication == (Authentication.PASSWORD_CLEARTEXT,)


def test_without_servers_the_defaults_are_kept_for_those_of_dns() -> None:
    provider = with_keys("mx_domains: [a.example]")
    assert (provider.username, provider.authentication) == (DEFAULT_USERNAME, DEFAULT_AUTHENTICATION)


def test_hosted_mx_is_another_spelling_of_mx_domains() -> None:
    assert with_keys("hosted: {mx: [A.example, b.example]}") == with_keys("mx_domains: [a.example, b.example]")
    with pytest.raises(DefinitionError, match=r"hosted beside mx_domains.*one of them"):
        with_keys("mx_domains: [a.example]\nhosted: {mx: a.example}")
    with pytest.raises(DefinitionError, match=r"hosted.*mx"):
        with_keys("hosted: {}")


def test_a_server_without_a_host_name_is_a_gap() -> None:
    assert with_keys("servers: [{type: managesieve}]").gaps


def test_services_are_urls_mappings_or_lists_of_them() -> None:
    provider = with_keys("services: {xmpp: {hostname: xmpp.a.example}, matrix: [https://m.a.example, {}]}")
    assert [(server.type, server.hostname or server.url) for server in provider.servers] == [
        (ServerType.XMPP, "xmpp.a.example"),
        (ServerType.MATRIX, "https://m.a.example"),
        (ServerType.MATRIX, None),
    ]


def test_services_may_have_web_socket_and_xmpp_urls() -> None:
    provider = with_keys("services: {xmpp: ['wss://a.example/ws', 'xmpp:room@a.example']}")
    assert [server.url for server in provider.servers] == ["wss://a.example/ws", "xmpp:room@a.example"]


def test_domains_are_stored_as_a_labels_and_keep_duplicates_and_wildcards() -> None:
    provider = with_keys("domains: [Bücher.example, a.example, a.example, '*.b.example']")
    assert provider.domains == ("xn--bcher-kva.example", "a.example", "a.example", "*.b.example")


def test_webmail_may_be_a_url_alone() -> None:
    assert with_keys("webmail: https://mail.a.example").webmail == Webmail(login_page="https://mail.a.example")


def test_text_without_a_language_may_stand_alone() -> None:
    provider = with_keys("enable: [{text: Turn it on}]")
    assert provider.enable == (HelpPage("", (LocalizedText("", "Turn it on"),)),)


def test_white_space_is_collapsed_but_not_the_ideographic_space() -> None:
    assert parse('id: a\nname: "\\t東京\u3000 \\n\u00a0B "'.encode()).name == "東京\u3000 \u00a0B"


def test_a_definitions_own_placeholders_come_from_its_input_fields() -> None:
    provider = with_keys('username: "%PHONE%@a"\ninput_fields: [{key: PHONE, label: Telephone}]')
    assert provider.username == "%PHONE%@a"


def test_a_day_may_stand_without_quotes() -> None:
    assert with_keys("sources: [{url: https://a.example, checked: 2026-03-01}]").sources[0].checked == "2026-03-01"


def test_a_byte_order_mark_and_crlf_are_read() -> None:
    assert parse(b"\xef\xbb\xbfid: a\r\nname: A\r\n").name == "A"


def test_aliases_stand_for_their_anchors() -> None:
    provider = with_keys("domains: &own [a.example]\nmx_domains: *own")
    assert provider.mx_domains == provider.domains


def test_percent_escapes_in_urls_are_no_placeholders() -> None:
    assert with_keys("webmail: https://a.example/%AB%CD%EMAILDOMAIN%").webmail


def test_every_problem_is_told_in_the_order_of_lines() -> None:
    found = problems("nam: A\nservers:\n  - {type: imap, port: 0}\n  - {type: smpt}\nstatus: maybe\n")
    assert [(each.line, each.field) for each in found] == [
        (1, "nam"),
        (1, "id"),
        (1, "name"),
        (3, "servers[0].port"),
        (4, "servers[1].type"),
        (5, "status"),
    ]


def test_a_problem_tells_file_line_column_field_and_what_to_do() -> None:
    assert problem("servers:\n  - {type: imap, hostnam: imap.a.example}") == Problem(
        "a.yaml",
        4,
        18,
        "servers[0].hostnam",
        "the key 'hostnam'",
        "in a server of type imap: type, hostname, port, socket_type, username, authentication, restriction, "
        "add_this_server, use_global_preferred_server",
        "write hostname",
    )


@pytest.mark.parametrize(
    ("keys", "field", "found", "remedy"),
    [
        ("short_name: no", "short_name", "the boolean no", "put it in quotes"),
        ("short_name: 1e3", "short_name", "the number 1e3", "put it in quotes"),
        ("short_name: 0x10", "short_name", "the number 0x10", "put it in quotes"),
        ("short_name: 1:30", "short_name", "the number 1:30", "put it in quotes"),
        ("short_name: 2026-03-01", "short_name", "the date 2026-03-01", "put it in quotes"),
        ("short_name:", "short_name", "nothing", "with whole placeholders"),
        ("short_name: ''", "short_name", "empty text", "with whole placeholders"),
        ('short_name: "a\\x07"', "short_name", "the character U+0007", "remove the character"),
        ("short_name: '%EMAILDOMAIN'", "short_name", "'%EMAILDOMAIN'", "with whole placeholders"),
        ("short_name: [A]", "short_name", "a list", "with whole placeholders"),
        ("username: '%EMAILADDRESS'", "username", "'%EMAILADDRESS'", "with whole placeholders"),
        ("authentication: Oauth2", "authentication", "'Oauth2'", "write OAuth2"),
        ("authentication: [none, xyz]", "authentication[1]", "'xyz'", "write one of these words"),
        ("domains: [a@b.example]", "domains[0]", "'a@b.example'", "write the domain alone"),
        ("webmail: www.a.example", "webmail", "'www.a.example'", "write the whole URL"),
        ("webmail: https://a.example:99999/", "webmail", "'https://a.example:99999/'", "write the whole URL"),
        ("webmail: https://a_b.example/", "webmail", "'https://a_b.example/'", "write the whole URL"),
        ("webmail: https://%EMAILDOMAIN/", "webmail", "'https://%EMAILDOMAIN/'", "write the whole URL"),
        ("webmail: [a]", "webmail", "a list", "write the login_page"),
        ("servers: {type: imap}", "servers", "a mapping", "write a list"),
        ("servers: [imap]", "servers[0]", "'imap'", "write keys and values"),
        ("servers: [{hostname: a.example}]", "servers[0].type", "nothing", "add type"),
        ("servers: [{type: imap, port: '993'}]", "servers[0].port", "'993'", "leave out the quotes"),
        ("servers: [{type: imap, port: 0x10}]", "servers[0].port", "the number 0x10", "in decimal digits"),
        ("servers: [{type: imap, port: 65536}]", "servers[0].port", "the number 65536", "in decimal digits"),
        ("servers: [{type: smtp, add_this_server: yes}]", "servers[0].add_this_server", "the boolean yes", "true or"),
        ("servers: [{type: imap, hostname: a_b}]", "servers[0].hostname", "'a_b'", "write the server's name"),
        ("servers: [{type: imap, socket_type: TLS}]", "servers[0].socket_type", "'TLS'", "write SSL for TLS"),
        ("servers: [{type: imap, url: 'https://a.example'}]", "servers[0].url", "the key 'url'", "remove the key"),
        ("servers: [{type: imap, pop3: {}}]", "servers[0].pop3", "the key 'pop3'", "remove the key"),
        ("services: {imap: a.example}", "services.imap", "the key 'imap'", "remove the key"),
        ("services: {caldav: [[]]}", "services.caldav[0]", "a list", "write the url"),
        ("documentation: [{text: A}]", "documentation[0].url", "nothing", "add url"),
        ("enable: [{text: {no: A}}]", "enable[0].text.no", "the boolean no", "put it in quotes"),
        ("enable: [{text: {pt_BR: A}}]", "enable[0].text.pt_BR", "'pt_BR'", "write the language's tag"),
        ("enable: [{text: [[A]]}]", "enable[0].text[0]", "a list", "write {language: text}"),
        ("oauth2: {scopes: a b}", "oauth2.scopes", "'a b'", "write a list of scopes"),
        ("sources: [{url: 'https://a.example', checked: 2026}]", "sources[0].checked", "the number 2026", "2026-03"),
        ("short_name: !!str A", "short_name", "the tag 'tag:yaml.org,2002:str'", "remove the tag"),
        ("short_name: A\nshort_name: B", "short_name", "the key 'short_name' again, after line 3", "keep one"),
        ("servers: [{<<: {type: imap}, type: imap}]", "servers[0]", "the merge key <<", "write the merged keys here"),
        ("? [a]\n: b", "", "a key that is no text", "write the key as one word"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(keys: str, field: str, found: str, remedy: str) -> None:
    told = problem(keys)
    assert (told.path, told.field, told.found) == ("a.yaml", field, found)
    assert told.line >= 3
    assert told.column >= 1
    assert remedy in told.remedy


@pytest.mark.parametrize("id", ["../a", ".a", "a/b", "a b", "é", "a" * 254])
def test_an_id_must_be_fit_for_a_file_name(id: str) -> None:
    assert [each.field for each in problems(f"id: {id}\nname: A")] == ["id"]


def test_a_long_short_name_is_left_to_lint() -> None:
    assert with_keys(f"short_name: {'x' * 40}").short_name == "x" * 40


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("id: a\nname: A\n")
    assert read(path).id == "a"


def test_a_mistake_in_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("id: a\n")
    with pytest.raises(DefinitionError, match=r"a\.yaml:1:1: name: found nothing; add name"):
        read(path)
