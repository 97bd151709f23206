"""What two sets of definitions differ in, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from autoconfig.catalog import Catalog, bundled, load
from autoconfig.definitions import write
from autoconfig.diff import Change, DomainChange, Effect, Kind, diff, heading, sentences
from autoconfig.model import (
    Authentication,
    HelpPage,
    InputField,
    LocalizedText,
    LoginForm,
    OAuth2,
    Pop3Options,
    Provider,
    Server,
    ServerType,
    SocketType,
    Source,
    Status,
    Webmail,
)
from tests.support.providers import providers
from tests.support.samples import PASSWORD, RICH

IMAP, POP3, SMTP = ServerType.IMAP, ServerType.POP3, ServerType.SMTP
SSL, STARTTLS, PLAIN = SocketType.SSL, SocketType.STARTTLS, SocketType.PLAIN
StructType = TypeVar("StructType", bound=msgspec.Struct)


def server(type: ServerType, socket_type: SocketType = SSL, host: str = "mail.example.com", **fields: Any) -> Server:
    given = {"username": "%EMAILADDRESS%", "authentication": PASSWORD} | fields
    return Server(type=type, hostname=host, socket_type=socket_type, **given)


def provider(*servers: Server, **fields: Any) -> Provider:
    given = {"id": "example.com", "name": "Example", "domains": ("example.com",)} | fields
    return Provider(servers=servers, **given)


def compared(old: Provider, new: Provider) -> tuple[DomainChange, ...]:
    return diff(Catalog([old]), Catalog([new]))


def told(old: Provider, new: Provider) -> list[str]:
    return [sentence for found in compared(old, new) for sentence in sentences(found.changes)]


@dataclass(frozen=True)
class Edit:
    old: Provider
    new: Provider
    says: list[str]


STAY = "people already set up need the old one to stay"
SENT = server(SMTP)
TWICE = (server(IMAP), server(IMAP, STARTTLS))
PAGE, OTHER_PAGE = HelpPage("https://example.com/a"), HelpPage("https://example.com/b")
OAUTH2 = OAuth2(issuer="login.example.com", scopes=("mail", "send"))
WEBMAIL = Webmail(login_page="https://example.com/")
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
        [f"IMAP moves from mail.example.com (TLS 993) to imap.example.com (TLS 9930) ({STAY})"],
    ),
    "host of two servers": Edit(
        provider(*TWICE),
        provider(*(replace(one, hostname="imap.example.com") for one in TWICE)),
        [f"IMAP (TLS 993) and IMAP (STARTTLS 143) move from mail.example.com to imap.example.com ({STAY})"],
    ),
    "host of one of two with the same port": Edit(
        provider(server(IMAP, host="a.example"), server(IMAP, host="b.example")),
        provider(server(IMAP, host="a.example"), server(IMAP, host="c.example")),
        [f"IMAP at b.example (TLS 993) moves from b.example to c.example ({STAY})"],
    ),
    "user name": Edit(
        provider(server(IMAP)),
        provider(server(IMAP, username="%EMAILLOCALPART%")),
        [f"the user name of IMAP is now the part before the @; it was the whole address ({STAY})"],
    ),
    "user name of all servers": Edit(
        provider(server(IMAP), server(POP3), SENT),
        provider(*(replace(one, username="%EMAILDOMAIN%") for one in (server(IMAP), server(POP3), SENT))),
        [f"the user name of IMAP, POP3 and SMTP is now %EMAILDOMAIN%; it was the whole address ({STAY})"],
    ),
    "no user name": Edit(
        provider(server(IMAP)),
        provider(server(IMAP, username=None)),
        [f"the user name of IMAP is now not said; it was the whole address ({STAY})"],
    ),
    "one more method": Edit(
        provider(server(IMAP)),
        provider(server(IMAP, authentication=(Authentication.OAUTH2, *PASSWORD))),
        ["the authentication of IMAP is now OAuth2, else password-cleartext; it was password-cleartext"],
    ),
    "other method": Edit(
        provider(server(IMAP)),
        provider(server(IMAP, authentication=(Authentication.OAUTH2,))),
        [f"the authentication of IMAP is now OAuth2; it was password-cleartext ({STAY})"],
    ),
    "one of two goes": Edit(
        provider(*TWICE),
        provider(server(IMAP)),
        [f"IMAP at mail.example.com (STARTTLS 143) is no longer offered ({STAY})"],
    ),
    "clear text goes": Edit(
        provider(server(IMAP), server(IMAP, PLAIN)),
        provider(server(IMAP)),
        [f"IMAP at mail.example.com (no encryption 143) is no longer offered (safer; {STAY})"],
    ),
    "only clear text is left": Edit(
        provider(server(IMAP), server(IMAP, PLAIN)),
        provider(server(IMAP, PLAIN)),
        [f"IMAP at mail.example.com (TLS 993) is no longer offered (less safe; {STAY})"],
    ),
    "one more": Edit(
        provider(server(IMAP)), provider(server(IMAP), server(POP3)), ["POP3 at mail.example.com (TLS 995) is new"]
    ),
    "one more, first": Edit(
        provider(server(POP3)),
        provider(server(IMAP), server(POP3)),
        ["IMAP at mail.example.com (TLS 993) is new, and preferred over all others"],
    ),
    "the first of its role": Edit(
        provider(server(IMAP)), provider(server(IMAP), SENT), ["SMTP at mail.example.com (TLS 465) is new"]
    ),
    "one more in clear text": Edit(
        provider(server(IMAP)),
        provider(server(IMAP), server(IMAP, PLAIN)),
        ["IMAP at mail.example.com (no encryption 143) is new (less safe)"],
    ),
    "encryption for the first time": Edit(
        provider(server(IMAP, PLAIN)),
        provider(server(IMAP), server(IMAP, PLAIN)),
        ["IMAP at mail.example.com (TLS 993) is new, and preferred over all others (safer)"],
    ),
    "one more in clear text beside another": Edit(
        provider(server(IMAP, PLAIN)),
        provider(server(IMAP, PLAIN), server(IMAP, PLAIN, host="b.example")),
        ["IMAP at b.example (no encryption 143) is new"],
    ),
    "encryption beside another": Edit(
        provider(server(IMAP), server(IMAP, PLAIN)),
        provider(server(IMAP), server(IMAP, PLAIN), server(IMAP, STARTTLS)),
        ["IMAP at mail.example.com (STARTTLS 143) is new"],
    ),
    "user name and preference": Edit(
        provider(server(IMAP, host="a.example"), server(IMAP, host="b.example")),
        provider(server(IMAP, host="b.example", username=None), server(IMAP, host="a.example", username=None)),
        [
            "the user name of IMAP at b.example (TLS 993) and IMAP at a.example (TLS 993) is now not said; "
            f"it was the whole address ({STAY})",
            "IMAP at b.example (TLS 993) is now preferred over IMAP at a.example (TLS 993)",
        ],
    ),
    "host and preference": Edit(
        provider(*TWICE),
        provider(*(replace(one, hostname="imap.example.com") for one in reversed(TWICE))),
        [
            f"IMAP (STARTTLS 143) and IMAP (TLS 993) move from mail.example.com to imap.example.com ({STAY})",
            "IMAP (STARTTLS 143) is now preferred over IMAP (TLS 993) (less safe)",
        ],
    ),
    "ports and preference": Edit(
        provider(*TWICE),
        provider(server(IMAP, STARTTLS, port=1143), server(IMAP, port=9993)),
        [
            f"IMAP moves from STARTTLS 143 to STARTTLS 1143 ({STAY})",
            f"IMAP moves from TLS 993 to TLS 9993 ({STAY})",
            "IMAP (STARTTLS 1143) is now preferred over IMAP (TLS 9993) (less safe)",
        ],
    ),
    "ports, encryption and preference": Edit(
        provider(server(IMAP, host="a.example", port=1), server(IMAP, host="b.example", port=2)),
        provider(server(IMAP, STARTTLS, host="b.example", port=3), server(IMAP, STARTTLS, host="a.example", port=4)),
        [
            f"IMAP moves from TLS 2 to STARTTLS 3 (less safe; {STAY})",
            f"IMAP moves from TLS 1 to STARTTLS 4 (less safe; {STAY})",
            "IMAP (STARTTLS 3) is now preferred over IMAP (STARTTLS 4)",
        ],
    ),
    "preference": Edit(
        provider(server(POP3), server(IMAP)),
        provider(server(IMAP), server(POP3)),
        ["IMAP is now preferred over POP3"],
    ),
    "preference in one type": Edit(
        provider(*TWICE),
        provider(*reversed(TWICE)),
        ["IMAP (STARTTLS 143) is now preferred over IMAP (TLS 993) (less safe)"],
    ),
    "preference behind the first": Edit(
        provider(*TWICE, server(POP3)),
        provider(server(IMAP), server(POP3), server(IMAP, STARTTLS)),
        ["the order of preference is now IMAP (TLS 993), POP3, IMAP (STARTTLS 143)"],
    ),
    "one of two moves": Edit(
        provider(*TWICE),
        provider(server(IMAP), server(IMAP, STARTTLS, port=1143)),
        [f"IMAP moves from STARTTLS 143 to STARTTLS 1143 ({STAY})"],
    ),
    "one of two with the same port moves": Edit(
        provider(server(IMAP, host="a.example"), server(IMAP, host="b.example")),
        provider(server(IMAP, host="a.example"), server(IMAP, STARTTLS, host="b.example")),
        [f"IMAP at b.example (TLS 993) moves from TLS 993 to STARTTLS 143 (less safe; {STAY})"],
    ),
    "url": Edit(
        provider(Server(type=ServerType.CALDAV, url="https://a.example/")),
        provider(Server(type=ServerType.CALDAV, url="https://b.example/")),
        [f"the calendar moves from https://a.example/ to https://b.example/ ({STAY})"],
    ),
    "service": Edit(
        provider(),
        provider(Server(type=ServerType.CARDDAV, url="https://a.example/")),
        ["the address book at https://a.example/ is new"],
    ),
    "a url beside the host name": Edit(
        provider(server(ServerType.XMPP)),
        provider(server(ServerType.XMPP, url="https://a.example/")),
        [f"XMPP moves from mail.example.com (TLS 5223) to mail.example.com (TLS 5223) or https://a.example/ ({STAY})"],
    ),
    "exchange": Edit(
        provider(Server(type=ServerType.EXCHANGE, owa_url="https://a.example/")),
        provider(),
        [f"Exchange at an address of its own is no longer offered ({STAY})"],
    ),
    "a gap is filled": Edit(
        provider(Server(type=IMAP)),
        provider(Server(type=IMAP, hostname="imap.example.com")),
        ["the address of IMAP is now imap.example.com (TLS 993); it was left open"],
    ),
    "a gap goes": Edit(provider(Server(type=IMAP)), provider(), ["IMAP, left open, is no longer offered"]),
    "pop3 options": Edit(
        provider(server(POP3)),
        provider(server(POP3, pop3=Pop3Options(leave_messages_on_server=True, check_interval_minutes=0))),
        [
            "the option to leave mail on the server of POP3 is now yes",
            "the number of minutes between looks for mail of POP3 is now 0",
        ],
    ),
    "name": Edit(
        provider(server(IMAP)),
        provider(server(IMAP), name="Example Mail"),
        ["the name is now Example Mail; it was Example"],
    ),
    "oauth2": Edit(
        provider(),
        provider(oauth2=OAUTH2),
        ["the OAuth2 issuer is now login.example.com", "the OAuth2 scope is now mail, send"],
    ),
    "oauth2 issuer": Edit(
        provider(oauth2=OAUTH2),
        provider(oauth2=replace(OAUTH2, issuer="id.example.com")),
        [f"the OAuth2 issuer is now id.example.com; it was login.example.com ({STAY})"],
    ),
    "webmail": Edit(provider(), provider(webmail=WEBMAIL), ["the address of webmail is now https://example.com/"]),
    "no webmail": Edit(
        provider(webmail=WEBMAIL),
        provider(),
        ["the address of webmail is no longer given; it was https://example.com/"],
    ),
    "webmail's form": Edit(
        provider(webmail=WEBMAIL),
        provider(webmail=replace(WEBMAIL, login_form=LoginForm(url="https://example.com/login"))),
        ["the address of webmail's login form is now https://example.com/login"],
    ),
    "help pages": Edit(
        provider(documentation=(PAGE, OTHER_PAGE)),
        provider(documentation=(OTHER_PAGE, HelpPage("https://example.com/c"))),
        [
            "the help page https://example.com/c is new",
            "the help page https://example.com/a is no longer offered",
        ],
    ),
    "help texts": Edit(
        provider(documentation=(PAGE,)),
        provider(documentation=(replace(PAGE, text=(LocalizedText("en", "How"), LocalizedText("", "So"))),)),
        ["the text of the help page https://example.com/a is now How (en), So"],
    ),
    "order of help pages": Edit(
        provider(documentation=(PAGE, OTHER_PAGE)),
        provider(documentation=(OTHER_PAGE, PAGE)),
        ["the order of help pages is now https://example.com/b, https://example.com/a"],
    ),
    "an instruction without page": Edit(
        provider(),
        provider(instructions=(HelpPage("", (LocalizedText("en", "Ask the desk"),)),)),
        ['the instruction "Ask the desk" is new'],
    ),
    "what is asked": Edit(
        provider(),
        provider(input_fields=(InputField("PIN", "Your PIN", "1234"), InputField("USERNAME", "User name"))),
        ["what people are asked for is now Your PIN (PIN, such as 1234), User name (USERNAME)"],
    ),
    "status": Edit(
        provider(),
        provider(status=Status.UNCONFIRMED),
        ["the status of the settings is now unconfirmed; it was confirmed"],
    ),
    "user name for what DNS names": Edit(
        provider(username="%EMAILADDRESS%"),
        provider(username="%EMAILLOCALPART%"),
        ["the user name is now %EMAILLOCALPART%; it was %EMAILADDRESS%"],
    ),
    "servers, where DNS named them": Edit(
        provider(username="%EMAILADDRESS%"), provider(SENT), ["SMTP at mail.example.com (TLS 465) is new"]
    ),
    "id": Edit(
        provider(server(IMAP)),
        provider(server(IMAP), id="mail.example", name="Mail"),
        ["served by Mail (mail.example) now, not by Example (example.com)"],
    ),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_an_edit_is_told_in_words(edit: Edit) -> None:
    assert told(edit.old, edit.new) == edit.says


def test_a_program_reads_what_is_said_in_words() -> None:
    (found,) = compared(provider(server(IMAP, STARTTLS)), provider(server(IMAP)))
    assert msgspec.json.decode(msgspec.json.encode(found)) == {
        "domains": ["example.com"],
        "mx_domains": [],
        "old": "example.com",
        "new": "example.com",
        "changes": [
            {
                "kind": "moved",
                "field": "servers[0]",
                "server": "IMAP",
                "old": "STARTTLS 143",
                "new": "TLS 993",
                "effects": ["safer", "old-must-stay"],
            }
        ],
    }


def test_servers_whose_change_means_something_else_are_told_apart() -> None:
    one = Change(kind=Kind.MOVED, field="servers[0]", server="IMAP", old="a.example", new="b.example")
    other = replace(one, server="SMTP", effects=(Effect.LESS_SAFE,))
    assert list(sentences((one, other))) == [
        "IMAP moves from a.example to b.example",
        "SMTP moves from a.example to b.example (less safe)",
    ]


def test_domains_that_change_alike_are_told_once() -> None:
    old = provider(server(IMAP, STARTTLS), domains=("example.org", "example.com", "example.net"))
    (found,) = compared(old, replace(old, servers=(server(IMAP),)))
    assert found.domains == ("example.com", "example.net", "example.org")


@pytest.mark.parametrize(
    ("domains", "mx_domains", "said"),
    [
        (("b.example",), (), "b.example"),
        (("a.example", "b.example"), (), "a.example and b.example"),
        (("a.example", "b.example", "c.example"), (), "a.example, b.example and c.example"),
        (("a.example", "b.example", "c.example", "d.example"), (), "a.example and 3 other domains"),
        (("a.example", "b.example", "c.example", "z.example"), (), "z.example and 3 other domains"),
        (("a.example",), ("mx.example",), "a.example; domains with MX hosts of mx.example"),
        ((), ("mx.example",), "domains with MX hosts of mx.example"),
        ((), (), "z.example"),
    ],
)
def test_a_heading_names_the_domains(domains: tuple[str, ...], mx_domains: tuple[str, ...], said: str) -> None:
    assert heading(DomainChange(domains, mx_domains, None, "z.example", ())) == said


def test_domains_come_go_and_move() -> None:
    one, two = provider(domains=("a.example", "b.example")), provider(id="two", name="Two", domains=("c.example",))
    moved = replace(two, domains=("c.example", "b.example", "d.example"))
    found = diff(Catalog([one, two]), Catalog([moved]))
    assert [(change.domains, change.old, change.new, list(sentences(change.changes))) for change in found] == [
        (("a.example",), "example.com", None, ["no longer served by Example (example.com)"]),
        (("b.example",), "example.com", "two", ["served by Two (two) now, not by Example (example.com)"]),
        (("d.example",), None, "two", ["served by Two (two) now"]),
    ]


def test_a_domain_that_moves_is_told_what_is_otherwise_there() -> None:
    one = provider(server(IMAP), domains=("a.example", "b.example"))
    two = provider(server(IMAP, host="imap.two.example"), id="two", name="Two", domains=("b.example",))
    (found,) = diff(Catalog([one]), Catalog([replace(one, domains=("a.example",)), two]))
    assert found.domains == ("b.example",)
    assert list(sentences(found.changes)) == [
        "served by Two (two) now, not by Example (example.com)",
        f"IMAP moves from mail.example.com to imap.two.example ({STAY})",
    ]


def test_a_change_does_not_depend_on_the_order_of_definitions() -> None:
    one = provider(server(IMAP))
    two = provider(server(IMAP), id="two", domains=("b.example", "a.example"))
    edited = [replace(one, servers=()), replace(two, servers=(), domains=("a.example", "b.example"))]
    assert diff(Catalog([one, two]), Catalog(edited)) == diff(Catalog([two, one]), Catalog(edited[::-1]))


def test_customers_that_are_found_by_mx_are_people_too() -> None:
    (found,) = compared(provider(), provider(mx_domains=("mx.example.com",)))
    assert (found.domains, found.mx_domains) == ((), ("mx.example.com",))
    assert found.changes[0].kind is Kind.SERVED


def test_domains_in_a_file_are_compared_as_those_in_the_definition(tmp_path: Path) -> None:
    old, new = provider(server(IMAP, STARTTLS)), provider(server(IMAP), domains_file="customers.txt")
    for name, one, domains in (("old", old, ""), ("new", new, "b.example\na.example\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "customers.txt").write_text(domains)
        (tmp_path / name / "example.com.yaml").write_bytes(write(one))
    found = diff(load(tmp_path / "old"), load(tmp_path / "new"))
    assert [(change.domains, change.changes[0].kind) for change in found] == [
        (("a.example", "b.example"), Kind.SERVED),
        (("example.com",), Kind.MOVED),
    ]


def test_the_name_of_a_file_of_domains_concerns_nobody(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text("a.example\n")
        (tmp_path / name / "example.com.yaml").write_bytes(write(provider(SENT, domains_file=f"{name}.txt")))
    assert diff(load(tmp_path / "old"), load(tmp_path / "new")) == ()


def test_a_provider_without_domains_is_compared_by_its_id() -> None:
    (found,) = compared(provider(server(IMAP), domains=()), provider(server(IMAP, PLAIN), domains=()))
    assert heading(found) == "example.com"
    assert found.changes[0].effects == (Effect.LESS_SAFE, Effect.OLD_MUST_STAY)


def test_sources_concern_nobody() -> None:
    assert compared(provider(), provider(sources=(Source("https://example.com/", "2026-03"),))) == ()


def test_many_servers_of_one_type_take_linear_time() -> None:
    old = provider(*(server(IMAP, host=f"a{number}.example") for number in range(20_000)))
    new = provider(*(server(IMAP, host=f"b{number}.example") for number in range(20_000)))
    (found,) = compared(old, new)
    assert len(found.changes) == 20_000


def test_the_bundled_definitions_do_not_differ_from_themselves() -> None:
    assert diff(bundled(), Catalog(bundled().providers)) == ()


@given(providers())
def test_nothing_differs_from_itself(subject: Provider) -> None:
    again = msgspec.convert(msgspec.to_builtins(subject), Provider)
    assert compared(subject, again) == ()


def otherwise(value: object) -> Iterator[Any]:
    """A value with one thing changed in it, in each of the possible ways."""
    match value:
        case bool():
            yield not value
        case Enum():
            members = list(type(value))
            yield members[members.index(value) - 1]
        case str():
            yield f"{value}x"
        case int():
            yield value + 1
        case tuple():
            for index, item in enumerate(value):
                yield value[:index] + value[index + 1 :]
                for changed in otherwise(item):
                    yield (*value[:index], changed, *value[index + 1 :])
            yield value[::-1]
        case msgspec.Struct():
            yield from mutations(value)


def mutations(struct: StructType, ignored: frozenset[str] = frozenset()) -> Iterator[StructType]:
    for field in struct.__struct_fields__:
        if field not in ignored:
            for value in otherwise(getattr(struct, field)):
                yield replace(struct, **{field: value})


def said(value: object) -> object:
    """A provider without structs that say nothing."""
    if isinstance(value, dict):
        return {key: said(part) for key, part in value.items() if said(part) not in (None, {}, [])}
    return [said(part) for part in value] if isinstance(value, list) else value


UNHEARD = frozenset({"domains", "mx_domains", "sources"})
IN_GAPS_ONLY = frozenset({"username", "authentication"})


@given(providers() | st.just(RICH), st.data())
def test_each_change_is_told_for_each_domain(subject: Provider, data: st.DataObject) -> None:
    changed = data.draw(st.sampled_from([*mutations(subject, UNHEARD | (IN_GAPS_ONLY if subject.servers else set()))]))
    assume(said(msgspec.to_builtins(changed)) != said(msgspec.to_builtins(subject)))
    for one, other in ((subject, changed), (changed, subject)):
        found = compared(one, other)
        assert sorted(domain for change in found for domain in change.domains) == sorted(set(subject.domains))
        assert found
        assert all(sentence for change in found for sentence in sentences(change.changes))


def test_a_domain_that_comes_or_goes_is_named() -> None:
    (gone,) = compared(RICH, replace(RICH, domains=RICH.domains[1:]))
    (come,) = compared(replace(RICH, domains=RICH.domains[1:]), RICH)
    assert gone.domains == come.domains == RICH.domains[:1]
