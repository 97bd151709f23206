"""Apple configuration profiles: the `.mobileconfig` file that an iPhone, an iPad or a Mac sets an account up from.

Source: Apple's Device Management reference: the profile itself, and its payloads Mail, CalDAV and CardDAV. A profile
sets up one mail account, of one incoming and one outgoing server; it has no OAuth2, and no password is ever written.
"""

from __future__ import annotations

import plistlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from autoconfig.address import Address, is_host, parse_address
from autoconfig.errors import AddressError, ParseError, RenderError
from autoconfig.formats import plist
from autoconfig.formats.cms import SigningError, content, looks_signed, sign
from autoconfig.formats.loss import Loss, Reading, definition_losses, gap_losses
from autoconfig.formats.text import tidy
from autoconfig.formats.web import DEFAULT_PORTS, base_url, web_address
from autoconfig.model import Authentication, Provider, Role, Server, ServerType, SocketType

__all__ = ["Protocol", "SigningError", "losses", "named", "parse", "read", "recognises", "render", "sign"]

Protocol = Literal["imap", "pop3"]
Payload = dict[str, object]

_NAMESPACE = UUID("b1a6ae1c-5c5d-4a8f-9a3f-0d2f6f2d7a55")
_IDENTIFIER = "autoconfig."
_MAIL = "com.apple.mail.managed"
_ACCOUNT_TYPES = {ServerType.IMAP: "EmailTypeIMAP", ServerType.POP3: "EmailTypePOP"}
_DAV = {
    ServerType.CALDAV: ("com.apple.caldav.account", "CalDAV"),
    ServerType.CARDDAV: ("com.apple.carddav.account", "CardDAV"),
}
_WRITTEN_LOGINS = {
    Authentication.PASSWORD_CLEARTEXT: "EmailAuthPassword",
    Authentication.SASL_PLAIN: "EmailAuthPassword",
    Authentication.SASL_LOGIN: "EmailAuthPassword",
    Authentication.PASSWORD_ENCRYPTED: "EmailAuthCRAMMD5",
    Authentication.SASL_CRAM_MD5: "EmailAuthCRAMMD5",
    Authentication.SASL_DIGEST_MD5: "EmailAuthHTTPMD5",
    Authentication.NTLM: "EmailAuthNTLM",
    Authentication.NONE: "EmailAuthNone",
    Authentication.CLIENT_IP_ADDRESS: "EmailAuthNone",
}
_READ_LOGINS = {
    "EmailAuthPassword": Authentication.PASSWORD_CLEARTEXT,
    "EmailAuthCRAMMD5": Authentication.PASSWORD_ENCRYPTED,
    "EmailAuthHTTPMD5": Authentication.SASL_DIGEST_MD5,
    "EmailAuthNTLM": Authentication.NTLM,
    "EmailAuthNone": Authentication.NONE,
}
_NO_LOGIN = "EmailAuthNone"
_LONGEST_NAME = 100
_DAV_LOGINS = frozenset({Authentication.PASSWORD_CLEARTEXT, Authentication.HTTP_BASIC, Authentication.HTTP_DIGEST})
_PREFERENCE = (SocketType.SSL, SocketType.STARTTLS, SocketType.PLAIN)
# `UseSSL` means any TLS: which of the two is told by the port.
_STARTTLS_PORTS = frozenset({143, 110, 25, 587})
_PORTS = range(1, 65536)
_PLACEHOLDER = re.compile("%[A-Z]+%")
_NONCHARACTER = re.compile(b"\xef\xbf[\xbe\xbf]")  # U+FFFE and U+FFFF in UTF-8


