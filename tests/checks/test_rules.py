"""Every rule: a provider in which it speaks, and one like it in which it is quiet."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from autoconfig.checks import BY_ID, lint_provider
from autoconfig.checks.table import DEAD_PAGE, INVALID_DEFINITION, UNUSED_SUPPRESSION
from autoconfig.model import (
    Authentication,
    HelpPage,
    InputField,
    Provider,
    Server,
    ServerType,
    SocketType,
    Source,
    Status,
    Webmail,
)

TODAY = date(2026, 6, 15)
IMAP, POP3, SMTP = ServerType.IMAP, ServerType.POP3, ServerType.SMTP
STARTTLS, PLAIN = SocketType.STARTTLS, SocketType.PLAIN
OAUTH2, PASSWORD = Authentication.OAUTH2, Authentication.PASSWORD_CLEARTEXT


def server(type: ServerType, hostname: str | None = None, **fields: Any) -> Server:
    fields = {"authentication": (PASSWORD,), "username": "%EMAILADDRESS%", **fields}
    return Server(type=type, hostname=hostname or f"{type}.example.com", **fields)


SOUND = (server(IMAP), server(SMTP))


def provider(*servers: Server, **fields: Any) -> Provider:
    """A provider that no rule has a word about, but for what is given."""
    facts = {
        "id": "example.com",
        "name": "Example",
        "domains": ("example.com",),
        "sources": (Source("https://example.com/help", "2026-03"),),
    }
    return Provider(**{**facts, "servers": servers or SOUND, **fields})


def with_pages(url: str) -> Provider:
    return provider(documentation=(HelpPage(url),))


def checked(*dates: str) -> Provider:
    return provider(sources=tuple(Source("https://example.com/help", date) for date in dates))


Case = tuple[str, Provider, str]
SPEAKS: list[Case] = [
    ("cleartext", provider(server(IMAP, socket_type=PLAIN), server(SMTP)), "servers[0].socket_type"),
    ("cleartext", provider(server(IMAP), server(IMAP, socket_type=PLAIN), server(SMTP)), "servers[1].socket_type"),
    ("starttls-only", provider(server(IMAP), server(SMTP, socket_type=STARTTLS)), "servers[1].socket_type"),
    ("port-mismatch", provider(server(IMAP, port=143), server(SMTP)), "servers[0].port"),
    ("port-mismatch", provider(*SOUND, server(SMTP, port=587)), "servers[2].port"),
    ("port-mismatch", provider(*SOUND, server(SMTP, port=465, socket_type=STARTTLS)), "servers[2].port"),
    ("port-mismatch", provider(*SOUND, server(POP3, port=993)), "servers[1].port"),
    ("relay-port", provider(*SOUND, server(SMTP, port=25, socket_type=STARTTLS)), "servers[2].port"),
    ("unencrypted-url", provider(*SOUND, Server(type=ServerType.CALDAV, url="http://example.com/")), "servers[2].url"),
    ("ip-address", provider(server(IMAP, "192.0.2.1"), server(SMTP)), "servers[0].hostname"),
    ("ip-address", provider(server(IMAP), server(SMTP, "2001:db8::1")), "servers[1].hostname"),
    ("foreign-host", provider(server(IMAP, "imap.example.net"), server(SMTP)), "servers[0].hostname"),
    (
        "foreign-host",
        provider(server(IMAP, "imap.other.co.uk"), server(SMTP), id="example.co.uk"),
        "servers[0].hostname",
    ),
    ("duplicate-server", provider(server(IMAP), server(IMAP, "IMAP.example.com"), server(SMTP)), "servers[1]"),
    ("broken-placeholder", provider(server(IMAP, username="%EMAILADDRESS"), server(SMTP)), "servers[0].username"),
    ("broken-placeholder", provider(server(IMAP, username="%LOGIN%"), server(SMTP)), "servers[0].username"),
    (
        "no-password-fallback",
        provider(server(IMAP, authentication=(OAUTH2,)), server(SMTP)),
        "servers[0].authentication",
    ),
    (
        "no-password-fallback",
        provider(server(IMAP), server(SMTP, authentication=(Authentication.SASL_SCRAM_SHA_256,))),
        "servers[1].authentication",
    ),
    ("no-imap", provider(server(POP3), server(SMTP)), "servers[0]"),
    ("no-incoming-server", provider(server(SMTP)), "servers"),
    ("no-outgoing-server", provider(server(IMAP)), "servers"),
    ("name-too-long", provider(name="x" * 61), "name"),
    ("name-too-long", provider(short_name="x" * 21), "short_name"),
    ("name-long", provider(name="x" * 31), "name"),
    ("name-long", provider(short_name="x" * 13), "short_name"),
    ("unsorted-domains", provider(domains=("example.com", "b.example", "c.example", "a.example")), "domains[3]"),
    ("http-page", with_pages("http://example.com/help"), "documentation[0].url"),
    ("http-page", provider(webmail=Webmail(login_page="http://example.com/")), "webmail"),
    ("no-sources", provider(sources=()), "sources"),
    ("old-sources", checked("2020-01", "2024-05"), "sources[1].checked"),
    ("old-sources", checked("2024-06-14"), "sources[0].checked"),
    ("unconfirmed", provider(status=Status.UNCONFIRMED), "status"),
]
QUIET: list[tuple[str, Provider]] = [
    ("cleartext", provider()),
    ("starttls-only", provider(server(IMAP), server(SMTP), server(SMTP, socket_type=STARTTLS))),
    ("starttls-only", provider(*SOUND, server(ServerType.MANAGESIEVE))),
    ("port-mismatch", provider(server(IMAP, port=10993), server(SMTP, port=587, socket_type=STARTTLS))),
    ("relay-port", provider()),
    ("unencrypted-url", provider(*SOUND, Server(type=ServerType.CALDAV, url="HTTPS://example.com/"))),
    ("ip-address", provider()),
    ("foreign-host", provider(server(IMAP, "imap.example.net"), server(SMTP), mx_domains=("mx.example.net",))),
    ("foreign-host", provider(server(IMAP, "%EMAILDOMAIN%"), server(SMTP))),
    ("foreign-host", provider(server(IMAP, "imap.x.example.co.uk"), server(SMTP), domains=("*.example.co.uk",))),
    ("duplicate-server", provider(server(IMAP), server(IMAP, socket_type=STARTTLS), server(SMTP))),
    ("broken-placeholder", provider(server(IMAP, username="%EMAILLOCALPART%.%EMAILDOMAIN%"), server(SMTP))),
    (
        "broken-placeholder",
        provider(server(IMAP, username="%LOGIN%"), server(SMTP), input_fields=(InputField("LOGIN", "Login"),)),
    ),
    ("no-password-fallback", provider(server(IMAP, authentication=(OAUTH2, PASSWORD)), server(SMTP))),
    ("no-password-fallback", provider(server(IMAP, "imap.gmail.com", authentication=(OAUTH2,)), server(SMTP))),
    ("no-imap", provider(server(IMAP), server(POP3), server(SMTP))),
    ("no-imap", provider(Server(type=IMAP), server(POP3), server(SMTP))),
    ("no-incoming-server", provider(Server(type=IMAP), server(SMTP))),
    ("no-incoming-server", Provider(id="example.com", name="For DNS to fill")),
    ("no-outgoing-server", provider(server(IMAP), Server(type=SMTP))),
    ("name-too-long", provider(name="x" * 60, short_name="x" * 20)),
    ("name-long", provider(name="x" * 30, short_name="x" * 12)),
    ("unsorted-domains", provider(domains=("example.com", "a.example", "b.example"))),
    ("http-page", with_pages("https://example.com/help")),
    ("no-sources", provider()),
    ("old-sources", checked("2020-01", "2024-06")),
    ("old-sources", checked("2024-06-15")),
    ("unconfirmed", provider()),
]
BY_THE_LINTER = {rule.id for rule in (INVALID_DEFINITION, DEAD_PAGE, UNUSED_SUPPRESSION)}


def fields(rule: str, subject: Provider) -> list[str]:
    return [hit.field for found, hit in lint_provider(subject, today=TODAY) if found.id == rule]


def names(case: Any) -> str:
    return case if isinstance(case, str) else ""


@pytest.mark.parametrize(("rule", "subject", "field"), SPEAKS, ids=names)
def test_a_rule_speaks(rule: str, subject: Provider, field: str) -> None:
    assert fields(rule, subject) == [field]


@pytest.mark.parametrize(("rule", "subject"), QUIET, ids=names)
def test_a_rule_is_quiet(rule: str, subject: Provider) -> None:
    assert fields(rule, subject) == []


@pytest.mark.parametrize("list_of_cases", [SPEAKS, QUIET])
def test_no_rule_is_without_a_case(list_of_cases: list[Any]) -> None:
    assert {case[0] for case in list_of_cases} == set(BY_ID) - BY_THE_LINTER


def test_a_sound_provider_is_passed_over_in_silence() -> None:
    assert list(lint_provider(provider(), today=TODAY)) == []


def test_a_rule_tells_its_source_and_its_remedy() -> None:
    assert [rule.id for rule in BY_ID.values() if not (rule.text and rule.source and rule.remedy)] == []
