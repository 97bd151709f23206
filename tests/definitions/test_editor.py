"""Filling gaps in the text of a definition: comments, order and everything else stay."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from autoconfig.definitions import parse
from autoconfig.definitions.editor import fill_in
from autoconfig.errors import DefinitionError
from autoconfig.model import DEFAULT_AUTHENTICATION, Provider, Server, ServerType, SocketType

WITH_GAPS = b"""\
# Our mail.
id: example.test
name: Example
domains:
  - example.test   # the main one
username: "%EMAILLOCALPART%"
# Servers follow.
servers:
  - {type: imap}   # where is it?
  - {type: pop3, hostname: pop.example.test}
  - type: smtp
    socket_type: STARTTLS
  - {type: managesieve}
"""
ONE_LINE = b"# Our mail.\nid: example.test\nname: Example   # short\ndomains: [example.test]\n"


def _filled(data: bytes, *places: tuple[int, str, SocketType]) -> Provider:
    provider = parse(data)
    servers = list(provider.servers)
    for index, hostname, socket_type in places:
        servers[index] = replace(servers[index], hostname=hostname, socket_type=socket_type)
    return replace(provider, servers=tuple(servers))


def test_gaps_are_filled_and_all_else_stays() -> None:
    filled = _filled(WITH_GAPS, (0, "imap.example.test", SocketType.SSL), (2, "smtp.example.test", SocketType.STARTTLS))
    edited = fill_in(WITH_GAPS, filled, {0: "IMAP's record", 2: "SMTP's record"}).decode()
    assert (
        edited
        == """\
# Our mail.
id: example.test
name: Example
domains:
  - example.test   # the main one
username: "%EMAILLOCALPART%"
# Servers follow.
servers:
  - {type: imap, hostname: imap.example.test}  # where is it?; IMAP's record
  - {type: pop3, hostname: pop.example.test}
  - type: smtp
    socket_type: STARTTLS
    hostname: smtp.example.test  # SMTP's record
  - {type: managesieve}
"""
    )


def test_several_servers_for_one_gap_stand_behind_each_other() -> None:
    filled = _filled(WITH_GAPS, (0, "one.example.test", SocketType.SSL))
    second = replace(filled.servers[0], hostname="two.example.test", port=143, socket_type=SocketType.STARTTLS)
    filled = replace(filled, servers=(filled.servers[0], second, *filled.servers[1:]))
    edited = fill_in(WITH_GAPS, filled, {})
    assert parse(edited) == filled
    assert b"- {type: imap, hostname: two.example.test, socket_type: STARTTLS}" in edited


def test_a_definition_without_servers_gets_its_sections() -> None:
    login = {"username": "%EMAILADDRESS%", "authentication": DEFAULT_AUTHENTICATION}
    imap = Server(type=ServerType.IMAP, hostname="imap.example.test", **login)  # type: ignore[arg-type]
    caldav = Server(type=ServerType.CALDAV, url="https://dav.example.test/", username="%EMAILADDRESS%")
    filled = replace(parse(ONE_LINE), servers=(imap, caldav), username=None, authentication=())
    edited = fill_in(ONE_LINE, filled, {0: "a record", 1: "another"})
    assert edited.startswith(ONE_LINE)
    assert parse(edited) == filled
    assert b"{type: imap, hostname: imap.example.test}  # a record" in edited
    assert edited.count(b"# another") == 1


def test_nothing_to_fill_changes_nothing() -> None:
    assert fill_in(WITH_GAPS, parse(WITH_GAPS), {}) == WITH_GAPS


def test_a_gap_that_cannot_be_edited_is_an_error_and_not_lost() -> None:
    data = (
        b"id: a.test\nname: A\nservers: [{type: smtp, hostname: smtp.a.test}]\nservices:\n  caldav: {username: jan}\n"
    )
    filled = parse(data)
    caldav = replace(filled.servers[1], url="https://dav.a.test/")
    with pytest.raises(DefinitionError, match="put the values in by hand"):
        fill_in(data, replace(filled, servers=(filled.servers[0], caldav)), {})
