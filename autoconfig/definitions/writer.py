"""Writing a definition: from a `Provider` to the YAML that a person would have written."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from itertools import chain
from typing import Any

import msgspec

from autoconfig.definitions.emitter import Plain, dump
from autoconfig.definitions.kinds import Scope
from autoconfig.definitions.layout import DEFINITION
from autoconfig.definitions.servers import SERVICE_ROLES
from autoconfig.model import (
    DEFAULT_AUTHENTICATION,
    DEFAULT_USERNAME,
    Authentication,
    HelpPage,
    LocalizedText,
    Provider,
    Server,
    ServerType,
    Webmail,
    inherited_authentication,
)


def write(provider: Provider) -> bytes:
    """Write a provider as a definition, in UTF-8; the same provider gives the same bytes.

    `parse` gives the provider back. Values that a definition refuses, such as an empty id, are written all the same:
    `parse` then tells what must be mended.
    """
    rest = msgspec.structs.replace(provider, servers=(), username=None, authentication=())
    values = _struct(rest) | (_servers(provider.servers) if provider.servers else _for_dns(provider))
    return dump({key: values[key] for key in DEFINITION.fields if key in values}).encode()


def _struct(struct: msgspec.Struct) -> dict[str, Plain]:
    """The fields of a struct that are not at their defaults."""
    fields = msgspec.structs.fields(struct)
    values = ((field, getattr(struct, field.name)) for field in fields)
    return {field.name: _plain(value) for field, value in values if value != field.default}


def _plain(value: Any) -> Plain:
    match value:
        case Webmail(login_page=str(page), login_form=None):
            return page
        case HelpPage(url=url, text=text):
            return ({"url": url} if url else {}) | ({"text": _text(text)} if text else {})
        case msgspec.Struct():
            return _struct(value)
        case tuple():
            return [_plain(item) for item in value]
        case StrEnum():
            return value.value
        case _:
            assert value is None or isinstance(value, str | int)
            return value


def _text(text: tuple[LocalizedText, ...]) -> Plain:
    match text:
        case [LocalizedText(language="", text=alone)]:
            return alone
    by_language: dict[str, Plain] = {part.language: part.text for part in text}
    return by_language if len(by_language) == len(text) else [{part.language: part.text} for part in text]


def _for_dns(provider: Provider) -> dict[str, Plain]:
    """What a provider without servers says of those that DNS will name; an empty list if it says nothing."""
    if provider.username is None and not provider.authentication:
        return {"servers": []}
    return _inherited(Scope(provider.username, provider.authentication))


def _servers(servers: tuple[Server, ...]) -> dict[str, Plain]:
    """The servers, and what most of them have in common at the top level."""
    top = _most_common(servers)
    listed, services = _by_section(servers)
    values = _inherited(top)
    if listed:
        values["servers"] = [_server(server, top) for server in listed]
    if services:
        values["services"] = {type.value: _service(group, top) for type, group in services.items()}
    return values


def _inherited(top: Scope) -> dict[str, Plain]:
    values: dict[str, Plain] = {}
    if top.username != DEFAULT_USERNAME:
        values["username"] = top.username
    if top.authentication != DEFAULT_AUTHENTICATION:
        values["authentication"] = _plain(top.authentication)
    return values


def _most_common(servers: tuple[Server, ...]) -> Scope:
    """The user name and the authentication that leave the least to say at the servers; of equals, the default."""
    usernames = Counter(server.username for server in servers)
    methods = Counter((server.type, server.authentication) for server in servers)

    def heirs(authentication: tuple[Authentication, ...]) -> int:
        return sum(
            count for (type, own), count in methods.items() if own == inherited_authentication(type, authentication)
        )

    return Scope(
        username=max([DEFAULT_USERNAME, *usernames], key=lambda username: usernames[username]),
        authentication=max([DEFAULT_AUTHENTICATION, *(own for _, own in methods)], key=heirs),
    )


def _by_section(servers: tuple[Server, ...]) -> tuple[list[Server], dict[ServerType, list[Server]]]:
    """Split into `servers` and `services` by type; where that mixed up the order of chats, all are `servers`."""
    services = [server for server in servers if server.role in SERVICE_ROLES]
    by_type: dict[ServerType, list[Server]] = {}
    for server in services:
        by_type.setdefault(server.type, []).append(server)
    if list(chain.from_iterable(by_type.values())) != services:
        return list(servers), {}
    return [server for server in servers if server.role not in SERVICE_ROLES], by_type


def _server(server: Server, top: Scope) -> dict[str, Plain]:
    """A server's fields but for what reading puts there by itself."""
    usual = Server(type=server.type, hostname=server.hostname)
    usual_port = Server(type=server.type, hostname=server.hostname, socket_type=server.socket_type).port
    left_out = dict.fromkeys(Server.__struct_fields__) | {
        "port": usual_port,
        "socket_type": usual.socket_type,
        "username": top.username,
        "authentication": inherited_authentication(server.type, top.authentication),
    }
    values = msgspec.structs.asdict(server)
    return {name: _plain(value) for name, value in values.items() if value != left_out[name]}


def _service(servers: list[Server], top: Scope) -> Plain:
    entries = [_url_or_mapping(_server(server, top)) for server in servers]
    return entries[0] if len(entries) == 1 else entries


def _url_or_mapping(values: dict[str, Plain]) -> Plain:
    rest = {name: value for name, value in values.items() if name != "type"}
    return rest["url"] if list(rest) == ["url"] else rest
