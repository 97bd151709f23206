"""The key `lint` of a definition: rules that are known not to hold there, each with the reason.

lint:
  starttls-only: the provider offers nothing else; asked in 2026-03
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from autoconfig import definitions
from autoconfig.definitions import nodes
from autoconfig.definitions.loader import load
from autoconfig.definitions.reader import read_bytes
from autoconfig.model import Provider

KEY = "lint"
_MARK = f"{KEY}:".encode()


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
    except nodes.Mistakes:
        return definitions.read(path), {}  # which tells the mistakes
    provider = definitions.parse(data, path=str(path))
    return provider, _suppressions(load(data, [])) if _MARK in data else {}


def _suppressions(root: nodes.Node) -> dict[str, Suppression]:
    """What a definition that was read without mistakes has under the key."""
    assert isinstance(root, nodes.Mapping)
    _, section = root.entries.get(KEY, (None, None))
    if not isinstance(section, nodes.Mapping):
        return {}
    return {
        rule: Suppression(reason.text.strip(), key.line, key.column)
        for rule, (key, reason) in section.entries.items()
        if isinstance(reason, nodes.Scalar)
    }