def render(provider: Provider, *, address: Address | None = None, protocol: Protocol | None = None) -> bytes:
    """Write a provider as an unsigned configuration profile.

    With `address` the profile is for one user; without it, it holds neither address nor user name, and the device asks
    for them. `protocol` picks IMAP or POP3 where the provider has both; it is the first one usable otherwise. Of
    several servers that would do, the first with TLS from the first byte is taken, and STARTTLS before plain text.

    Raises:
        RenderError: a text has a character that XML cannot hold.
    """
    if address is not None:
        provider = provider.for_address(address)
    try:
        document = plistlib.dumps(_profile(provider, address, _chosen(provider, protocol)))
    except ValueError as error:
        raise RenderError(f"a text has a character that XML cannot hold: {error}") from error
    if _NONCHARACTER.search(document):
        raise RenderError("a text has a character that XML cannot hold: U+FFFE or U+FFFF")
    return document


def _profile(provider: Provider, address: Address | None, choice: _Choice) -> Payload:
    uuid = uuid5(_NAMESPACE, f"{provider.id}\n{address or ''}")
    return _identity("Configuration", f"{_IDENTIFIER}{provider.id}", uuid) | {
        "PayloadDisplayName": provider.name,
        "PayloadOrganization": provider.short_name or provider.name,
        "PayloadContent": list(_payloads(provider, address, uuid, choice)),
    }


def _identity(type: str, identifier: str, uuid: UUID) -> Payload:
    """What every payload begins with. A profile replaces one of the same identifier, so it ends in the UUID."""
    text = str(uuid).upper()
    return {
        "PayloadType": type,
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{identifier}.{text}",
        "PayloadUUID": text,
    }


class _Choice(msgspec.Struct, frozen=True):
    """The positions of the servers that a profile sets up; `mail` is empty or an incoming and an outgoing one."""

    mail: tuple[int, ...]
    dav: tuple[int, ...]

    def __contains__(self, index: int) -> bool:
        return index in self.mail or index in self.dav


def _chosen(provider: Provider, protocol: Protocol | None) -> _Choice:
    usable = [index for index, server in enumerate(provider.servers) if not server.is_gap and not _obstacle(server)]
    types = [server.type for server in provider.servers]
    wanted = [protocol] if protocol else [types[index] for index in usable if types[index] in _ACCOUNT_TYPES][:1]
    incoming = [index for index in usable if types[index] in wanted]
    outgoing = [index for index in usable if types[index] is ServerType.SMTP]
    mail = (_best(provider, incoming), _best(provider, outgoing)) if incoming and outgoing else ()
    return _Choice(mail, tuple(index for index in usable if types[index] in _DAV))


def _best(provider: Provider, indices: Iterable[int]) -> int:
    return min(indices, key=lambda index: _PREFERENCE.index(provider.servers[index].socket_type or SocketType.PLAIN))


def _obstacle(server: Server) -> str | None:
    """Why a profile cannot set the server up, or None."""
    if server.type in _DAV:
        if server.url is None or web_address(server.url) is None:
            return f"{server.url} is no web address without the user's address"
        known = not server.authentication or not _DAV_LOGINS.isdisjoint(server.authentication)
    elif server.type in _ACCOUNT_TYPES or server.type is ServerType.SMTP:
        if server.hostname is None or "%" in server.hostname:
            return f"{server.hostname} is no host name without the user's address"
        known = _login(server) is not None
    else:
        return f"a profile sets up no {server.type} server"
    return None if known else f"a profile has no login by {' or '.join(server.authentication)}"


def _login(server: Server) -> str | None:
    """The first login that a profile knows, a password where nothing is said, and None for OAuth2 and the like."""
    if not server.authentication:
        return "EmailAuthPassword"
    return next((_WRITTEN_LOGINS[method] for method in server.authentication if method in _WRITTEN_LOGINS), None)


def _payloads(provider: Provider, address: Address | None, uuid: UUID, choice: _Choice) -> Iterator[Payload]:
    description = provider.short_name or provider.name
    if choice.mail:
        incoming, outgoing = (provider.servers[index] for index in choice.mail)
        yield (
            _payload(_MAIL, incoming.type, uuid)
            | _mail_account(incoming, outgoing, address)
            | {"EmailAccountDescription": description}
        )
    for number, index in enumerate(choice.dav):
        server = provider.servers[index]
        type, prefix = _DAV[server.type]
        yield (
            _payload(type, f"{server.type}{number}", uuid)
            | _dav_account(server)
            | {f"{prefix}AccountDescription": description}
        )


