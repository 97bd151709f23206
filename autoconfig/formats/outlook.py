"""Outlook autodiscover: the POX answer (plain old XML) that Outlook and others ask by POST.

Source: Microsoft's "POX Autodiscover response for Exchange" and MS-OXDSCLI, section 2.2.4; what Thunderbird makes of
it is told from its reader. A static file cannot hold the user's address: see `_login` for what it says instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from typing import Any, cast

from lxml import etree

from autoconfig.address import Address, is_host
from autoconfig.errors import ParseError
from autoconfig.formats import xml
from autoconfig.formats.exchange import exchange_url
from autoconfig.formats.loss import Loss, Reading, definition_losses, gap_losses
from autoconfig.formats.outlook_requests import (
    ENVELOPE,
    ErrorCode,
    Request,
    Schema,
    parse_answer,
    parse_request,
    render_error,
    render_mobilesync,
    render_redirect_to_address,
    render_redirect_to_url,
    render_request,
)
from autoconfig.model import (
    Authentication,
    Provider,
    Server,
    ServerType,
    SocketType,
)

__all__ = [
    "ANSWER",
    "ENVELOPE",
    "ErrorCode",
    "Request",
    "Schema",
    "answer",
    "losses",
    "parse",
    "parse_answer",
    "parse_request",
    "read",
    "recognises",
    "render",
    "render_error",
    "render_mobilesync",
    "render_redirect_to_address",
    "render_redirect_to_url",
    "render_request",
]

ANSWER = Schema.OUTLOOK.value

_TYPES = {"IMAP": ServerType.IMAP, "POP3": ServerType.POP3, "SMTP": ServerType.SMTP}
_TYPE_NAMES = {type: name for name, type in _TYPES.items()}
_ENCRYPTION = {SocketType.SSL: "SSL", SocketType.STARTTLS: "TLS", SocketType.PLAIN: "None"}
_SOCKET_TYPES = {"ssl": SocketType.SSL, "tls": SocketType.STARTTLS, "none": SocketType.PLAIN}
_STARTTLS_PORTS = frozenset({143, 110, 25, 587})
_PORTS = range(1, 65536)
_ADDRESS = "%EMAILADDRESS%"
_LOCAL_PART = "%EMAILLOCALPART%"
_NO_LOGIN = frozenset({Authentication.NONE, Authentication.CLIENT_IP_ADDRESS})


def render(provider: Provider, *, address: Address | None = None) -> bytes:
    """Write the IMAP, POP3 and SMTP servers of a provider as an Outlook autodiscover answer.

    With `address` each `LoginName` is written out; without it, the answer suits every address of the provider, as far
    as the format can say it.

    Raises:
        RenderError: a text has a character that XML cannot hold.
    """
    if address is not None:
        provider = provider.for_address(address)
    root = etree.Element(f"{{{ENVELOPE}}}Autodiscover", nsmap=_namespace(ENVELOPE))
    response = etree.SubElement(root, f"{{{ANSWER}}}Response", nsmap=_namespace(ANSWER))
    user = etree.SubElement(response, f"{{{ANSWER}}}User")
    _add(user, "DisplayName", provider.name)
    account = etree.SubElement(response, f"{{{ANSWER}}}Account")
    _add(account, "AccountType", "email")
    _add(account, "Action", "settings")
    for server in provider.servers:
        if _can_say(server):
            _add_protocol(account, server)
    return xml.serialize(root)


def _namespace(uri: str) -> dict[str, str]:
    """The default namespace; lxml's type stubs know no None as prefix."""
    return cast(dict[str, str], {None: uri})


def _add(parent: etree._Element, tag: str, text: str) -> None:
    xml.add(parent, f"{{{ANSWER}}}{tag}", text)


def _can_say(server: Server) -> bool:
    """Outlook expands no placeholders, so a host name with one is none."""
    return server.type in _TYPE_NAMES and server.hostname is not None and "%" not in server.hostname


