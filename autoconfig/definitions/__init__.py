"""Definitions: one provider in one YAML file, read with the line of every mistake, and written for people.

`read` and `parse` give a `Provider`, `write` is their inverse, `schema` describes a definition to editors, and `locate`
finds a provider's field in its file.
"""

from autoconfig.definitions.places import locate
from autoconfig.definitions.reader import parse, read
from autoconfig.definitions.schema import schema
from autoconfig.definitions.writer import write

__all__ = ["locate", "parse", "read", "schema", "write"]
