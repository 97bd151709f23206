"""What two sets of definitions differ in, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from autoconfig.catalog import Catalog, bundled
from autoconfig.diff import Change, DomainChange, diff
from autoconfig.model import (
    Authentication,
    HelpPage,
    LocalizedText,
    OAuth2,
    Pop3Options,
    Provider,
    Server,
    ServerType,
    SocketType,
    Status,
    Webmail,
)
from tests.support.providers import providers
from tests.support.samples import PASSWORD

IMAP, POP3, SMTP = ServerType.IMAP, ServerType.POP3, ServerType.SMTP
SSL, STARTTLS, PLAIN = SocketType.SSL, SocketType.STARTTLS, SocketType.PLAIN


def server(type: ServerType, socket_type: SocketType = SSL, host: str = "mail.example.com", **fields: Any) -> Server:
    given = {"username": "%EMAILADDRESS%", "authentication": PASSWORD} | fields
    return Server(type=type, hostname=host, socket_type=socket_type, **given)


def provider(*servers: Server, **fields: Any) -> Provider:
    given = {"id": "example.com", "name": "Example", "domains": ("example.com",)} | fields
    return Provider(servers=servers, **given)


def told(old: Provider, new: Provider) -> list[str]:
    return [str(change) for found in diff(Catalog([old]), Catalog([new])) for change in found.changes]


@dataclass(frozen=True)
class Edit:
    old: Provider
    new: Provider
    says: list[str]


STAY = "whoever is set up already needs the old one until they change it"
SENT = server(SMTP)
EDITS = {
    "starttls to tls": Edit(
        provider(server(IMAP, STARTTLS), SENT),
        provider(server(IMAP), SENT),
        [f"IMAP moves from STARTTLS 143 to TLS 993 (safer; {STAY})"],
    ),
    "tls to none": Edit(
        provider(server(IMAP), SENT),
        provider(server(IMAP, PLAIN), SENT),
        [f"IMAP moves from TLS 993 to no encryption 143 (less safe; {STAY})"],
    ),
    "port": Edit(
        provider(server(SMTP, STARTTLS)),
        provider(server(SMTP, STARTTLS, port=25)),
        [f"SMTP moves from STARTTLS 587 to STARTTLS 25 ({STAY})"],
    ),
    "host": Edit(
        provider(server(IMAP), SENT),
        provider(server(IMAP, host="imap.example.com"), SENT),
        [f"IMAP moves from mail.example.com to imap.example.com ({STAY})"],
    ),
    "host and port": Edit(
        provider(server(IMAP), SENT),
        provider(server(IMAP, host="imap.example.com", port=9930), SENT),
        [f"IMAP moves from mail.example.com, TLS 993 to imap.example.com, TLS 9930 ({STAY})"],
    ),
    "user name": Edit(
        provider(server(IMAP)),
        provider(server(IMAP, username="%EMAILLOCALPART%")),
        [f"the user name of IMAP is now the part before the @, not the whole address ({STAY})"],
    ),
    "one more method": Edit(
        provider(server(IMAP)),
        provider(server(IMAP, authentication=(Authentication.OAUTH2, *PASSWORD))),
        ["IMAP now takes OAuth2, else password-cleartext, not password-cleartext"],
    ),
    "other method": Edit(
        provider(server(IMAP)),
        provider(server(IMAP, authentication=(Authentication.OAUTH2,))),
        [f"IMAP now takes OAuth2, not password-cleartext ({STAY})"],
    ),
    "one of two goes": Edit(
        provider(server(IMAP), server(IMAP, STARTTLS)),
        provider(server(IMAP)),
        [f"IMAP, mail.example.com, STARTTLS 143 is no longer offered ({STAY})"],
    ),
    "one more": Edit(
        provider(server(IMAP)),
        provider(server(IMAP), server(POP3)),
        ["POP3, mail.example.com, TLS 995 is new"],
    ),
    "one more, first": Edit(
        provider(server(POP3)),
        provider(server(IMAP), server(POP3)),
        ["IMAP, mail.example.com, TLS 993 is new, and preferred over all others"],
    ),
    "one more in clear text": Edit(
        provider(server(IMAP)),
        provider(server(IMAP), server(IMAP, PLAIN)),
        ["IMAP, mail.example.com, no encryption 143 is new (less safe)"],
    ),
    "preference": Edit(
        provider(server(POP3), server(IMAP)),
        provider(server(IMAP), server(POP3)),
        ["IMAP is now preferred over POP3"],
    ),
    "preference in one type": Edit(
        provider(server(IMAP), server(IMAP, STARTTLS)),
        provider(server(IMAP, STARTTLS), server(IMAP)),
        ["IMAP (STARTTLS 143) is now preferred over IMAP (TLS 993)"],
    ),
    "preference behind the first": Edit(
        provider(server(IMAP), server(IMAP, STARTTLS), server(POP3)),
        provider(server(IMAP), server(POP3), server(IMAP, STARTTLS)),
        ["the order of preference is now IMAP (TLS 993), POP3, IMAP (STARTTLS 143)"],
    ),
    "one of two moves": Edit(
        provider(server(IMAP), server(IMAP, STARTTLS)),
        provider(server(IMAP), server(IMAP, STARTTLS, port=1143)),
        [f"IMAP (STARTTLS 143) moves from STARTTLS 143 to STARTTLS 1143 ({STAY})"],
    ),
    "url": Edit(
        provider(Server(type=ServerType.CALDAV, url="https://a.example/")),
        provider(Server(type=ServerType.CALDAV, url="https://b.example/")),
        [f"the calendar moves from https://a.example/ to https://b.example/ ({STAY})"],
    ),
    "a gap is filled": Edit(
        provider(Server(type=IMAP)),
        provider(Server(type=IMAP, hostname="imap.example.com")),
        ["IMAP is now imap.example.com, TLS 993, not left open"],
    ),
    "pop3 options": Edit(
        provider(server(POP3)),
        provider(server(POP3, pop3=Pop3Options(leave_messages_on_server=True))),
        ["pop3 of POP3 is now leave_messages_on_server=yes"],
    ),
    "name": Edit(
        provider(server(IMAP)),
        provider(server(IMAP), name="Example Mail"),
        ["the name is now Example Mail, not Example"],
    ),
    "oauth2": Edit(
        provider(server(IMAP)),
        provider(server(IMAP), oauth2=OAuth2(issuer="login.example.com", scopes=("mail", "send"))),
        ["the OAuth2 server is now issuer=login.example.com scopes=mail, send"],
    ),
    "webmail": Edit(
        provider(server(IMAP)),
        provider(server(IMAP), webmail=Webmail(login_page="https://example.com/")),
        ["the address of webmail is now https://example.com/"],
    ),
    "no webmail": Edit(
        provider(server(IMAP), webmail=Webmail(login_page="https://example.com/")),
        provider(server(IMAP)),
        ["the address of webmail is no longer given, and was https://example.com/"],
    ),
    "help pages": Edit(
        provider(documentation=(HelpPage("https://example.com/a"), HelpPage("https://example.com/b"))),
        provider(documentation=(HelpPage("https://example.com/b"), HelpPage("https://example.com/c"))),
        ["help page added: https://example.com/c", "help page removed: https://example.com/a"],
    ),
    "help texts": Edit(
        provider(documentation=(HelpPage("https://example.com/a"),)),
        provider(documentation=(HelpPage("https://example.com/a", (LocalizedText("en", "How"),)),)),
        ["help page: the text is otherwise"],
    ),
    "status": Edit(provider(), provider(status=Status.UNCONFIRMED), ["the settings are not confirmed any more"]),
    "id": Edit(
        provider(server(IMAP)),
        provider(server(IMAP), id="mail.example", name="Mail"),
        ["served by Mail (mail.example) now, not by example.com", "the name is now Mail, not Example"],
    ),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_an_edit_is_told_in_words(edit: Edit) -> None:
    assert told(edit.old, edit.new) == edit.says


def test_domains_that_change_alike_are_told_once() -> None:
    old = provider(server(IMAP, STARTTLS), domains=("example.com", "example.net", "example.org"))
    (found,) = diff(Catalog([old]), Catalog([replace(old, servers=(server(IMAP),))]))
    assert found.domains == ("example.com", "example.net", "example.org")


def test_domains_come_go_and_move() -> None:
    one, two = provider(domains=("a.example", "b.example")), provider(id="two", name="Two", domains=("c.example",))
    moved = replace(two, domains=("c.example", "b.example", "d.example"))
    assert diff(Catalog([one, two]), Catalog([moved])) == (
        DomainChange(
            ("a.example",), "example.com", None, (Change("domains", "no longer served by Example (example.com)"),)
        ),
        DomainChange(
            ("b.example",),
            "example.com",
            "two",
            (
                Change("id", "served by Two (two) now, not by example.com"),
                Change("name", "the name is now Two, not Example"),
            ),
        ),
        DomainChange(("d.example",), None, "two", (Change("domains", "served by Two (two) now"),)),
    )


def test_customers_that_are_found_by_mx_are_people_too() -> None:
    (found,) = diff(Catalog([provider()]), Catalog([provider(mx_domains=("mx.example.com",))]))
    assert found.domains == ("MX mx.example.com",)


def test_sources_concern_nobody() -> None:
    assert diff(Catalog([provider()]), Catalog([msgspec.structs.replace(provider(), sources=())])) == ()


def test_the_bundled_definitions_do_not_differ_from_themselves() -> None:
    assert diff(bundled(), Catalog(bundled().providers)) == ()


@given(providers())
def test_nothing_differs_from_itself(subject: Provider) -> None:
    again = msgspec.convert(msgspec.to_builtins(subject), Provider)
    assert diff(Catalog([subject]), Catalog([again])) == ()


@given(providers(), providers(), st.data())
def test_whatever_is_otherwise_is_told_for_each_domain(subject: Provider, other: Provider, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(FOR_PEOPLE)))
    changed = replace(subject, **{field: getattr(other, field)})
    if getattr(changed, field) == getattr(subject, field):
        return
    domains = {domain for found in diff(Catalog([subject]), Catalog([changed])) for domain in found.domains}
    assert domains >= set(subject.domains)


FOR_PEOPLE = set(Provider.__struct_fields__) - {"domains", "mx_domains", "sources", "username", "authentication"}
