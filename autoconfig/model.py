"""What a mail provider offers, as immutable values: the one form between every reader and every writer.

A `Provider` lists `Server`s in order of preference. Fields are named after the elements of Mozilla autoconfig
(draft-ietf-mailmaint-autoconfig), whose vocabulary is the widest. `None` and `()` mean "not said".
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

import msgspec

from autoconfig.address import Address, expand, expand_url

StructType = TypeVar("StructType", bound=msgspec.Struct)
ExpandText = Callable[[str, Address], str]


class SocketType(StrEnum):
    """How a TCP connection is protected: TLS from the first byte, TLS after STARTTLS, or not at all."""

    SSL = "SSL"
    STARTTLS = "STARTTLS"
    PLAIN = "plain"


class Authentication(StrEnum):
    """How a client logs in. `SASL ...` names one SASL mechanism; `Basic` and `Digest` are HTTP's."""

    PASSWORD_CLEARTEXT = "password-cleartext"
    PASSWORD_ENCRYPTED = "password-encrypted"
    OAUTH2 = "OAuth2"
    GSSAPI = "GSSAPI"
    NTLM = "NTLM"
    TLS_CLIENT_CERT = "TLS-client-cert"
    CLIENT_IP_ADDRESS = "client-IP-address"
    NONE = "none"
    HTTP_BASIC = "Basic"
    HTTP_DIGEST = "Digest"
    SASL_PLAIN = "SASL PLAIN"
    SASL_LOGIN = "SASL LOGIN"
    SASL_CRAM_MD5 = "SASL CRAM-MD5"
    SASL_DIGEST_MD5 = "SASL DIGEST-MD5"
    SASL_SCRAM_SHA_1 = "SASL SCRAM-SHA-1"
    SASL_SCRAM_SHA_1_PLUS = "SASL SCRAM-SHA-1-PLUS"
    SASL_SCRAM_SHA_256 = "SASL SCRAM-SHA-256"
    SASL_SCRAM_SHA_256_PLUS = "SASL SCRAM-SHA-256-PLUS"
    SASL_EXTERNAL = "SASL EXTERNAL"
    SASL_OAUTHBEARER = "SASL OAUTHBEARER"
    SASL_XOAUTH2 = "SASL XOAUTH2"


class ServerType(StrEnum):
    """The protocol that a server speaks."""

    IMAP = "imap"
    POP3 = "pop3"
    SMTP = "smtp"
    JMAP = "jmap"
    EWS = "ews"
    ACTIVESYNC = "activesync"
    GRAPH = "graph"
    EXCHANGE = "exchange"
    MANAGESIEVE = "managesieve"
    CALDAV = "caldav"
    CARDDAV = "carddav"
    WEBDAV = "webdav"
    XMPP = "xmpp"
    MATRIX = "matrix"
    OPENTALK = "opentalk"


class Role(StrEnum):
    """What a server is for; a provider's servers are kept in this order of roles."""

    INCOMING = "incoming server"
    OUTGOING = "outgoing server"
    FILTERS = "mail filters"
    CALENDAR = "calendar"
    ADDRESS_BOOK = "address book"
    FILE_SHARE = "file share"
    CHAT = "chat"
    VIDEO_CONFERENCE = "video conference"


ROLES: dict[ServerType, Role] = {
    ServerType.IMAP: Role.INCOMING,
    ServerType.POP3: Role.INCOMING,
    ServerType.JMAP: Role.INCOMING,
    ServerType.EWS: Role.INCOMING,
    ServerType.ACTIVESYNC: Role.INCOMING,
    ServerType.GRAPH: Role.INCOMING,
    ServerType.EXCHANGE: Role.INCOMING,
    ServerType.SMTP: Role.OUTGOING,
    ServerType.MANAGESIEVE: Role.FILTERS,
    ServerType.CALDAV: Role.CALENDAR,
    ServerType.CARDDAV: Role.ADDRESS_BOOK,
    ServerType.WEBDAV: Role.FILE_SHARE,
    ServerType.XMPP: Role.CHAT,
    ServerType.MATRIX: Role.CHAT,
    ServerType.OPENTALK: Role.VIDEO_CONFERENCE,
}

TCP_TYPES = frozenset(
    {ServerType.IMAP, ServerType.POP3, ServerType.SMTP, ServerType.MANAGESIEVE, ServerType.XMPP, ServerType.EXCHANGE}
)
"""The types that are reached by host name, port and socket type."""

URL_TYPES = frozenset(set(ServerType) - TCP_TYPES | {ServerType.XMPP, ServerType.EXCHANGE})
"""The types that are reached by URL; `xmpp` and `exchange` are in both sets."""

FIELD_TYPES: dict[str, frozenset[ServerType]] = (
    dict.fromkeys(("hostname", "port", "socket_type"), TCP_TYPES)
    | {"url": URL_TYPES, "pop3": frozenset({ServerType.POP3})}
    | dict.fromkeys(("owa_url", "ews_url", "eas_url"), frozenset({ServerType.EXCHANGE}))
)
"""The types of server that have a field; a field that is not named here belongs to all."""

