"""`autoconfig list`: the providers of a catalog."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from autoconfig.cli.output import catalog_of, definitions_option, write_document
from autoconfig.model import Provider

_PIPE_WIDTH = 1000


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array with everything a definition says.")
@definitions_option
def command(as_json: bool, definitions: Path | None) -> None:
    """Print a table of the providers."""
    providers = sorted(catalog_of(definitions).providers, key=lambda provider: provider.id.lower())
    if as_json:
        write_document(msgspec.json.format(msgspec.json.encode(providers), indent=2) + b"\n")
    else:
        _print_table(providers)


def _print_table(providers: list[Provider]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    table = Table("Id", "Name", "Domains", "Offers", "Status", box=SIMPLE_HEAD)
    for provider in providers:
        offers = dict.fromkeys(server.type.value for server in provider.servers if not server.is_gap)
        cells = (provider.id, provider.name, str(len(provider.domains)), " ".join(offers), provider.status.value)
        table.add_row(*map(Text, cells))
    console.print(table)
