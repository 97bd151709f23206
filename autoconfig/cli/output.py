"""What the commands share: documents to stdout byte for byte, everything else to stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autoconfig.address import Address
from autoconfig.catalog import Catalog, bundled, load
from autoconfig.formats import FORMATS, Loss
from autoconfig.model import Provider, Status

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH = 1000
DOCUMENT_FORMATS = (*FORMATS, "yaml")

definitions_option = click.option(
    "--definitions",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A definition or a folder of them; the bundled providers if left out.",
)


def catalog_of(path: Path | None) -> Catalog:
    """The catalog at a path, the bundled one without."""
    return bundled() if path is None else load(path)


def write_document(data: bytes) -> None:
    """Write to stdout exactly these bytes."""
    sys.stdout.buffer.write(data)
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table to stdout."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=SIMPLE_HEAD)
    for row in rows:
        table.add_row(*map(Text, row))
    console().print(table)


def console(*, stderr: bool = False) -> Console:
    """What draws on stdout or stderr, as wide as the terminal; in a pipe a row is a line."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else _PIPE_WIDTH)


def note(text: str) -> None:
    """Say something that is no part of the document."""
    click.echo(text, err=True)


def printable(text: str) -> str:
    """Text from outside without what would steer the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def note_status(provider: Provider) -> None:
    """Mention a definition whose author is not sure of it."""
    if provider.status is not Status.CONFIRMED:
        note(f"note: the settings of {provider.name} ({provider.id}) are {provider.status}")


def render(provider: Provider, format: str, address: Address | None = None) -> bytes:
    """A provider in a published format or as YAML, with what is lost told on stderr."""
    if format == "yaml":
        from autoconfig import definitions

        return definitions.write(provider if address is None else provider.for_address(address))
    module = FORMATS[format].module
    note_losses(FORMATS[format].title, provider, module.losses(provider, address=address))
    return module.render(provider, address=address)


def note_losses(title: str, provider: Provider, losses: Iterable[Loss]) -> None:
    """Name what a document does not say: in one line, and one line more for each client that misreads it."""
    unsaid = {loss.field: loss.reason for loss in losses if loss.client is None}
    if unsaid:
        note(f"note: {title} of {provider.id} leaves out {', '.join(unsaid)}")
    for loss in losses:
        if loss.client is not None:
            note(f"note: {title} of {provider.id}: {loss}")