DEFAULT_PORTS: dict[ServerType, dict[SocketType, int]] = {
    ServerType.IMAP: {SocketType.SSL: 993, SocketType.STARTTLS: 143, SocketType.PLAIN: 143},
    ServerType.POP3: {SocketType.SSL: 995, SocketType.STARTTLS: 110, SocketType.PLAIN: 110},
    ServerType.SMTP: {SocketType.SSL: 465, SocketType.STARTTLS: 587, SocketType.PLAIN: 587},
    ServerType.MANAGESIEVE: {SocketType.SSL: 4190, SocketType.STARTTLS: 4190, SocketType.PLAIN: 4190},
    ServerType.XMPP: {SocketType.SSL: 5223, SocketType.STARTTLS: 5222, SocketType.PLAIN: 5222},
    ServerType.EXCHANGE: {SocketType.SSL: 443, SocketType.STARTTLS: 443, SocketType.PLAIN: 80},
}
"""Port by type and socket type (RFC 8314, section 7; RFC 5804, section 1.8; RFC 6120, section 3)."""

DEFAULT_USERNAME = "%EMAILADDRESS%"
DEFAULT_AUTHENTICATION = (Authentication.PASSWORD_CLEARTEXT,)

_HTTP_NAMES = {
    Authentication.PASSWORD_CLEARTEXT: Authentication.HTTP_BASIC,
    Authentication.PASSWORD_ENCRYPTED: Authentication.HTTP_DIGEST,
}


def inherited_authentication(
    type: ServerType, authentication: tuple[Authentication, ...]
) -> tuple[Authentication, ...]:
    """What a provider's `authentication` means for a server that has none of its own.

    Servers that are reached by URL alone speak HTTP, where a password in clear text is called Basic (RFC 7617) and
    an encrypted one Digest (RFC 7616).
    """
    if type in TCP_TYPES:
        return authentication
    return tuple(_HTTP_NAMES.get(method, method) for method in authentication)


def default_socket_type(type: ServerType) -> SocketType:
    """TLS from the first byte (RFC 8314, section 3), but for ManageSieve, which has STARTTLS only (RFC 5804)."""
    return SocketType.STARTTLS if type is ServerType.MANAGESIEVE else SocketType.SSL


class LocalizedText(msgspec.Struct, frozen=True):
    """Text in one language; `language` is a BCP 47 tag, or empty where the source names none."""

    language: str
    text: str


class HelpPage(msgspec.Struct, frozen=True):
    """A page of the provider for people, and what it is about in one or more languages.

    `url` is empty where instructions stand without a page.
    """

    url: str
    text: tuple[LocalizedText, ...] = ()


class Pop3Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a POP3 client should treat the mail that it has fetched."""

    leave_messages_on_server: bool | None = None
    download_on_biff: bool | None = None
    days_to_leave_messages_on_server: int | None = None
    check_interval_minutes: int | None = None


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """One server. TCP types have `hostname`, `port` (1-65535) and `socket_type`, URL types have `url`.

    A server with neither host name nor URL is a gap, which `autoconfig.dns.fill` can fill. When a TCP server's host
    name is given, a missing socket type becomes TLS and a missing port the usual one.
    """

    type: ServerType
    hostname: str | None = None
    port: int | None = None
    socket_type: SocketType | None = None
    url: str | None = None
    username: str | None = None
    authentication: tuple[Authentication, ...] = ()
    pop3: Pop3Options | None = None
    restriction: str | None = None
    add_this_server: bool | None = None
    use_global_preferred_server: bool | None = None
    owa_url: str | None = None
    ews_url: str | None = None
    eas_url: str | None = None

    def __post_init__(self) -> None:
        if self.hostname is None or self.type not in TCP_TYPES:
            return
        if self.socket_type is None:
            msgspec.structs.force_setattr(self, "socket_type", default_socket_type(self.type))
        if self.port is None:
            assert self.socket_type is not None
            msgspec.structs.force_setattr(self, "port", DEFAULT_PORTS[self.type][self.socket_type])

    @property
    def role(self) -> Role:
        return ROLES[self.type]

    @property
    def is_gap(self) -> bool:
        """True where nothing says how the server is reached."""
        return not (self.hostname or self.url or self.owa_url or self.ews_url or self.eas_url)


class FormField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of an HTML form, by its `id`, its `name` or both."""

    id: str | None = None
    name: str | None = None


class LoginForm(msgspec.Struct, frozen=True, kw_only=True):
    """The login form of a webmail page (Mozilla's `loginPageInfo`)."""

    url: str
    username: str | None = None
    username_field: FormField | None = None
    password_field: FormField | None = None
    login_button: FormField | None = None
    wait_for_redirection_url_prefix: str | None = None


