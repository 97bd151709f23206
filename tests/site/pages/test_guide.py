"""What a page recommends of a provider, and what it warns of."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from autoconfig import bundled
from autoconfig.model import (
    Authentication,
    HelpPage,
    InputField,
    LoginForm,
    Provider,
    Server,
    ServerType,
    SocketType,
    Webmail,
)
from autoconfig.site.pages.guide import guide, sign_in
from tests.support.samples import ADDRESS, BARE, PASSWORD

IMAP, POP3, SMTP = ServerType.IMAP, ServerType.POP3, ServerType.SMTP
OAUTH2 = (Authentication.OAUTH2,)


def _server(type: ServerType, socket_type: SocketType = SocketType.SSL, restriction: str | None = None) -> Server:
    return Server(
        type=type,
        hostname=f"{type}.example.com",
        socket_type=socket_type,
        username=ADDRESS,
        authentication=PASSWORD,
        restriction=restriction,
    )


def _provider(*servers: Server) -> Provider:
    return replace(BARE, servers=servers)


def test_imap_is_recommended_even_where_pop3_stands_first() -> None:
    about = guide(_provider(_server(POP3), _server(IMAP), _server(SMTP)))
    assert about.account == "IMAP"
    assert about.recommended == (_server(IMAP), _server(SMTP))
    assert about.pop3 == _server(POP3)


def test_pop3_is_recommended_where_there_is_nothing_else() -> None:
    about = guide(_provider(_server(POP3), _server(SMTP)))
    assert (about.account, about.recommended) == ("POP3", (_server(POP3), _server(SMTP)))


def test_the_first_server_that_encrypts_and_is_open_to_all_comes_before_the_others() -> None:
    plain = _server(IMAP, SocketType.PLAIN)
    at_home = _server(IMAP, restriction="client-IP-address")
    starttls = _server(IMAP, SocketType.STARTTLS)
    about = guide(_provider(plain, at_home, starttls, _server(IMAP), _server(SMTP)))
    assert about.imap == starttls
    assert about.alternatives == (plain, at_home, _server(IMAP))
    assert guide(_provider(plain, at_home)).imap == at_home


def test_an_account_without_encryption_is_told() -> None:
    assert guide(BARE).is_encrypted
    assert not guide(_provider(_server(IMAP), _server(SMTP, SocketType.PLAIN))).is_encrypted


@pytest.mark.parametrize(
    ("type", "account"),
    [
        (ServerType.JMAP, "JMAP"),
        (ServerType.EWS, "Exchange"),
        (ServerType.ACTIVESYNC, "Exchange"),
        (ServerType.GRAPH, "Exchange"),
    ],
)
def test_a_provider_without_imap_and_pop3_has_another_kind_of_account(type: ServerType, account: str) -> None:
    only = Server(type=type, url="https://mail.example.com/", username=ADDRESS, authentication=OAUTH2)
    about = guide(_provider(only))
    assert (about.account, about.recommended, about.profile) == (account, (only,), None)


@pytest.mark.parametrize(
    ("methods", "login"),
    [
        (PASSWORD, "password"),
        ((), "password"),
        (OAUTH2, "oauth2"),
        (OAUTH2 + PASSWORD, "either"),
        ((Authentication.SASL_XOAUTH2,), "oauth2"),
        ((Authentication.SASL_SCRAM_SHA_256,), "password"),
        ((Authentication.HTTP_BASIC,), "password"),
        ((Authentication.GSSAPI, Authentication.SASL_EXTERNAL), "other"),
    ],
)
def test_how_to_sign_in(methods: tuple[Authentication, ...], login: str) -> None:
    assert guide(_provider(replace(_server(IMAP), authentication=methods))).login == login


def test_ways_to_sign_in_that_people_need_not_tell_apart_are_one() -> None:
    methods = [method for method in Authentication if method.startswith("SASL") or method in PASSWORD]
    assert sign_in(replace(_server(IMAP), authentication=tuple(methods))) == (
        Authentication.PASSWORD_CLEARTEXT,
        Authentication.PASSWORD_ENCRYPTED,
        Authentication.TLS_CLIENT_CERT,
        Authentication.OAUTH2,
    )


def test_the_profile_is_that_of_the_first_domain_that_is_no_wildcard() -> None:
    about = guide(replace(BARE, domains=("*.example.org", "example.net", "example.com")))
    assert about.profile == "https://autoconfig.example.net/example.net.mobileconfig"
    assert about.profile_host == "autoconfig.example.net"
    assert guide(replace(BARE, domains=("*.example.org",))).profile is None


def test_there_is_no_profile_where_it_could_set_up_no_mail() -> None:
    calendar = Server(type=ServerType.CALDAV, url="https://dav.example.com/", authentication=PASSWORD)
    servers = [replace(server, authentication=OAUTH2) for server in BARE.servers]
    assert guide(_provider(*servers, calendar)).profile is None
    assert guide(_provider(*BARE.servers, calendar)).profile is not None


def test_outlook_com_and_xs4all_as_bundled() -> None:
    outlook, xs4all = (guide(bundled().with_id(id)[0]) for id in ("outlook.com", "xs4all.nl"))
    assert (outlook.login, outlook.profile, outlook.endings) == ("oauth2", None, ("office365.com", "outlook.com"))
    assert (xs4all.login, xs4all.endings) == ("password", ("kpnmail.nl",))
    assert {server.socket_type for server in xs4all.alternatives} == {SocketType.STARTTLS}


def test_placeholders_get_an_example() -> None:
    about = guide(BARE)
    assert about.sample("%EMAILLOCALPART%.%EMAILDOMAIN%") == "name.example.com"
    asked = replace(BARE, input_fields=(InputField("NUMBER", "Customer number", "12345"), InputField("X", "Site")))
    assert guide(asked).sample("%NUMBER%-%X%") == "12345-(Site)"


def test_the_domain_is_filled_in_where_there_is_only_one() -> None:
    host = replace(_server(IMAP), hostname="mail.%EMAILDOMAIN%")
    one = guide(replace(_provider(host), name="%EMAILDOMAIN% Mail"))
    two = guide(replace(_provider(host), name="%EMAILDOMAIN% Mail", domains=("example.com", "example.net")))
    assert one.imap is not None and two.imap is not None
    assert (one.name, one.imap.hostname) == ("example.com Mail", "mail.example.com")
    assert (two.name, two.imap.hostname) == ("example.com Mail", "mail.%EMAILDOMAIN%")


def test_internationalized_domains_are_shown_as_people_write_them() -> None:
    about = guide(replace(BARE, domains=("xn--bcher-kva.example",)))
    assert about.domains == ("bücher.example",)
    assert about.profile == "https://autoconfig.xn--bcher-kva.example/xn--bcher-kva.example.mobileconfig"


def test_very_many_domains_are_counted_and_not_listed() -> None:
    about = guide(replace(BARE, domains=tuple(f"d{number}.example" for number in range(1234))))
    assert len(about.domains) + about.uncounted_domains == 1234
    assert about.domains == about.first_domains + about.more_domains
    assert about.uncounted_domains > 0


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript://example.com/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "https://user@example.com/",
        "https://mail.%EMAILDOMAIN%.example/",
        "https://[",
        "//example.com/",
        "https:",
    ],
)
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    domains = ("example.com", "example.net")
    provider = replace(BARE, domains=domains, documentation=(HelpPage(url),), webmail=Webmail(login_page=url))
    assert guide(provider).webmail is None
    assert guide(provider).help == ()


def test_webmail_leads_to_the_login_form_where_no_page_is_named() -> None:
    form = LoginForm(url="https://webmail.example.com/login")
    assert guide(replace(BARE, webmail=Webmail(login_form=form))).webmail == form.url
