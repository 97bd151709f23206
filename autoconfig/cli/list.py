"""`autoconfig list`: the providers of a catalog."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from autoconfig.cli.output import catalog_of, definitions_option, print_table, write_document
from autoconfig.model import Provider


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
    rows = []
    for provider in providers:
        offers = dict.fromkeys(server.type.value for server in provider.servers if not server.is_gap)
        rows.append((provider.id, provider.name, str(len(provider.domains)), " ".join(offers), provider.status.value))
    print_table(("Id", "Name", "Domains", "Offers", "Status"), rows)
