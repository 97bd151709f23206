"""Editing a definition in place: what fills its gaps is put in, and comments and order stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from autoconfig.definitions.reader import parse
from autoconfig.definitions.writer import write
from autoconfig.errors import DefinitionError, Problem
from autoconfig.model import DEFAULT_PORTS, Provider, Server, ServerType, default_socket_type

_PLACE = ("hostname", "url", "owa_url", "ews_url", "eas_url")
_WIDTH = 4096  # no line is folded that was not


def fill_in(data: bytes, filled: Provider, comments: Mapping[int, str], *, path: str = "<definition>") -> bytes:
    """Put the servers that fill a definition's gaps into its text.

    Args:
        data: the definition.
        filled: what it shall say: the same provider with servers in the place of gaps.
        comments: what to write behind a new server, by its place in `filled.servers`.
        path: is named in errors.

    Raises:
        DefinitionError: the text is no definition, or is written in a way that cannot be edited; it is then for a
            person to do.
    """
    before = parse(data, path=path)
    yaml = _yaml()
    document = yaml.load(data)
    new = {
        index: server
        for index, server in enumerate(filled.servers)
        if not server.is_gap and server not in before.servers
    }
    if before.servers:
        left = _fill_gaps(document, new, comments)
    else:
        left = {}
        _append_sections(document, filled, comments)
    output = BytesIO()
    yaml.dump(document, output)
    edited = output.getvalue()
    if left or parse(edited, path=path).servers != _without_declined(before, filled):
        raise DefinitionError(
            [
                Problem(
                    path=path,
                    line=0,
                    column=0,
                    field="servers",
                    found="gaps written in a way that cannot be edited here",
                    allowed="one mapping for each server",
                    remedy="put the values in by hand, as the table without --write shows them",
                )
            ]
        )
    return edited


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _without_declined(before: Provider, filled: Provider) -> tuple[Server, ...]:
    """The servers to expect: a gap that DNS declines is gone from `filled`, but stays in the text."""
    declined = tuple(server for server in before.gaps if not _is_answered(server, filled))
    return msgspec.structs.replace(filled, servers=(*filled.servers, *declined)).servers


def _is_answered(gap: Server, filled: Provider) -> bool:
    return any(_fits(gap.type, gap.socket_type, server) or server == gap for server in filled.servers)


def _fits(type: ServerType, socket_type: object, server: Server) -> bool:
    return server.type is type and socket_type in (None, server.socket_type)


def _fill_gaps(document: CommentedMap, new: dict[int, Server], comments: Mapping[int, str]) -> dict[int, Server]:
    """Fill each gap with the first new server that fits it, and put further ones of its type behind it."""
    left = dict(new)
    for listed, position in list(_gaps(document)):
        gap = listed[position]
        fitting = [
            index for index, server in left.items() if _fits(ServerType(gap["type"]), gap.get("socket_type"), server)
        ]
        template = deepcopy(gap)
        for offset, index in enumerate(fitting):
            server = left.pop(index)
            entry = gap if offset == 0 else deepcopy(template)
            entry.update(_values(server, entry))
            at = _index_of(listed, gap) + offset
            if offset:
                listed.insert(at, entry)
            if index in comments:
                _comment(listed, at, entry, comments[index])
    return left


def _comment(listed: CommentedSeq, at: int, entry: CommentedMap, comment: str) -> None:
    """Write a comment behind an entry, and behind a comment that stands there already."""
    if not entry.fa.flow_style():
        entry.yaml_add_eol_comment(comment, "url" if "url" in entry else "hostname")
        return
    tokens = listed.ca.items.get(at)
    known = tokens[0].value.strip() if tokens and tokens[0] is not None else ""
    listed.yaml_add_eol_comment(f"{known}; {comment}" if known else comment, at)


def _index_of(listed: CommentedSeq, gap: CommentedMap) -> int:
    return next(position for position, entry in enumerate(listed) if entry is gap)


def _gaps(document: CommentedMap) -> Iterator[tuple[CommentedSeq, int]]:
    listed = document.get("servers")
    if not isinstance(listed, CommentedSeq):
        return
    listed.fa.set_block_style()
    for position, entry in enumerate(listed):
        if isinstance(entry, CommentedMap) and "type" in entry and not any(entry.get(key) for key in _PLACE):
            yield listed, position


def _values(server: Server, said: CommentedMap) -> dict[str, Any]:
    """What must be written of a new server: its place, as far as no default says it."""
    if server.url is not None:
        return {"url": server.url}
    assert server.socket_type is not None
    values: dict[str, Any] = {"hostname": server.hostname}
    if server.socket_type is not default_socket_type(server.type) and "socket_type" not in said:
        values["socket_type"] = server.socket_type.value
    if server.port != DEFAULT_PORTS[server.type][server.socket_type] and "port" not in said:
        values["port"] = server.port
    return values


def _append_sections(document: CommentedMap, filled: Provider, comments: Mapping[int, str]) -> None:
    """Give a definition without servers its `servers` and `services`, each server with its comment."""
    without_logins = msgspec.structs.replace(filled, username=None, authentication=())
    sections = _yaml().load(write(without_logins))
    counts: dict[str, int] = {}
    for key in ("username", "authentication"):
        if key in sections and key not in document:
            document[key] = sections[key]
    for key in ("servers", "services"):
        if key in sections:
            sections[key].fa.set_block_style()
            document[key] = sections[key]
    for index, server in enumerate(filled.servers):
        if index not in comments:
            continue
        if server.type.value in sections.get("services", {}):
            document["services"].yaml_add_eol_comment(comments[index], server.type.value)
        else:
            position = counts.get("servers", 0)
            counts["servers"] = position + 1
            document["servers"].yaml_add_eol_comment(comments[index], position)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file in one step: whoever reads it gets the old or the new one, whole."""
    beside = path.with_name(f".{path.name}.writing")
    beside.write_bytes(data)
    beside.chmod(path.stat().st_mode)
    beside.replace(path)
