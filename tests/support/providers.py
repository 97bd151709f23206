"""Hypothesis strategies for whatever a definition can say: `providers()` and its parts.

Text is of any script, without control characters and with single spaces, as every reader leaves it.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

from hypothesis import strategies as st

from autoconfig.address import broken_placeholders
from autoconfig.model import (
    DEFAULT_AUTHENTICATION,
    DEFAULT_USERNAME,
    TCP_TYPES,
    URL_TYPES,
    Authentication,
    FormField,
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

Item = TypeVar("Item")

_CHARACTERS = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
_ODD_TEXTS = (
    "no",
    "null",
    "~",
    "1e3",
    "0x10",
    "1:30",
    "2026-03-01",
    "<<",
    "- a",
    "a: b",
    "a #b",
    '"',
    "'",
    "\u2028",
    "東京",
)


def texts(longest: int = 30) -> st.SearchStrategy[str]:
    """Text that is not empty, with single spaces."""
    anything = st.text(_CHARACTERS, min_size=1, max_size=longest).map(_tidy)
    return (anything | st.sampled_from(_ODD_TEXTS)).filter(lambda text: text and not broken_placeholders(text))


def _tidy(text: str) -> str:
    return re.sub(" +", " ", text).strip(" ")


def long_texts() -> st.SearchStrategy[str]:
    """Sentences, which may be too long for a line."""
    return st.lists(texts(12), min_size=1, max_size=30).map(" ".join).filter(lambda text: not broken_placeholders(text))


def names() -> st.SearchStrategy[str]:
    return texts() | st.just("%EMAILDOMAIN%") | st.just("KPN E-mail")


_LABELS = st.text("abcxyz019-", min_size=1, max_size=8).map(lambda text: text.strip("-") or "a")
_TOP_LABELS = st.sampled_from(["com", "nl", "ne.jp", "co.uk", "xn--p1ai", "example"])


def ids() -> st.SearchStrategy[str]:
    """What may name a file, in mixed case; some look like numbers to YAML."""
    return st.text("abcXYZ019._-", min_size=1, max_size=12).map(lambda text: text.lstrip("._-") or "0x1")


def domains() -> st.SearchStrategy[str]:
    """Domains as A-labels, a few with a wildcard."""
    return mx_domains() | mx_domains().map("*.{}".format)


def mx_domains() -> st.SearchStrategy[str]:
    """Domains as A-labels."""
    return st.builds("{}.{}".format, _LABELS, _TOP_LABELS)


def hosts() -> st.SearchStrategy[str]:
    """What names a server: host names, placeholders and IP addresses."""
    odd = st.sampled_from(
        ["%EMAILDOMAIN%", "mail.%EMAILDOMAIN%", "192.0.2.1", "2001:db8::1", "::1", "IMAP.Example.COM"]
    )
    return st.builds("{}.{}".format, _LABELS, _TOP_LABELS) | odd


def urls() -> st.SearchStrategy[str]:
    paths = st.sampled_from(
        ["", "/", "/a/b?c=d,e&f=[g]", "/?user=%EMAILADDRESS%", "/caf%C3%A9%20%AB%CD", "/#/'é'", ":8443/"]
    )
    web_hosts = st.builds("{}.{}".format, _LABELS, _TOP_LABELS) | st.sampled_from(["login.%EMAILDOMAIN%", "[::1]"])
    return st.builds("{}://{}{}".format, st.sampled_from(["https", "http"]), web_hosts, paths)


def usernames() -> st.SearchStrategy[str]:
    usual = st.sampled_from([DEFAULT_USERNAME, "%EMAILLOCALPART%", "%EMAILLOCALPART%.%EMAILDOMAIN%", "%USERNAME%@isp"])
    return usual | texts().filter(lambda text: "%" not in text)


def authentications() -> st.SearchStrategy[tuple[Authentication, ...]]:
    """Any methods in any order, and most often the default."""
    return st.just(DEFAULT_AUTHENTICATION) | _tuples(st.sampled_from(Authentication))


def _tuples(
    item: st.SearchStrategy[Item], longest: int = 3, *, shortest: int = 0
) -> st.SearchStrategy[tuple[Item, ...]]:
    return st.lists(item, min_size=shortest, max_size=longest).map(tuple)


def _maybe(strategy: st.SearchStrategy[Item]) -> st.SearchStrategy[Item | None]:
    return st.none() | strategy


_FLAGS = st.sampled_from([None, None, True, False])
_POP3_OPTIONS = st.builds(
    Pop3Options,
    leave_messages_on_server=_FLAGS,
    download_on_biff=_FLAGS,
    days_to_leave_messages_on_server=_maybe(st.integers(0, 365)),
    check_interval_minutes=_maybe(st.integers(0, 1440)),
)


def servers(*, gaps: bool = True) -> st.SearchStrategy[Server]:
    """A server of any type with the fields that the type takes; with `gaps`, perhaps without host name and URL."""
    return st.one_of([_servers_of(type, gaps) for type in ServerType])


def _servers_of(type: ServerType, gaps: bool) -> st.SearchStrategy[Server]:
    hostname = hosts() if type in TCP_TYPES else st.none()
    url = urls() if type in URL_TYPES else st.none()
    ways: list[tuple[st.SearchStrategy[str | None], st.SearchStrategy[str | None]]] = [(hostname, url)]
    if type in TCP_TYPES & URL_TYPES:
        ways += [(hostname, st.none()), (st.none(), url)]
    if gaps:
        ways.append((st.none(), st.none()))
    exchange_url = _maybe(urls()) if type is ServerType.EXCHANGE else st.none()
    return st.one_of(
        [
            st.builds(
                Server,
                type=st.just(type),
                hostname=hostname,
                port=_maybe(st.integers(1, 65535)) if type in TCP_TYPES else st.none(),
                socket_type=_maybe(st.sampled_from(SocketType)) if type in TCP_TYPES else st.none(),
                url=url,
                username=_maybe(usernames()) | st.just(DEFAULT_USERNAME),
                authentication=authentications(),
                pop3=_maybe(_POP3_OPTIONS) if type is ServerType.POP3 else st.none(),
                restriction=st.sampled_from([None, None, "client-IP-address"]),
                add_this_server=_FLAGS,
                use_global_preferred_server=_FLAGS,
                owa_url=exchange_url,
                ews_url=exchange_url,
                eas_url=exchange_url,
            )
            for hostname, url in ways
        ]
    )


def languages() -> st.SearchStrategy[str]:
    return st.sampled_from(["", "en", "nl", "no", "pt-BR", "zh-Hant-TW", "y"])


def help_pages(*, without_url: bool = False) -> st.SearchStrategy[HelpPage]:
    """A page about something; a language may come twice."""
    text = st.builds(LocalizedText, languages(), long_texts())
    pages = st.builds(HelpPage, urls(), _tuples(text))
    return pages | st.builds(HelpPage, st.just(""), _tuples(text, shortest=1)) if without_url else pages


_FORM_FIELDS = st.builds(FormField, id=_maybe(texts(8)), name=_maybe(texts(8)))
_LOGIN_FORMS = st.builds(
    LoginForm,
    url=urls(),
    username=_maybe(usernames()),
    username_field=_maybe(_FORM_FIELDS),
    password_field=_maybe(_FORM_FIELDS),
    login_button=_maybe(_FORM_FIELDS),
    wait_for_redirection_url_prefix=_maybe(urls()),
)
_WEBMAILS = st.builds(Webmail, login_page=_maybe(urls()), login_form=_maybe(_LOGIN_FORMS))
_OAUTH2 = st.builds(
    OAuth2,
    issuer=_maybe(st.sampled_from(["login.example.com", "https://login.example.com/"])),
    auth_url=_maybe(urls()),
    token_url=_maybe(urls()),
    scopes=_tuples(st.sampled_from(["openid", "https://mail.example.com/", "mail.imap", "1e3"])),
    client_id=_maybe(texts(8)),
    client_secret=_maybe(texts(8)),
)
_USERNAME_FIELD = InputField("USERNAME", "User name", "jan")
_INPUT_FIELDS = st.builds(InputField, st.sampled_from(["PHONE", "PIN"]), texts(), texts() | st.just(""))
_SOURCES = st.builds(Source, urls(), st.sampled_from(["2026-03", "2026-03-01", "1999-12-31"]))


def providers(*, gaps: bool = True) -> st.SearchStrategy[Provider]:
    """A provider that a definition can hold; with `gaps`, perhaps with servers for DNS to find, or none at all."""
    listed = _providers_with(servers=st.lists(servers(gaps=gaps), min_size=0 if gaps else 1, max_size=5).map(tuple))
    for_dns = _providers_with(username=_maybe(usernames()), authentication=authentications())
    return listed | for_dns if gaps else listed


def _providers_with(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Provider]:
    return st.builds(
        Provider,
        id=ids(),
        name=names(),
        short_name=_maybe(names()),
        domains=_tuples(domains(), 20),
        mx_domains=_tuples(mx_domains()),
        webmail=_maybe(_WEBMAILS),
        documentation=_tuples(help_pages(), 2),
        instructions=_tuples(help_pages(without_url=True), 2),
        enable=_tuples(help_pages(without_url=True), 2),
        input_fields=_tuples(_INPUT_FIELDS, 1).map(lambda fields: (_USERNAME_FIELD, *fields)),
        oauth2=_maybe(_OAUTH2),
        client_config_update=_maybe(urls()),
        sources=_tuples(_SOURCES, 2),
        status=st.sampled_from(Status),
        **parts,
    )
