"""The key `lint` of a definition: rules that are known not to hold there, each with the reason.

    lint:
      starttls-only: the provider offers nothing else; asked in 2026-03

A definition's reader does not know the key, so this module reads it and keeps it from the reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from autoconfig import definitions
from autoconfig.definitions import nodes
from autoconfig.definitions.loader import load
from autoconfig.definitions.reader import read_bytes
from autoconfig.errors import DefinitionError, Problem
from autoconfig.model import Provider

KEY = "lint"
_MARK = f"\n{KEY}:".encode()


class Suppression(msgspec.Struct, frozen=True):
    """Why a rule is left alone, and where that is written: line and column from 1."""

    reason: str
    line: int
    column: int


def read(path: Path) -> tuple[Provider, Mapping[str, Suppression]]:
    """Read a definition, and what it suppresses by rule.

    Raises:
        DefinitionError: the file cannot be read, or holds mistakes; every one of them is told.
    """
    try:
        data = read_bytes(path)
        root = load(data, []) if _MARK in data else None
    except nodes.Mistakes:
        return definitions.read(path), {}  # which tells the mistakes
    if not isinstance(root, nodes.Mapping) or KEY not in root.entries:
        return definitions.parse(data, path=str(path)), {}
    suppressions = _suppressions(root.entries[KEY][1], path)
    return definitions.parse(_without_key(data, root), path=str(path)), suppressions


def _suppressions(node: nodes.Node, path: Path) -> dict[str, Suppression]:
    """Every entry of a mapping of rules to reasons.

    Raises:
        DefinitionError: it is something else.
    """
    if not isinstance(node, nodes.Mapping):
        raise DefinitionError([_problem(path, node, KEY, "no mapping")])
    found = {}
    problems = []
    for rule, (key, value) in node.entries.items():
        if isinstance(value, nodes.Scalar) and value.text.strip():
            found[rule] = Suppression(value.text.strip(), key.line, key.column)
        else:
            problems.append(_problem(path, value, f"{KEY}.{rule}", "no reason"))
    if problems:
        raise DefinitionError(problems)
    return found


def _problem(path: Path, node: nodes.Node, field: str, found: str) -> Problem:
    allowed = "a mapping of lint rules to the reasons why they do not hold here"
    return Problem(str(path), node.line, node.column, field, found, allowed, "write {rule: reason}")


def _without_key(data: bytes, root: nodes.Mapping) -> bytes:
    """The definition with empty lines in the place of the key, so that every other line keeps its number."""
    lines = data.splitlines(keepends=True)
    first = root.entries[KEY][0].line - 1
    after = [key.line - 1 for key, _ in root.entries.values() if key.line - 1 > first]
    last = min(after, default=len(lines))
    return b"".join([*lines[:first], *[b"\n"] * (last - first), *lines[last:]])
