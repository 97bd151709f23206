"""The layout of servers and services in a definition: which keys a server of each type takes."""

from __future__ import annotations

from itertools import chain
from typing import Any

from autoconfig.definitions import texts
from autoconfig.definitions.kinds import Flag, Nullable, Number, OneOf, Schema, Scope
from autoconfig.definitions.nodes import Mapping, Node, Scalar
from autoconfig.definitions.records import Field, ListOf, OneOrMore, Record, Shorthand
from autoconfig.model import (
    FIELD_TYPES,
    ROLES,
    Authentication,
    Pop3Options,
    Role,
    Server,
    ServerType,
    SocketType,
    inherited_authentication,
)

AUTHENTICATION = OneOrMore(OneOf(Authentication))
USERNAME = Nullable(texts.USERNAME)
PORT = Number(1, 65535)
SOCKET_TYPE = OneOf(SocketType, "write SSL for TLS from the start, STARTTLS for TLS after a plain greeting")
COUNT = Number(0, 2**31 - 1)

POP3_OPTIONS = Record(
    "a pop3 section",
    (
        Field("leave_messages_on_server", Flag(), "Whether fetched mail stays on the server"),
        Field("download_on_biff", Flag(), "Whether new mail is fetched as soon as it is noticed"),
        Field("days_to_leave_messages_on_server", COUNT, "Days after which fetched mail is deleted from the server"),
        Field("check_interval_minutes", COUNT, "Minutes between two looks for new mail"),
    ),
    Pop3Options,
)

_SERVER_FIELDS = (
    Field("hostname", texts.HOST, "Name of the server; without it, DNS is asked"),
    Field("port", PORT, "TCP port, where it is not the usual one"),
    Field("socket_type", SOCKET_TYPE, "How the connection is protected; SSL is TLS from the start"),
    Field("url", texts.SERVICE_URL, "Where the service is"),
    Field("username", USERNAME, "User name of this server; null for none"),
    Field("authentication", AUTHENTICATION, "Ways to log in at this server, most preferred first"),
    Field("pop3", POP3_OPTIONS, "How a POP3 client treats the mail that it has fetched"),
    Field("restriction", texts.TEXT, "Where from the server can be used, such as client-IP-address"),
    Field("add_this_server", Flag(), "Whether a client adds this server"),
    Field("use_global_preferred_server", Flag(), "Whether the user's usual server is used instead"),
    Field("owa_url", texts.WEB_URL, "Outlook on the web"),
    Field("ews_url", texts.WEB_URL, "Exchange Web Services"),
    Field("eas_url", texts.WEB_URL, "Exchange ActiveSync"),
)
_TYPE = Field("type", OneOf(ServerType), "Protocol of the server", required=True)


def _fields_of(type: ServerType) -> list[Field]:
    return [field for field in _SERVER_FIELDS if field.name not in FIELD_TYPES or type in FIELD_TYPES[field.name]]


def _build_server(values: dict[str, Any], scope: Scope) -> Server:
    inherited = inherited_authentication(values["type"], scope.authentication)
    return Server(**{"username": scope.username, "authentication": inherited, **values})


_BY_TYPE: dict[str, Record[Any]] = {
    type.value: Record(f"a server of type {type}", [_TYPE, *_fields_of(type)], dict) for type in ServerType
}
_OF_ANY_TYPE: Record[Any] = Record("a server", [_TYPE, *_SERVER_FIELDS], dict)


class _AnyServer:
    """A server, whose type decides on its other keys."""

    def read(self, node: Node, scope: Scope) -> Server:
        match node:
            case Mapping(entries={"type": (_, Scalar(text=type))}):
                record = _BY_TYPE.get(type, _OF_ANY_TYPE)
            case _:
                record = _OF_ANY_TYPE
        return _build_server(record.read_fields(node, scope), scope)

    def schema(self, shared: dict[str, Schema]) -> Schema:
        reference = _OF_ANY_TYPE.schema(shared)
        shared["server"]["allOf"] = [
            {"if": {"required": [name]}, "then": {"properties": {"type": {"enum": _values(types)}}}}
            for name, types in FIELD_TYPES.items()
        ]
        return reference


def _values(types: frozenset[ServerType]) -> list[str]:
    return [type.value for type in ServerType if type in types]


class _Service:
    """A service of a known type: its URL, or a server without `type`."""

    def __init__(self, type: ServerType) -> None:
        self.type = type
        self.entry: Shorthand[Any] = Shorthand(Record(f"a service of type {type}", _fields_of(type), dict), "url")

    def read(self, node: Node, scope: Scope) -> Server:
        return _build_server({"type": self.type, **self.entry.read_fields(node, scope)}, scope)

    def schema(self, shared: dict[str, Schema]) -> Schema:
        return self.entry.schema(shared)


SERVICE_ROLES = (Role.CALENDAR, Role.ADDRESS_BOOK, Role.FILE_SHARE, Role.CHAT, Role.VIDEO_CONFERENCE)
SERVICE_TYPES = tuple(type for type, role in ROLES.items() if role in SERVICE_ROLES)


def _flattened(**services: tuple[Server, ...]) -> tuple[Server, ...]:
    return tuple(chain.from_iterable(services.values()))


SERVERS = ListOf(_AnyServer())
SERVICES = Record(
    "a services section",
    [Field(type.value, OneOrMore(_Service(type)), f"{ROLES[type].capitalize()} by {type}") for type in SERVICE_TYPES],
    _flattened,
)