def _payload(type: str, name: str, profile: UUID) -> Payload:
    return _identity(type, type, uuid5(profile, name))


def _mail_account(incoming: Server, outgoing: Server, address: Address | None) -> Payload:
    account: Payload = {"EmailAccountType": _ACCOUNT_TYPES[incoming.type]}
    if address is not None:
        account["EmailAddress"] = str(address)
    account |= _mail_server("Incoming", incoming) | _mail_server("Outgoing", outgoing)
    if _NO_LOGIN not in (_login(incoming), _login(outgoing)):
        account["OutgoingPasswordSameAsIncomingPassword"] = True
    return account


def _mail_server(direction: str, server: Server) -> Payload:
    keys: Payload = {
        f"{direction}MailServerHostName": server.hostname,
        f"{direction}MailServerPortNumber": server.port,
        f"{direction}MailServerUseSSL": server.socket_type is not SocketType.PLAIN,
        f"{direction}MailServerAuthentication": _login(server),
    }
    if _is_whole(server.username):
        keys[f"{direction}MailServerUsername"] = server.username
    return keys


def _is_whole(username: str | None) -> bool:
    """Devices put nothing in the place of a placeholder, and ask for a user name that is left out."""
    return username is not None and _PLACEHOLDER.search(username) is None


def _dav_account(server: Server) -> Payload:
    assert server.url is not None
    target = web_address(server.url)
    assert target is not None
    _, prefix = _DAV[server.type]
    keys: Payload = {
        f"{prefix}HostName": target.host,
        f"{prefix}Port": target.port,
        f"{prefix}UseSSL": target.scheme == "https",
    }
    if "%EMAIL" not in server.url:
        keys[f"{prefix}PrincipalURL"] = server.url
    if _is_whole(server.username):
        keys[f"{prefix}Username"] = server.username
    return keys


_UNSAID_PROVIDER_FIELDS = (
    "mx_domains",
    "webmail",
    "documentation",
    "instructions",
    "enable",
    "input_fields",
    "oauth2",
    "client_config_update",
)
_REASONS = {
    "username": "the device asks for a user name that needs the address",
    "authentication": "a profile names one login, which is by password for calendars and address books",
    "socket_type": "a profile says TLS or none, and the port tells which TLS",
    "url": "the device looks for the path, which needs the user's address, by itself",
}


def named(profile: bytes, name: str) -> bytes:
    """A profile with the name that mails are sent under; characters that a property list cannot hold are left out."""
    fitting = "".join(filter(str.isprintable, name))[:_LONGEST_NAME].strip()
    if not fitting:
        return profile
    document = plistlib.loads(profile)
    for payload in document["PayloadContent"]:
        if payload["PayloadType"] == _MAIL:
            payload["EmailAccountName"] = fitting
    return plistlib.dumps(document)


def losses(provider: Provider, *, address: Address | None = None, protocol: Protocol | None = None) -> tuple[Loss, ...]:
    """Name what the rendered profile does not say of the provider."""
    if address is not None:
        provider = provider.for_address(address)
    found = definition_losses(provider) + gap_losses(provider)
    found += [
        Loss(field, "a profile has no place for it") for field in _UNSAID_PROVIDER_FIELDS if getattr(provider, field)
    ]
    if provider.short_name is not None and provider.short_name in ("", provider.name):
        found.append(Loss("short_name", "it is no other than the name"))
    choice = _chosen(provider, protocol)
    if provider.domains != _read_domains(str(address) if address and choice.mail else None):
        found.append(Loss("domains", "a profile says no domains but that of the user's address"))
    for index, server in enumerate(provider.servers):
        if index in choice:
            found += _server_losses(f"servers[{index}]", server)
        elif not server.is_gap:
            found.append(Loss(f"servers[{index}]", _obstacle(server) or _why_not_chosen(server, choice, protocol)))
    return tuple(found)


