"""Where a field of a provider stands in its definition, for messages of those who only have the provider."""

from __future__ import annotations

import re
from pathlib import Path

from autoconfig.definitions.loader import load
from autoconfig.definitions.nodes import Mapping, Mistakes, Node, Scalar, Sequence, steps
from autoconfig.definitions.reader import read_bytes
from autoconfig.definitions.servers import SERVICE_TYPES
from autoconfig.model import ROLES, Role, ServerType

_STEP = re.compile(r"\.?[^.\[\]]+|\[[0-9]+\]")
_ROLE_ORDER = list(Role)


def locate(path: Path, field: str) -> tuple[int, int]:
    """Give line and column, both from 1, of a provider's field such as `servers[2].port` or `domains[4]`.

    `servers[2]` is the third of `Provider.servers`, wherever the file has it. Where the file leaves the field out, or
    has it in short, the nearest place around it is given; (0, 0) where the file cannot be read.
    """
    try:
        root = load(read_bytes(path), [])
    except Mistakes:
        return 0, 0
    way = [step if step.startswith("[") else f".{step.removeprefix('.')}" for step in _STEP.findall(field)]
    node = root
    if way[:1] == [".servers"] and len(way) > 1 and way[1].startswith("["):
        node, way = _server(root, int(way[1].strip("[]"))), way[2:]
    if way[:1] == [".mx_domains"] and _value(root, "hosted") is not None:
        way = [".hosted", ".mx", *way[1:]]
    for step in way:
        below = {name: child for name, child, _ in steps(node)}
        if step not in below:
            break
        node = below[step]
    return node.line, node.column


def _server(root: Node, index: int) -> Node:
    """The node of one server; servers and services are put together and sorted as `Provider` does."""
    found = sorted(_typed_servers(root), key=lambda typed: _ROLE_ORDER.index(ROLES[typed[0]]))
    return found[index][1] if index < len(found) else root


def _typed_servers(root: Node) -> list[tuple[ServerType, Node]]:
    servers = [
        (ServerType(type.text), node)
        for node in _items(_value(root, "servers"))
        if isinstance(type := _value(node, "type"), Scalar) and type.text in set(ServerType)
    ]
    services = _value(root, "services")
    named = services.entries if isinstance(services, Mapping) else {}
    return servers + [
        (ServerType(key), node) for key, (_, value) in named.items() if key in SERVICE_TYPES for node in _items(value)
    ]


def _value(node: Node | None, key: str) -> Node | None:
    return node.entries[key][1] if isinstance(node, Mapping) and key in node.entries else None


def _items(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return node.items if isinstance(node, Sequence) else [node]
