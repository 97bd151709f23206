"""What is doubtful about a configuration, and what a person must be shown."""

from __future__ import annotations

import msgspec
import pytest

from autoconfig.address import Address
from autoconfig.discovery.judgement import disagreements, findings, missing_part, to_confirm
from autoconfig.discovery.results import Candidate, FindingKind, Trust
from autoconfig.discovery.trust import Verdict, of_records, of_urls, weakest
from autoconfig.model import Authentication, OAuth2, Provider, Server, ServerType, SocketType, Status
from tests.support.samples import BARE

JAN = Address("jan", "example.com")
PASSWORD = (Authentication.PASSWORD_CLEARTEXT,)


def kinds(provider: Provider, *asked: str) -> list[FindingKind]:
    return [finding.kind for finding in findings(provider, JAN, asked or ("example.com",))]


def with_server(**fields: object) -> Provider:
    first = msgspec.structs.replace(BARE.servers[0], **fields)
    return msgspec.structs.replace(BARE, servers=(first, *BARE.servers[1:]))


def test_a_provider_that_is_in_order_has_no_findings() -> None:
    assert kinds(BARE) == []
    assert to_confirm(BARE, JAN) == ()


def test_a_domain_that_is_not_listed_is_found() -> None:
    assert kinds(BARE, "example.org") == [FindingKind.DOMAIN_NOT_LISTED]


@pytest.mark.parametrize("domains", [(), ("*.example.org",), ("mx.example.org", "example.net")])
def test_a_domain_is_listed_by_name_by_wildcard_or_as_any_of_those_asked(domains: tuple[str, ...]) -> None:
    assert kinds(msgspec.structs.replace(BARE, domains=domains), "a.example.org", "mx.example.org") == []


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"hostname": "imap.%EMAILDOMAIN%"}, FindingKind.PLACEHOLDER_IN_HOST),
        ({"hostname": "192.0.2.1"}, FindingKind.IP_ADDRESS_AS_HOST),
        ({"socket_type": SocketType.PLAIN}, FindingKind.PLAIN_TEXT_PASSWORD),
        ({"socket_type": SocketType.PLAIN, "authentication": ()}, FindingKind.PLAIN_TEXT_PASSWORD),
        ({"username": "%EMAILADDRESS"}, FindingKind.BROKEN_PLACEHOLDER),
        ({"hostname": "imap.example.net"}, FindingKind.OFF_DOMAIN),
    ],
)
def test_a_doubtful_server_is_found(fields: dict[str, object], kind: FindingKind) -> None:
    assert kinds(with_server(**fields)) == [kind]


def test_a_password_that_is_not_readable_may_go_over_a_plain_connection() -> None:
    server = {"socket_type": SocketType.PLAIN, "authentication": (Authentication.PASSWORD_ENCRYPTED,)}
    assert kinds(with_server(**server)) == []


def test_an_unsure_author_is_a_finding() -> None:
    assert kinds(msgspec.structs.replace(BARE, status=Status.UNCONFIRMED)) == [FindingKind.UNCONFIRMED]


def test_foreign_hosts_of_every_kind_are_to_be_confirmed_once() -> None:
    provider = msgspec.structs.replace(
        BARE,
        servers=(
            Server(type=ServerType.IMAP, hostname="imap.mail.evil.co.uk"),
            Server(type=ServerType.SMTP, hostname="smtp.evil.co.uk"),
            Server(type=ServerType.POP3, hostname="192.0.2.1"),
            Server(type=ServerType.CALDAV, url="https://dav.other.test/x"),
            Server(type=ServerType.CARDDAV, url="https://[broken/"),
        ),
        oauth2=OAuth2(auth_url="https://login.elsewhere.test/auth", token_url="https://login.example.com/token"),
    )
    assert to_confirm(provider, JAN) == ("evil.co.uk", "192.0.2.1", "other.test", "elsewhere.test")


def test_a_finding_names_the_field() -> None:
    server = Server(type=ServerType.CALDAV, url="https://dav.other.test/", username="%EMAILADDRESS%")
    provider = msgspec.structs.replace(BARE, servers=(*BARE.servers, server))
    assert [finding.field for finding in findings(provider, JAN, ("example.com",))] == ["servers[2].url"]


def test_an_account_needs_both_ways() -> None:
    imap, smtp = BARE.servers
    jmap = Server(type=ServerType.JMAP, url="https://example.com/jmap")
    assert missing_part(BARE) is None
    assert missing_part(msgspec.structs.replace(BARE, servers=(jmap,))) is None
    assert missing_part(msgspec.structs.replace(BARE, servers=(imap,))) == "outgoing server"
    assert missing_part(msgspec.structs.replace(BARE, servers=(smtp,))) == "incoming server"


def candidate(provider: Provider, source: str) -> Candidate:
    return Candidate(provider=provider, source=source, trust=Trust.SECURE, reasons=())


def test_a_disagreement_says_who_says_what() -> None:
    other = with_server(port=143, socket_type=SocketType.STARTTLS)
    warnings = list(disagreements([candidate(BARE, "a"), candidate(BARE, "b"), candidate(other, "c")]))
    assert len(warnings) == 1
    assert "a says imap imap.example.com:993 SSL" in warnings[0]
    assert "c says imap imap.example.com:143 STARTTLS" in warnings[0]


@pytest.mark.parametrize(
    ("urls", "trust"),
    [
        (["https://autoconfig.example.com/"], Trust.SECURE),
        (["https://example.com/", "https://www.example.com/"], Trust.SECURE),
        (["https://example.com/", "https://hoster.test/"], Trust.THIRD_PARTY),
        (["https://example.com/", "https://hoster.test/", "https://example.com/"], Trust.THIRD_PARTY),
        (["https://192.0.2.1/"], Trust.THIRD_PARTY),
        (["http://autoconfig.example.com/"], Trust.INSECURE),
        (["http://autoconfig.example.com/", "https://example.com/"], Trust.INSECURE),
    ],
)
def test_the_way_of_a_document_decides_its_trust(urls: list[str], trust: Trust) -> None:
    verdict = of_urls(urls, "example.com")
    assert verdict.trust is trust
    assert verdict.reasons


def test_a_chain_is_as_weak_as_its_weakest_link() -> None:
    links = [of_urls(["https://example.com/"], "example.com"), of_records("TXT of example.com", secure=False)]
    assert weakest(links) == Verdict(Trust.INSECURE, links[1].reasons)
    assert of_records("x", secure=True).trust is Trust.SECURE
