"""Definitions: one provider in one YAML file, read with the line of every mistake, and written for people.

`read` and `parse` give a `Provider`, `write` is their inverse, `schema` describes a definition to editors, and `locate`
finds a provider's field in its file.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autoconfig.definitions.json_schema import schema
    from autoconfig.definitions.places import locate
    from autoconfig.definitions.reader import parse, read
    from autoconfig.definitions.writer import write

__all__ = ["locate", "parse", "read", "schema", "write"]

_HOMES = {"locate": "places", "parse": "reader", "read": "reader", "schema": "json_schema", "write": "writer"}


def __getattr__(name: str) -> Any:
    """Import a function when it is first asked for (PEP 562): who only reads does not pay for writing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'autoconfig.definitions' has no attribute {name!r}")
    return getattr(import_module(f"autoconfig.definitions.{_HOMES[name]}"), name)
