"""`autoconfig fill`: what a definition leaves open, found in DNS."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from autoconfig.catalog import bundled_path, definition_files
from autoconfig.cli.network import resolver_of, resolver_options
from autoconfig.cli.output import note, print_table, write_document
from autoconfig.definitions import read
from autoconfig.errors import DefinitionError, Problem
from autoconfig.model import Provider

if TYPE_CHECKING:
    from autoconfig.dns import Filled


@click.command()
@click.argument("targets", nargs=-1, metavar="[DEFINITIONS|DOMAIN]...")
@click.option("--write", is_flag=True, help="Put what was found into the definitions, each value with its record.")
@click.option("--guess", is_flag=True, help="Without any SRV record, take the usual host names that have an address.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array with one object for each provider.")
@resolver_options
@click.pass_context
def command(
    ctx: click.Context,
    targets: tuple[str, ...],
    write: bool,
    guess: bool,
    as_json: bool,
    nameservers: tuple[str, ...],
    https: str | None,
    dnssec: bool,
) -> None:
    """Fill the gaps of definitions (files or folders; the bundled ones if none is named) from DNS.

    For a DOMAIN without definition, everything is asked. Prints what was filled from where; exits with 1 if anything
    stayed open.
    """
    from autoconfig.dns import fill_all

    sources = list(_sources(targets or (str(bundled_path()),)))
    if write and (nowhere := [provider.id for provider, path in sources if path is None]):
        raise click.UsageError(f"--write needs definitions to write into, and {', '.join(nowhere)} has none")
    with resolver_of(nameservers, https, dnssec) as resolver:
        providers = _progress([provider for provider, _ in sources])
        filled = list(fill_all(providers, resolver, guess=guess))
    if as_json:
        write_document(msgspec.json.format(msgspec.json.encode(filled), indent=2) + b"\n")
    else:
        _print_provenance(filled)
    for result in filled:
        for gap in result.gaps:
            note(f"open: {result.provider.id}: {gap}")
        for warning in result.warnings:
            note(f"warning: {result.provider.id}: {warning}")
    if write:
        for (_, path), result in zip(sources, filled, strict=True):
            assert path is not None
            _write(path, result)
    if any(result.gaps for result in filled):
        ctx.exit(1)


def _sources(targets: Iterable[str]) -> Iterator[tuple[Provider, Path | None]]:
    """Each provider with the file of its definition; what is no path is a domain.

    Raises:
        DefinitionError: every mistake of every definition.
        AddressError: a target is neither a path nor a domain.
    """
    from autoconfig.address import normalize_domain

    problems: list[Problem] = []
    for target in targets:
        path = Path(target)
        if not path.exists():
            domain = normalize_domain(target)
            yield Provider(id=domain, name=domain, domains=(domain,)), None
            continue
        for file in definition_files(path):
            try:
                yield read(file), file
            except DefinitionError as error:
                problems += error.problems
    if problems:
        raise DefinitionError(problems)


def _progress(providers: Sequence[Provider]) -> Iterable[Provider]:
    if len(providers) == 1 or not sys.stderr.isatty():
        return providers
    from rich.console import Console
    from rich.progress import track

    return track(providers, description="Asking DNS", console=Console(stderr=True), transient=True)


def _print_provenance(filled: Iterable[Filled]) -> None:
    rows = [
        (
            result.provider.id,
            value.field,
            value.value,
            value.record or value.origin.value,
            "" if value.ttl is None else f"{value.ttl} s",
            "" if value.ttl is None else value.origin.value if value.origin == "guess" else _trust(value.secure),
        )
        for result in filled
        for value in result.provenance
    ]
    if rows:
        print_table(("Provider", "Field", "Value", "From", "TTL", "Trust"), rows)
    else:
        note("nothing was filled")


def _trust(secure: bool) -> str:
    return "secure" if secure else "unsigned"


def _write(path: Path, filled: Filled) -> None:
    from autoconfig.definitions.editor import fill_in, replace_file

    records = {
        int(value.field[len("servers[") : value.field.index("]")]): value.record
        for value in filled.provenance
        if value.record
    }
    if not records:
        return
    try:
        replace_file(path, fill_in(path.read_bytes(), filled.provider, records, path=str(path)))
    except OSError as error:
        raise click.FileError(str(path), f"{error.strerror}; it is as it was") from error
    note(f"{path}: {len(records)} servers written")
