"""`autoconfig diff`: what changes for people from one set of definitions to another."""

from __future__ import annotations

from pathlib import Path

import click

from autoconfig.cli.output import note, printable, write_document

_SHOWN_DOMAINS = 3


@click.command()
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("new", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON array on stdout.")
@click.pass_context
def command(ctx: click.Context, old: Path, new: Path, as_json: bool) -> None:
    """Show in words what changes for the people of a domain from OLD to NEW.

    Each is a definition, a folder of definitions, or a site that `build` wrote. Where one of them is a site, what
    Mozilla's format can say is compared. Exits with 1 if anything changes.
    """
    from autoconfig.diff import diff_paths

    changes = diff_paths(old, new)
    if as_json:
        import msgspec

        write_document(msgspec.json.format(msgspec.json.encode(changes), indent=2) + b"\n")
    else:
        for change in changes:
            lines = [f"{_names(change.domains)}:", *(f"  {one}" for one in change.changes)]
            click.echo("\n".join(map(printable, lines)))
        if not changes:
            note("nothing changes for anybody")
    ctx.exit(1 if changes else 0)


def _names(domains: tuple[str, ...]) -> str:
    shown, more = domains[:_SHOWN_DOMAINS], len(domains) - _SHOWN_DOMAINS
    if more == 1:
        shown, more = domains, 0
    return ", ".join(shown) + (f" and {more} others" if more > 0 else "")