def _why_not_chosen(server: Server, choice: _Choice, protocol: Protocol | None) -> str:
    if not choice.mail:
        return "a mail account needs an incoming and an outgoing server that a profile can set up"
    if server.role is Role.INCOMING and protocol and server.type != protocol:
        return f"the profile is for {protocol}"
    return f"a profile sets up one {server.role}, and another one comes first"


def _server_losses(field: str, server: Server) -> Iterator[Loss]:
    read = _read_back(server)
    for name in server.__struct_fields__:
        if getattr(server, name) != getattr(read, name):
            yield Loss(f"{field}.{name}", _REASONS.get(name, "a profile has no place for it"))


def _read_back(server: Server) -> Server | None:
    if server.type in _DAV:
        return _read_dav_server(server.type, _dav_account(server))
    return _read_mail_server(server.type, "Incoming", _mail_server("Incoming", server))


def parse(data: bytes) -> Provider:
    """As `read`, for those who need not know what was ignored.

    Raises:
        ParseError: the data is no such profile.
    """
    return read(data).provider


def read(data: bytes) -> Reading:
    """Read a profile's mail, calendar and address book accounts.

    A signed profile is read as well, but its signature is not verified: that is for the device that installs it, or
    for `openssl cms -verify` before. Passwords are ignored.

    Raises:
        ParseError: the data is no such profile, or an encrypted one.
    """
    if looks_signed(data):
        data = content(data, "apple")
    profile = plist.parse(data, "apple")
    if not isinstance(profile, dict) or profile.get("PayloadType") != "Configuration":
        raise ParseError("apple", "a property list of another kind, expected the PayloadType Configuration")
    payloads = profile.get("PayloadContent")
    if not isinstance(payloads, list):
        raise ParseError("apple", "no list of payloads in it, as in an encrypted profile")
    servers: list[Server] = []
    domains: list[str] = []
    ignored = list(_unknown("the profile", profile, _PROFILE_KEYS))
    for number, payload in enumerate(payloads, 1):
        label = f"payload {number}"
        if not isinstance(payload, dict) or (reader := _READERS.get(str(payload.get("PayloadType")))) is None:
            ignored.append(f"{label} is about something else than mail, calendars and address books")
            continue
        found = reader(payload)
        servers += (server for server in found.values() if server is not None)
        ignored += (f"{label}: its {role} cannot be reached by what is said" for role in found if found[role] is None)
        ignored += _unknown(label, payload, _PAYLOAD_KEYS)
        domains += _read_domains(payload.get("EmailAddress"))
    name = tidy(profile.get("PayloadDisplayName")) or ""
    organization = tidy(profile.get("PayloadOrganization"))
    provider = Provider(
        id=_read_id(profile),
        name=name,
        short_name=organization if organization != name else None,
        domains=tuple(dict.fromkeys(domains)),
        servers=tuple(servers),
    )
    return Reading(provider, tuple(ignored))


def recognises(data: bytes) -> bool:
    """Tell whether the data looks like a configuration profile, signed or not."""
    try:
        profile = plist.parse(content(data, "apple") if looks_signed(data) else data, "apple")
    except ParseError:
        return False
    return isinstance(profile, dict) and profile.get("PayloadType") == "Configuration"


_PAYLOAD_IDENTITY = frozenset(
    {"PayloadType", "PayloadVersion", "PayloadIdentifier", "PayloadUUID", "PayloadDisplayName", "PayloadOrganization"}
)
_PROFILE_KEYS = _PAYLOAD_IDENTITY | {"PayloadContent"}
_PAYLOAD_KEYS = (
    _PAYLOAD_IDENTITY
    | {"EmailAccountType", "EmailAddress", "EmailAccountDescription", "OutgoingPasswordSameAsIncomingPassword"}
    | {
        f"{direction}MailServer{key}"
        for direction in ("Incoming", "Outgoing")
        for key in ("HostName", "PortNumber", "UseSSL", "Username", "Authentication")
    }
    | {
        f"{prefix}{key}"
        for _, prefix in _DAV.values()
        for key in ("HostName", "Port", "UseSSL", "PrincipalURL", "Username", "AccountDescription")
    }
)


