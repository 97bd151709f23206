"""PACC: the JSON that describes a provider whose servers are all where the standards put them.

Source: draft-ietf-mailmaint-pacc. A client fetches it from `HOST` below the mail domain, and takes it only if its
SHA-256 stands in a TXT record at `RECORD`: body, digest and record come from one derivation here, `document`. There are
no ports and no user names in it: servers have TLS from the first byte on the usual port, and log in by the address.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from autoconfig.address import Address, is_host
from autoconfig.errors import ParseError
from autoconfig.formats import json
from autoconfig.formats.loss import Loss, Reading, definition_losses, gap_losses
from autoconfig.formats.text import tidy
from autoconfig.formats.web import web_address
from autoconfig.model import (
    DEFAULT_PORTS,
    DEFAULT_USERNAME,
    TCP_TYPES,
    Authentication,
    HelpPage,
    OAuth2,
    Provider,
    Server,
    ServerType,
    default_socket_type,
)

Draft = Literal[2, 3, 4]

HOST = "ua-auto-config"
RECORD = "_ua-auto-config"

_TYPES = {
    "imap": ServerType.IMAP,
    "pop3": ServerType.POP3,
    "submit": ServerType.SMTP,
    "smtp": ServerType.SMTP,
    "jmap": ServerType.JMAP,
    "caldav": ServerType.CALDAV,
    "carddav": ServerType.CARDDAV,
    "webdav": ServerType.WEBDAV,
    "managesieve": ServerType.MANAGESIEVE,
}
_NAMES = {type: name for name, type in _TYPES.items()}
_SUBMISSION: dict[Draft, str] = {2: "smtp", 3: "submit", 4: "submit"}
_PASSWORDS = frozenset(
    {
        Authentication.PASSWORD_CLEARTEXT,
        Authentication.PASSWORD_ENCRYPTED,
        Authentication.HTTP_BASIC,
        Authentication.HTTP_DIGEST,
        Authentication.SASL_PLAIN,
        Authentication.SASL_LOGIN,
        Authentication.SASL_CRAM_MD5,
        Authentication.SASL_DIGEST_MD5,
        Authentication.SASL_SCRAM_SHA_1,
        Authentication.SASL_SCRAM_SHA_1_PLUS,
        Authentication.SASL_SCRAM_SHA_256,
        Authentication.SASL_SCRAM_SHA_256_PLUS,
    }
)
_OAUTH2 = frozenset({Authentication.OAUTH2, Authentication.SASL_OAUTHBEARER, Authentication.SASL_XOAUTH2})


class Document(msgspec.Struct, frozen=True):
    """A document as it must be served, byte for byte, its SHA-256, and the text of the TXT record that names it."""

    body: bytes
    digest: bytes
    txt: str


def document(provider: Provider, *, draft: Draft = 4) -> Document:
    """Write a provider as PACC, with the digest and the TXT record of exactly these bytes.

    Raises:
        RenderError: a text is not Unicode.
    """
    return document_of(render(provider, draft=draft))


def document_of(body: bytes) -> Document:
    """A document as it is served, with its digest and its TXT record."""
    digest = hashlib.sha256(body).digest()
    return Document(body, digest, f"v=UAAC1; a=sha256; d={b64encode(digest).decode()}")


def render(provider: Provider, *, address: Address | None = None, draft: Draft = 4) -> bytes:
    """Write a provider as PACC: of each protocol the first server that the format can say.

    Clients ask for the document of a domain, not of a user; `address` only fills placeholders. Draft 02 calls outgoing
    mail `smtp`, later ones `submit`.

    Raises:
        RenderError: a text is not Unicode.
    """
    if address is not None:
        provider = provider.for_address(address)
    chosen = _chosen(provider)
    names = _NAMES | {ServerType.SMTP: _SUBMISSION[draft]}
    protocols = {
        names[server.type]: {"host": server.hostname} if server.type in TCP_TYPES else {"url": server.url}
        for server in chosen.values()
    }
    about: dict[str, Any] = {"name": provider.name}
    if provider.short_name is not None:
        about["shortName"] = provider.short_name
    info: dict[str, Any] = {"provider": about}
    page = _help_url(provider)
    if page is not None:
        info["help"] = {"documentation": page}
    return json.serialize(
        {"protocols": protocols, "authentication": _authentication(provider, chosen.values()), "info": info}
    )


def _chosen(provider: Provider) -> dict[int, Server]:
    """The servers that are written, by their positions."""
    chosen: dict[ServerType, int] = {}
    for index, server in enumerate(provider.servers):
        if not server.is_gap and _obstacle(server) is None:
            chosen.setdefault(server.type, index)
    return {index: provider.servers[index] for index in sorted(chosen.values())}


def _obstacle(server: Server) -> str | None:
    """Why the format cannot say where the server is, or None."""
    if server.type not in _NAMES:
        return f"the format has no protocol {server.type}"
    if server.type not in TCP_TYPES:
        target = web_address(server.url or "")
        if target is None or target.scheme != "https" or target.explicit_port or "%EMAIL" in (server.url or ""):
            return f"{server.url} is not an https address without port and placeholders"
        return None
    usual = default_socket_type(server.type)
    if server.socket_type is not usual or server.port != DEFAULT_PORTS[server.type][usual]:
        return f"the format says only {usual} on port {DEFAULT_PORTS[server.type][usual]}"
    return f"the format puts nothing in the place of {server.hostname}" if "%" in (server.hostname or "%") else None


def _help_url(provider: Provider) -> str | None:
    return provider.documentation[0].url if provider.documentation else None


def _authentication(provider: Provider, servers: Iterable[Server]) -> dict[str, Any]:
    """What any server takes is said of all of them: the format names methods once."""
    methods = {method for server in servers for method in server.authentication}
    said: dict[str, Any] = {}
    issuer = provider.oauth2.issuer if provider.oauth2 is not None else None
    if issuer is not None and issuer.startswith("https://") and not _OAUTH2.isdisjoint(methods):
        said["oauth-public"] = {"issuer": issuer}
    if not _PASSWORDS.isdisjoint(methods):
        said["password"] = True
    return said


_UNSAID_PROVIDER_FIELDS = (
    "id",
    "domains",
    "mx_domains",
    "webmail",
    "instructions",
    "enable",
    "input_fields",
    "client_config_update",
)
_REASONS = {
    "username": "clients log in by the address",
    "authentication": "the format names methods once for all servers, as a password or an issuer of OAuth2 tokens",
}


def losses(provider: Provider, *, address: Address | None = None) -> tuple[Loss, ...]:
    """Name what the rendered document does not say of the provider: the same in every draft."""
    if address is not None:
        provider = provider.for_address(address)
    found = definition_losses(provider) + gap_losses(provider)
    found += [
        Loss(field, "the format has no place for it") for field in _UNSAID_PROVIDER_FIELDS if getattr(provider, field)
    ]
    chosen = _chosen(provider)
    said = _authentication(provider, chosen.values())
    if provider.oauth2 != _read_oauth2(said):
        found.append(Loss("oauth2", "the format says only an issuer, as an https address, if a server takes OAuth2"))
    if provider.documentation != _help_pages(_help_url(provider)):
        found.append(Loss("documentation", "the format says the address of one page"))
    for index, server in enumerate(provider.servers):
        field = f"servers[{index}]"
        if index in chosen:
            found += _server_losses(field, server, _methods(said))
        elif not server.is_gap:
            found.append(Loss(field, _obstacle(server) or f"the format says one {server.type} server"))
    return tuple(found)


def _server_losses(field: str, server: Server, methods: _Methods) -> Iterator[Loss]:
    read = _server(server.type, server.hostname or server.url or "", methods)
    for name in server.__struct_fields__:
        if getattr(server, name) != getattr(read, name):
            yield Loss(f"{field}.{name}", _REASONS.get(name, "the format has no place for it"))


def parse(data: bytes) -> Provider:
    """As `read`, for those who need not know what was ignored.

    Raises:
        ParseError: the data is no such document.
    """
    return read(data).provider


def read_verified(data: bytes, records: Iterable[str]) -> Reading:
    """As `read`, if one of the TXT records at `RECORD` below the domain holds the digest of the data.

    Raises:
        ParseError: none does, or the data is no such document.
    """
    if not any(has_digest(record, data) for record in records):
        raise ParseError("pacc", f"no TXT record at {RECORD} holds its SHA-256, so a client must not take it")
    return read(data)


def has_digest(record: str, data: bytes) -> bool:
    """Tell whether a TXT record, its strings joined, names exactly this data."""
    tags = dict(_tags(record))
    if tags.get("v") != "UAAC1" or tags.get("a", "").lower() != "sha256":
        return False
    try:
        digest = b64decode(tags.get("d", ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(digest, hashlib.sha256(data).digest())


def _tags(record: str) -> Iterator[tuple[str, str]]:
    for tag in record.split(";"):
        name, _, value = tag.partition("=")
        yield name.strip(), value.strip()


def read(data: bytes) -> Reading:
    """Read a PACC document of any draft, whose digest is not checked here: `read_verified` does.

    Raises:
        ParseError: the data is no such document.
    """
    said, notes = json.parse_object(data, "pacc")
    protocols = said.get("protocols")
    if not isinstance(protocols, dict):
        raise ParseError("pacc", "no object `protocols` in it")
    ignored = list(notes)
    methods = _methods(json.object_of(said.get("authentication")))
    servers: dict[ServerType, Server] = {}
    for name, value in protocols.items():
        type = _TYPES.get(name)
        if type is None:
            ignored.append(f"protocols.{name} is unknown")
        elif type in servers:
            ignored.append(f"protocols.{name} is a second {type} server")
        elif (server := _read_server(type, json.object_of(value), methods)) is None:
            ignored.append(f"protocols.{name} names no server to reach")
        else:
            servers[type] = server
    info = json.object_of(said.get("info"))
    about, help = json.object_of(info.get("provider")), json.object_of(info.get("help"))
    ignored += (f"info.provider.{key} has no place in a definition" for key in about if key not in _ABOUT_KEYS)
    ignored += (f"info.help.{key} has no place in a definition" for key in help if key != "documentation")
    provider = Provider(
        id="",
        name=tidy(about.get("name")) or "",
        short_name=tidy(about.get("shortName")),
        servers=tuple(servers.values()),
        documentation=_help_pages(tidy(help.get("documentation"))),
        oauth2=_read_oauth2(json.object_of(said.get("authentication"))),
    )
    return Reading(provider, tuple(ignored))


_ABOUT_KEYS = frozenset({"name", "shortName"})


def recognises(data: bytes) -> bool:
    """Tell whether the data looks like a PACC document."""
    try:
        said, _ = json.parse_object(data, "pacc")
    except ParseError:
        return False
    return isinstance(said.get("protocols"), dict)


class _Methods(msgspec.Struct, frozen=True):
    """What the document says that every server takes."""

    oauth2: bool
    password: bool

    def of(self, type: ServerType) -> tuple[Authentication, ...]:
        password = Authentication.PASSWORD_CLEARTEXT if type in TCP_TYPES else Authentication.HTTP_BASIC
        return (Authentication.OAUTH2,) * self.oauth2 + (password,) * self.password


def _methods(said: Mapping[str, Any]) -> _Methods:
    return _Methods(oauth2=_read_oauth2(said) is not None, password=said.get("password") is True)


def _read_oauth2(said: Mapping[str, Any]) -> OAuth2 | None:
    issuer = tidy(json.object_of(said.get("oauth-public")).get("issuer"))
    return OAuth2(issuer=issuer) if issuer is not None else None


def _help_pages(url: str | None) -> tuple[HelpPage, ...]:
    return (HelpPage(url),) if url is not None else ()


def _read_server(type: ServerType, said: Mapping[str, Any], methods: _Methods) -> Server | None:
    place = tidy(said.get("host" if type in TCP_TYPES else "url"))
    if place is None:
        return None
    if type in TCP_TYPES:
        usable = is_host(place)
    else:
        target = web_address(place)
        usable = target is not None and target.scheme == "https"
    return _server(type, place, methods) if usable else None


def _server(type: ServerType, place: str, methods: _Methods) -> Server:
    """A server where the format puts it: the port and the protection are the model's defaults."""
    authentication = methods.of(type)
    if type in TCP_TYPES:
        return Server(type=type, hostname=place, username=DEFAULT_USERNAME, authentication=authentication)
    return Server(type=type, url=place, username=DEFAULT_USERNAME, authentication=authentication)
