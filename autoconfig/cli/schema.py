"""`autoconfig schema`: the JSON Schema of definitions, for editors."""

from __future__ import annotations

import click
import msgspec

from autoconfig.cli.output import write_document


@click.command()
def command() -> None:
    """Print the JSON Schema of definitions, by which editors complete and check the YAML."""
    from autoconfig import definitions

    write_document(msgspec.json.format(msgspec.json.encode(definitions.schema()), indent=2) + b"\n")
