"""The JSON Schema of a definition (draft 2020-12), for editors; made of the tables that drive the reading.

It is shipped as `schema.json` beside this module.
"""

from __future__ import annotations

from autoconfig.definitions.kinds import Schema
from autoconfig.definitions.layout import DEFINITION


def schema() -> Schema:
    """Give the schema as a value that `json.dumps` takes."""
    shared: dict[str, Schema] = {}
    root = DEFINITION.object_schema(shared)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **root,
        "title": "Definition of a mail provider",
        "description": "What a mail provider offers, from which the settings for all mail clients are made",
        "$defs": dict(sorted(shared.items())),
    }
