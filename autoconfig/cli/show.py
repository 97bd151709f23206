"""`autoconfig show`: one provider, as a document."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from autoconfig.address import Address, parse_address
from autoconfig.catalog import Catalog, bundled_mentioning, load
from autoconfig.cli.output import (
    DOCUMENT_FORMATS,
    catalog_of,
    definitions_option,
    note,
    note_losses,
    note_status,
    render,
    write_document,
)
from autoconfig.formats import FORMATS
from autoconfig.model import Provider


@click.command()
@click.argument("target", metavar="ADDRESS|DOMAIN|ID")
@click.option("--format", type=click.Choice(DOCUMENT_FORMATS), default="yaml", show_default=True)
@click.option("--protocol", type=click.Choice(["imap", "pop3"]), help="For Apple's profile, which holds one of them.")
@definitions_option
@click.pass_context
def command(
    ctx: click.Context, target: str, format: str, protocol: Literal["imap", "pop3"] | None, definitions: Path | None
) -> None:
    """Print a provider's settings.

    For an e-mail address they are written out for it; for a domain or an id the placeholders stay.
    """
    if protocol is not None and format != "apple":
        raise click.UsageError("--protocol goes with --format apple: the other formats hold both")
    provider, address = _find(bundled_mentioning(target) if definitions is None else load(definitions), target)
    if provider is None:
        suggestion = _suggestion(catalog_of(definitions), target)
        note(f"{target}: no provider of that domain or id{suggestion}; `autoconfig list` shows all")
        ctx.exit(1)
    note_status(provider)
    if protocol is None:
        write_document(render(provider, format, address))
        return
    from autoconfig.formats import apple

    note_losses(FORMATS["apple"].title, provider, apple.losses(provider, address=address, protocol=protocol))
    write_document(apple.render(provider, address=address, protocol=protocol))


def _find(catalog: Catalog, target: str) -> tuple[Provider | None, Address | None]:
    if "@" in target:
        address = parse_address(target)
        return catalog.find(address.domain), address
    provider = catalog.find(target) or next(iter(catalog.with_id(target)), None)
    return provider, None


def _suggestion(catalog: Catalog, target: str) -> str:
    from difflib import get_close_matches

    domain = target.rpartition("@")[2].lower()
    known = [domain for provider in catalog.providers for domain in (provider.id, *provider.domains)]
    close = get_close_matches(domain, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
