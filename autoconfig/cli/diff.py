"""`autoconfig diff`: what changes for people from one set of definitions to another."""

from __future__ import annotations

from pathlib import Path

import click

from autoconfig.cli.output import note, printable, write_document


@click.command()
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("new", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--json", "as_json", is_flag=True, help="Print a JSON array with one object for domains that change alike."
)
@click.pass_context
def command(ctx: click.Context, old: Path, new: Path, as_json: bool) -> None:
    """Show in words what changes for the people of a domain from OLD to NEW.

    Each is a definition, a folder of definitions, or a site that `build` wrote. Where one of them is a site, only what
    Mozilla's format can say is compared. Exits with 0 if nothing changes, 1 if something does, 2 on bad input.
    """
    from autoconfig import diff

    changes = diff.diff_paths(old, new)
    if diff.is_site(old) or diff.is_site(new):
        note("note: of a site, what Mozilla's format can say is compared")
    if as_json:
        import msgspec

        write_document(msgspec.json.format(msgspec.json.encode(changes), indent=2) + b"\n")
    else:
        for change in changes:
            lines = [f"{diff.heading(change)}:", *(f"  {sentence}" for sentence in diff.sentences(change.changes))]
            click.echo("\n".join(map(printable, lines)))
    if not changes:
        note("nothing changes for anybody")
    ctx.exit(1 if changes else 0)