def _unknown(label: str, keys: Mapping[str, plist.Value], known: frozenset[str]) -> Iterator[str]:
    unknown = [key for key in keys if key not in known]
    if unknown:
        yield f"{label}: {', '.join(unknown)} has no place in a definition"


def _read_id(profile: Mapping[str, plist.Value]) -> str:
    """The provider's id out of the identifier of a profile that this package wrote, else nothing."""
    identifier, uuid = tidy(profile.get("PayloadIdentifier")) or "", tidy(profile.get("PayloadUUID")) or ""
    if not identifier.startswith(_IDENTIFIER) or not identifier.endswith(f".{uuid}"):
        return ""
    return identifier.removesuffix(f".{uuid}").removeprefix(_IDENTIFIER)


def _read_domains(address: object) -> tuple[str, ...]:
    try:
        return (parse_address(address).domain,) if isinstance(address, str) else ()
    except AddressError:
        return ()


Found = dict[Role, Server | None]


def _read_mail(payload: Mapping[str, object]) -> Found:
    account_type = payload.get("EmailAccountType")
    type = next((type for type, name in _ACCOUNT_TYPES.items() if name == account_type), None)
    return {
        Role.INCOMING: _read_mail_server(type, "Incoming", payload) if type else None,
        Role.OUTGOING: _read_mail_server(ServerType.SMTP, "Outgoing", payload),
    }


def _read_mail_server(type: ServerType, direction: str, keys: Mapping[str, object]) -> Server | None:
    hostname = tidy(keys.get(f"{direction}MailServerHostName"))
    if hostname is None or not is_host(hostname):
        return None
    port = _port(keys.get(f"{direction}MailServerPortNumber"))
    if keys.get(f"{direction}MailServerUseSSL") is not True:
        socket_type = SocketType.PLAIN
    else:
        socket_type = SocketType.STARTTLS if port in _STARTTLS_PORTS else SocketType.SSL
    login = _READ_LOGINS.get(str(keys.get(f"{direction}MailServerAuthentication")))
    return Server(
        type=type,
        hostname=hostname,
        port=port,
        socket_type=socket_type,
        username=tidy(keys.get(f"{direction}MailServerUsername")),
        authentication=(login,) if login else (),
    )


def _read_calendar(payload: Mapping[str, object]) -> Found:
    return {Role.CALENDAR: _read_dav_server(ServerType.CALDAV, payload)}


def _read_address_book(payload: Mapping[str, object]) -> Found:
    return {Role.ADDRESS_BOOK: _read_dav_server(ServerType.CARDDAV, payload)}


def _read_dav_server(type: ServerType, keys: Mapping[str, object]) -> Server | None:
    _, prefix = _DAV[type]
    url = tidy(keys.get(f"{prefix}PrincipalURL"))
    if url is None or web_address(url) is None:
        hostname = tidy(keys.get(f"{prefix}HostName"))
        if hostname is None or not is_host(hostname):
            return None
        scheme = "https" if keys.get(f"{prefix}UseSSL") is True else "http"
        url = base_url(scheme, hostname, _port(keys.get(f"{prefix}Port")) or DEFAULT_PORTS[scheme])
    return Server(
        type=type,
        url=url,
        username=tidy(keys.get(f"{prefix}Username")),
        authentication=(Authentication.HTTP_BASIC,),
    )


def _port(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value in _PORTS else None


_READERS = {
    _MAIL: _read_mail,
    _DAV[ServerType.CALDAV][0]: _read_calendar,
    _DAV[ServerType.CARDDAV][0]: _read_address_book,
}
