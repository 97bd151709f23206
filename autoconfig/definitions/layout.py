"""The layout of a definition: every key, in the order in which it is written, with its kind and what it is for.

Reading and the JSON Schema are both driven by these tables.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

from autoconfig.definitions import texts
from autoconfig.definitions.kinds import OneOf, Schema, Scope, describe
from autoconfig.definitions.nodes import Mapping, Mistakes, Node, Scalar, mistake
from autoconfig.definitions.records import Field, ListOf, OneOrMore, Record, Shorthand
from autoconfig.definitions.servers import AUTHENTICATION, SERVERS, SERVICES, USERNAME
from autoconfig.model import (
    DEFAULT_AUTHENTICATION,
    DEFAULT_USERNAME,
    FormField,
    HelpPage,
    InputField,
    LocalizedText,
    LoginForm,
    OAuth2,
    Source,
    Status,
    Webmail,
)


class _LanguageMap:
    """Text by language; text without a language stands alone, and a list holds what a mapping cannot."""

    def read(self, node: Node, scope: Scope) -> tuple[LocalizedText, ...]:
        if isinstance(node, Scalar):
            return (LocalizedText("", texts.TEXT.read(node, scope)),)
        if not isinstance(node, Mapping):
            raise mistake(node, describe(node), "text, or a mapping of languages to text", "write {language: text}")
        mistakes = []
        found = []
        for key, value in node.entries.values():
            try:
                found.append(LocalizedText(texts.LANGUAGE.read(key, scope), texts.TEXT.read(value, scope)))
            except Mistakes as error:
                mistakes += error.mistakes
        if mistakes:
            raise Mistakes(mistakes)
        return tuple(found)

    def schema(self, shared: dict[str, Schema]) -> Schema:
        text = texts.TEXT.schema(shared)
        by_language = {"type": "object", "propertyNames": texts.LANGUAGE.schema(shared), "additionalProperties": text}
        return {"anyOf": [text, by_language]}


class _LocalizedText:
    """Text in languages: one `_LanguageMap`, or a list of them where a language comes twice."""

    parts = OneOrMore(_LanguageMap())

    def read(self, node: Node, scope: Scope) -> tuple[LocalizedText, ...]:
        return tuple(chain.from_iterable(self.parts.read(node, scope)))

    def schema(self, shared: dict[str, Schema]) -> Schema:
        return self.parts.schema(shared)


_PAGE_TEXT = Field("text", _LocalizedText(), "What the page is about: text by language, or text alone")
_PAGE_URL = Field("url", texts.WEB_URL, "Address of the page")
DOCUMENTATION = Record(
    "a documentation page", (Field("url", texts.WEB_URL, "Address of the page", required=True), _PAGE_TEXT), HelpPage
)


def _build_page(url: str = "", text: tuple[LocalizedText, ...] = ()) -> HelpPage:
    return HelpPage(url, text)


class _Instructions:
    """A page, its text, or both."""

    record = Record("a page of instructions", (_PAGE_URL, _PAGE_TEXT), _build_page)

    def read(self, node: Node, scope: Scope) -> HelpPage:
        page = self.record.read(node, scope)
        if not page.url and not page.text:
            raise mistake(node, "neither a url nor a text", "one or both of them", "write what people must do or read")
        return page

    def schema(self, shared: dict[str, Schema]) -> Schema:
        return {"allOf": [self.record.schema(shared), {"minProperties": 1}]}


INSTRUCTIONS = _Instructions()

FORM_FIELD = Record(
    "a form field",
    (Field("id", texts.TEXT, "The field's id in HTML"), Field("name", texts.TEXT, "The field's name in HTML")),
    FormField,
)
LOGIN_FORM = Record(
    "a login form",
    (
        Field("url", texts.WEB_URL, "Page that holds the form", required=True),
        Field("username", texts.USERNAME, "User name to log in with"),
        Field("username_field", FORM_FIELD, "Field for the user name"),
        Field("password_field", FORM_FIELD, "Field for the password"),
        Field("login_button", FORM_FIELD, "Button that sends the form"),
        Field("wait_for_redirection_url_prefix", texts.WEB_URL, "Start of the URL on which the form appears"),
    ),
    LoginForm,
)
WEBMAIL = Record(
    "a webmail section",
    (
        Field("login_page", texts.WEB_URL, "Page on which users log in"),
        Field("login_form", LOGIN_FORM, "Form by which a client can log in"),
    ),
    Webmail,
)
OAUTH2 = Record(
    "an oauth2 section",
    (
        Field("issuer", texts.TEXT, "Name or URL of the authorization server"),
        Field("auth_url", texts.WEB_URL, "Authorization endpoint"),
        Field("token_url", texts.WEB_URL, "Token endpoint"),
        Field("scopes", OneOrMore(texts.OAUTH_SCOPE), "Scopes that a mail client asks for"),
        Field("client_id", texts.TEXT, "Client identifier for any mail client"),
        Field("client_secret", texts.TEXT, "Its secret, which is public"),
    ),
    OAuth2,
)
INPUT_FIELD = Record(
    "an input field",
    (
        Field("key", texts.INPUT_KEY, "Name of the placeholder: KEY for %KEY%", required=True),
        Field("label", texts.POSSIBLY_EMPTY, "What the user is asked for", required=True),
        Field("sample", texts.POSSIBLY_EMPTY, "An example of an answer"),
    ),
    InputField,
)
HOSTED: Record[dict[str, tuple[str, ...]]] = Record(
    "a hosted section",
    (Field("mx", OneOrMore(texts.MX_DOMAIN), "Domains of the MX hosts", required=True),),
    dict,
)
SOURCE = Record(
    "a source",
    (
        Field("url", texts.WEB_URL, "Page that tells the facts", required=True),
        Field("checked", texts.MONTH_OR_DAY, "When it was read: YYYY-MM or YYYY-MM-DD", required=True),
    ),
    Source,
)


class _Suppressions:
    """Reasons by lint rule. They are about the file, not the provider: `checks.suppressions` reads them."""

    def read(self, node: Node, scope: Scope) -> None:
        if not isinstance(node, Mapping):
            raise mistake(node, describe(node), "a mapping of lint rules to reasons", "write {rule: reason}")
        for _, reason in node.entries.values():
            texts.TEXT.read(reason, scope)

    def schema(self, shared: dict[str, Schema]) -> Schema:
        return {"type": "object", "additionalProperties": texts.TEXT.schema(shared)}


DEFINITION: Record[dict[str, Any]] = Record(
    "a definition",
    (
        Field("id", texts.ID, "Name of the provider for programs, and of its file: most often its main domain", True),
        Field("name", texts.NAME, "Name of the provider for people, at most 60 characters", True),
        Field("short_name", texts.NAME, "Short name of the provider, at most 20 characters"),
        Field("domains", OneOrMore(texts.DOMAIN), "Mail domains: what follows @ in the users' addresses"),
        Field("domains_file", texts.DOMAINS_FILE, "File of more mail domains, one a line, which documents do not name"),
        Field(
            "mx_domains", OneOrMore(texts.MX_DOMAIN), "Domains of the MX hosts, by which customers' domains are found"
        ),
        Field("hosted", HOSTED, "Rules for customers' domains; mx is another spelling of mx_domains"),
        Field("username", USERNAME, "User name of every server without one of its own", default=DEFAULT_USERNAME),
        Field(
            "authentication",
            AUTHENTICATION,
            "Ways to log in at every server without its own; over HTTP a clear-text password is Basic",
            default=list(DEFAULT_AUTHENTICATION),
        ),
        Field("servers", SERVERS, "Servers, most preferred first; without servers and services, DNS is asked"),
        Field("services", SERVICES, "Calendars, address books, file shares, chat and video by type"),
        Field("webmail", Shorthand(WEBMAIL, "login_page"), "Where mail is read in a browser"),
        Field("documentation", ListOf(DOCUMENTATION), "Pages on setting up mail clients"),
        Field("instructions", ListOf(INSTRUCTIONS), "What a user must know to set up a mail client"),
        Field("enable", ListOf(INSTRUCTIONS), "What a user must do before a mail client can be used"),
        Field("input_fields", ListOf(INPUT_FIELD), "What a client must ask the user for"),
        Field("oauth2", OAUTH2, "Authorization server of the provider"),
        Field("client_config_update", texts.WEB_URL, "Where clients look for a newer configuration"),
        Field("sources", ListOf(SOURCE), "Where the facts came from"),
        Field("status", OneOf(Status), "How sure the facts are", default=Status.CONFIRMED.value),
        Field("lint", _Suppressions(), "Lint rules that do not hold here, each with the reason"),
    ),
    dict,
)