def _add_protocol(account: etree._Element, server: Server) -> None:
    assert server.hostname is not None
    assert server.socket_type is not None
    protocol = etree.SubElement(account, f"{{{ANSWER}}}Protocol")
    _add(protocol, "Type", _TYPE_NAMES[server.type])
    _add(protocol, "Server", server.hostname)
    _add(protocol, "Port", str(server.port))
    domain_required, login_name = _login(server.username)
    if login_name is not None:
        _add(protocol, "LoginName", login_name)
    _add(protocol, "DomainRequired", domain_required)
    _add(protocol, "SPA", "off")
    _add(protocol, "SSL", "off" if server.socket_type is SocketType.PLAIN else "on")
    _add(protocol, "Encryption", _ENCRYPTION[server.socket_type])
    _add(protocol, "AuthRequired", "off" if _needs_no_login(server) else "on")


def _login(username: str | None) -> tuple[str, str | None]:
    """`DomainRequired` and `LoginName` for a user name.

    Without `LoginName` Outlook logs in by the part before `@`, and with `DomainRequired` on but no `DomainName` by the
    whole address. No other placeholder can be said.
    """
    if username == _ADDRESS:
        return "on", None
    if username is None or "%EMAIL" in username:
        return "off", None
    return "off", username


def _needs_no_login(server: Server) -> bool:
    return bool(server.authentication) and _NO_LOGIN.issuperset(server.authentication)


def answer(provider: Provider | None, request: Request, *, at: time = time(), id: int = 0) -> bytes:
    """Answer a client: settings, ActiveSync or an error, each with the HTTP status 200.

    Args:
        provider: the provider of the request's address, or None if there is none.
        request: what `parse_request` gave.
        at: the time that an error names.
        id: the number that an error names.

    Raises:
        RenderError: a text has a character that XML cannot hold.
    """
    if request.schema is None:
        return render_error(ErrorCode.NO_PROVIDER_FOR_SCHEMA, at=at, id=id)
    if provider is None:
        return render_error(ErrorCode.ADDRESS_NOT_FOUND, at=at, id=id)
    if request.schema is Schema.OUTLOOK:
        return render(provider, address=request.address)
    if exchange_url(provider, ServerType.ACTIVESYNC) is None:
        return render_error(ErrorCode.NO_PROVIDER_FOR_SCHEMA, at=at, id=id)
    return render_mobilesync(provider, request.address)


_UNSAID_PROVIDER_FIELDS = (
    "id",
    "short_name",
    "domains",
    "mx_domains",
    "webmail",
    "documentation",
    "instructions",
    "enable",
    "input_fields",
    "oauth2",
    "client_config_update",
)
_UNSAID_SERVER_FIELDS = (
    "url",
    "pop3",
    "restriction",
    "add_this_server",
    "use_global_preferred_server",
    "owa_url",
    "ews_url",
    "eas_url",
)


def losses(provider: Provider, *, address: Address | None = None) -> tuple[Loss, ...]:
    """Name what the rendered answer does not say of the provider, and what Thunderbird misreads in it."""
    if address is not None:
        provider = provider.for_address(address)
    found = definition_losses(provider) + gap_losses(provider)
    found += [
        Loss(field, "the format has no place for it") for field in _UNSAID_PROVIDER_FIELDS if getattr(provider, field)
    ]
    for index, server in enumerate(provider.servers):
        if not server.is_gap:
            found += _server_losses(f"servers[{index}]", server)
    return tuple(found)


def _server_losses(field: str, server: Server) -> Iterable[Loss]:
    if server.type not in _TYPE_NAMES:
        yield Loss(field, f"the format has no protocol type for {server.type}")
        return
    if not _can_say(server):
        yield Loss(field, f"Outlook puts nothing in the place of {server.hostname!r}")
        return
    if server.username != _read_username(*_login(server.username)):
        yield Loss(f"{field}.username", _username_reason(server.username))
    if server.authentication != _read_authentication(_needs_no_login(server), ntlm=False):
        said = "no login" if _needs_no_login(server) else "a password"
        yield Loss(f"{field}.authentication", f"the format says only {said}")
    for name in _UNSAID_SERVER_FIELDS:
        if getattr(server, name) is not None:
            yield Loss(f"{field}.{name}", "the format has no place for it")
    yield from _thunderbird_misreads(field, server)


def _username_reason(username: str | None) -> str:
    if username is None:
        return "a missing user name is read as the part before @"
    return f"a static file cannot say {username}: it needs the user's address"