class Webmail(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail is read in a browser."""

    login_page: str | None = None
    login_form: LoginForm | None = None


class InputField(msgspec.Struct, frozen=True):
    """Something a client must ask the user for: the placeholder's key, its label and a sample value."""

    key: str
    label: str
    sample: str = ""


class OAuth2(msgspec.Struct, frozen=True, kw_only=True):
    """The authorization server of a provider (RFC 6749). A client secret here is public, as in native clients."""

    issuer: str | None = None
    auth_url: str | None = None
    token_url: str | None = None
    scopes: tuple[str, ...] = ()
    client_id: str | None = None
    client_secret: str | None = None


class Source(msgspec.Struct, frozen=True):
    """Where the facts of a definition came from, and when that was checked: `YYYY-MM` or `YYYY-MM-DD`."""

    url: str
    checked: str


class Status(StrEnum):
    """How sure the definition's author is of it."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A mail provider: who it is, which domains it serves and how its servers are reached.

    `id` and the name are empty where the format that was read carries none. `domains` are mail domains as A-labels,
    `*.example.com` for all below one; `domains_file` names a file of more, relative to the definition, which a catalog
    reads and documents do not name. `mx_domains` are the domains of the provider's MX hosts, by which customers'
    domains are found. `servers` are in order of preference, and kept sorted by `Role`. `username` and
    `authentication` serve only the servers that DNS finds for a provider which lists none.
    """

    id: str
    name: str
    short_name: str | None = None
    domains: tuple[str, ...] = ()
    domains_file: str | None = None
    mx_domains: tuple[str, ...] = ()
    servers: tuple[Server, ...] = ()
    username: str | None = None
    authentication: tuple[Authentication, ...] = ()
    webmail: Webmail | None = None
    documentation: tuple[HelpPage, ...] = ()
    instructions: tuple[HelpPage, ...] = ()
    enable: tuple[HelpPage, ...] = ()
    input_fields: tuple[InputField, ...] = ()
    oauth2: OAuth2 | None = None
    client_config_update: str | None = None
    sources: tuple[Source, ...] = ()
    status: Status = Status.CONFIRMED

    def __post_init__(self) -> None:
        order = tuple(sorted(self.servers, key=_role_order))
        msgspec.structs.force_setattr(self, "servers", order)

    def with_role(self, role: Role) -> tuple[Server, ...]:
        """The servers of one role that are no gaps, most preferred first."""
        return tuple(server for server in self.servers if server.role is role and not server.is_gap)

    @property
    def incoming(self) -> tuple[Server, ...]:
        return self.with_role(Role.INCOMING)

    @property
    def outgoing(self) -> tuple[Server, ...]:
        return self.with_role(Role.OUTGOING)

    @property
    def gaps(self) -> tuple[Server, ...]:
        """The servers of which nothing says how they are reached."""
        return tuple(server for server in self.servers if server.is_gap)

    def for_address(self, address: Address) -> Provider:
        """The same provider with the parts of an address in the place of every placeholder."""
        return _expanded(self, address)


_ROLE_INDEX = {type: list(Role).index(role) for type, role in ROLES.items()}


def _role_order(server: Server) -> int:
    return _ROLE_INDEX[server.type]


def _expanded(struct: StructType, address: Address) -> StructType:
    changes: dict[str, object] = {}
    for name, expand_text in _PLACEHOLDER_FIELDS[type(struct)]:
        value = getattr(struct, name)
        if value is None or value == ():
            continue
        expanded = _expanded_value(value, expand_text, address)
        if expanded is not value:
            changes[name] = expanded
    return msgspec.structs.replace(struct, **changes) if changes else struct


def _expanded_value(value: object, expand_text: ExpandText, address: Address) -> object:
    if isinstance(value, str):
        return expand_text(value, address) if "%EMAIL" in value else value
    if isinstance(value, tuple):
        items = tuple(_expanded_value(item, expand_text, address) for item in value)
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    assert isinstance(value, msgspec.Struct)
    return _expanded(value, address)


def _fields(text: str = "", url: str = "") -> tuple[tuple[str, ExpandText], ...]:
    """Fields of text or of further structs, and fields of URLs, in which what is put in must be encoded."""
    return (*((name, expand) for name in text.split()), *((name, expand_url) for name in url.split()))


_PLACEHOLDER_FIELDS: dict[type[msgspec.Struct], tuple[tuple[str, ExpandText], ...]] = {
    Provider: _fields(
        "name short_name servers username webmail documentation instructions enable input_fields oauth2",
        "client_config_update",
    ),
    Server: _fields("hostname username", "url owa_url ews_url eas_url"),
    Webmail: _fields("login_form", "login_page"),
    LoginForm: _fields("username", "url wait_for_redirection_url_prefix"),
    HelpPage: _fields("text", "url"),
    LocalizedText: _fields("text"),
    InputField: _fields("label sample"),
    OAuth2: _fields("issuer", "auth_url token_url"),
}
"""Where placeholders are expanded: not in ids, domains and form fields, nor in what a definition only notes."""