def _thunderbird_misreads(field: str, server: Server) -> Iterable[Loss]:
    """Thunderbird takes a missing LoginName as the whole address, and goes by port between SSL and STARTTLS."""
    if server.username == _LOCAL_PART:
        yield Loss(f"{field}.username", "logs in by the whole address, where only a part is meant", "Thunderbird")
    if server.socket_type is SocketType.PLAIN:
        return
    understood = SocketType.STARTTLS if server.port in _STARTTLS_PORTS else SocketType.SSL
    if server.socket_type is not understood:
        yield Loss(f"{field}.socket_type", f"takes port {server.port} for {understood}", "Thunderbird")


def parse(data: bytes) -> Provider:
    """As `read`, for those who need not know what was ignored.

    Raises:
        ParseError: the data is no such document, or an error or a redirect instead of settings.
    """
    return read(data).provider


def read(data: bytes) -> Reading:
    """Read the mail servers of an autodiscover answer.

    The format has no id and no domains: both are empty. Elements are known by their local name, as answers come with
    either spelling of the namespaces. A server that a client could not reach by what is said of it is ignored.

    Raises:
        ParseError: the data is no such document, or an error or a redirect instead of settings.
    """
    root = xml.parse_root(data, "outlook")
    if xml.local_name(root) != "Autodiscover":
        raise ParseError("outlook", f"root element <{xml.local_name(root)}>, expected <Autodiscover>")
    response = _child(root, "Response")
    account = _child(response, "Account")
    if account is None:
        raise ParseError("outlook", "no Response/Account in it, expected an answer with settings")
    action = _text(account, "Action").lower()
    if action not in ("", "settings"):
        raise ParseError("outlook", f"the action {action!r}, expected settings")
    servers, ignored = [], []
    for protocol in account:
        if xml.local_name(protocol) != "Protocol":
            continue
        server = _read_protocol(protocol)
        if server is not None:
            servers.append(server)
        else:
            ignored.append(f"line {protocol.sourceline}: <Protocol> names no IMAP, POP3 or SMTP server to reach")
    provider = Provider(id="", name=_text(_child(response, "User"), "DisplayName"), servers=tuple(servers))
    return Reading(provider, tuple(ignored))


def recognises(data: bytes) -> bool:
    """Tell whether the data looks like an autodiscover answer."""
    return xml.root_name(data) == "Autodiscover"


def _child(parent: etree._Element | None, name: str) -> etree._Element | None:
    if parent is None:
        return None
    return next((child for child in parent if xml.local_name(child) == name), None)


def _text(parent: etree._Element | None, name: str) -> str:
    child = _child(parent, name)
    return xml.text_of(child) if child is not None else ""


def _read_protocol(protocol: etree._Element) -> Server | None:
    """A server, or None where a client could not reach it by what is said."""
    said = {xml.local_name(child): xml.text_of(child) for child in protocol}
    type = _TYPES.get((said.get("Type") or protocol.get("Type") or "").upper())
    hostname = said.get("Server", "")
    if type is None or not is_host(hostname):
        return None
    port = _read_port(said.get("Port", ""))
    socket_type = _read_socket_type(said, port)
    fields: dict[str, Any] = {} if port is None else {"port": port}
    return Server(
        type=type,
        hostname=hostname,
        socket_type=socket_type,
        username=_read_username(said.get("DomainRequired", "").lower(), said.get("LoginName")),
        authentication=_read_authentication(
            said.get("AuthRequired", "").lower() == "off", ntlm=said.get("SPA", "").lower() == "on"
        ),
        **fields,
    )


def _read_port(text: str) -> int | None:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len("65535") else 0
    return number if number in _PORTS else None


def _read_socket_type(said: dict[str, str], port: int | None) -> SocketType:
    """`Encryption` overrides `SSL`, which is on by default; `Auto` and silence go by port."""
    explicit = _SOCKET_TYPES.get(said.get("Encryption", "").lower())
    if explicit is not None:
        return explicit
    if said.get("SSL", "").lower() == "off":
        return SocketType.PLAIN
    return SocketType.STARTTLS if port in _STARTTLS_PORTS else SocketType.SSL


def _read_username(domain_required: str, login_name: str | None) -> str:
    if login_name:
        return login_name
    return _ADDRESS if domain_required == "on" else _LOCAL_PART


def _read_authentication(needs_no_login: bool, *, ntlm: bool) -> tuple[Authentication, ...]:
    if needs_no_login:
        return (Authentication.NONE,)
    return (Authentication.NTLM,) if ntlm else (Authentication.PASSWORD_CLEARTEXT,)
