"""`autoconfig build`: the static site."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from autoconfig import site
from autoconfig.catalog import Catalog
from autoconfig.cli.network import resolver_of, resolver_options
from autoconfig.cli.output import catalog_of, note, printable
from autoconfig.formats import FORMATS

if TYPE_CHECKING:
    from autoconfig.dns import Resolver

_SHOWN_PATHS = 20


@click.command()
@click.argument("definitions", type=click.Path(path_type=Path), required=False)
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True, metavar="DIR")
@click.option("--provider", "providers", multiple=True, metavar="ID", help="Only this provider; repeatable.")
@click.option("--format", "formats", multiple=True, type=click.Choice([*FORMATS, "dns"]), help="Only this; repeatable.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and say how if DIR differs from what would be.")
@click.option("--copy", is_flag=True, help="Copy equal files instead of hard-linking them.")
@click.option(
    "--server",
    type=click.Choice(["nginx", "apache", "caddy", "static"]),
    help="Also write DIR/server: the configuration of this web server, or an upload list for an object store.",
)
@click.option("--root", metavar="PATH", help="Where the web server finds DIR; by default where it is now.")
@click.option("--pages", is_flag=True, help="Also write DIR/pages: setup pages for people.")
@click.option(
    "--layout",
    type=click.Choice([layout.value for layout in site.Layout]),
    default=site.Layout.DOMAINS.value,
    show_default=True,
    help="A folder for each domain, or one for each provider and a map of the domains, for very many of them.",
)
@click.option("--resolve", is_flag=True, help="Fill gaps from DNS on the fly; `autoconfig fill` shows what and whence.")
@resolver_options
@click.pass_context
def command(
    ctx: click.Context,
    definitions: Path | None,
    output: Path,
    providers: tuple[str, ...],
    formats: tuple[str, ...],
    check: bool,
    copy: bool,
    server: str | None,
    root: str | None,
    pages: bool,
    layout: Literal["domains", "shared"],
    resolve: bool,
    nameservers: tuple[str, ...],
    https: str | None,
    dnssec: bool,
) -> None:
    """Write the site of all DEFINITIONS (a file or a folder; the bundled providers if left out) into DIR.

    DIR/domains/DOMAIN is the document root of DOMAIN, autoconfig.DOMAIN and autodiscover.DOMAIN; DIR/ispdb is the
    tree that clients with an ISPDB base URL ask; DIR/dns/DOMAIN.zone are the records to include in the DOMAIN's zone.
    With --layout shared, DIR/homes.txt tells for each domain the KEY of its document root, DIR/providers/KEY.
    """
    catalog = catalog_of(definitions)
    _refuse_unknown(catalog, providers)
    if resolve:
        with resolver_of(nameservers, https, dnssec) as resolver:
            catalog = _filled(catalog, resolver)
    plan = site.plan(catalog, formats=formats, providers=providers, layout=site.Layout(layout))
    if pages:
        plan = plan.including(_pages(catalog, providers))
    if server is not None:
        plan = plan.including(_configuration(plan, server, root or os.path.realpath(output), pages, layout))
    changes = site.check(plan, output) if check else site.build(plan, output, copy=copy, track=_progress_bar)
    _report(plan, changes)
    if check:
        _report_paths(changes)
    else:
        files = changes.counts.added + changes.counts.changed + changes.counts.unchanged
        published = len({document.provider for document in plan.documents if document.provider})
        note(f"{output}: {published} providers, {files:,} files: {_counts(changes)}")
    if plan.unpublished or (check and changes):
        ctx.exit(1)


def _pages(catalog: Catalog, ids: Collection[str]) -> Iterable[site.File]:
    from autoconfig.site.pages import render_pages

    return render_pages([provider for provider in catalog.providers if not ids or provider.id in ids])


def _configuration(
    plan: site.Plan, server: str, root: str, pages: bool, layout: Literal["domains", "shared"]
) -> Iterable[site.File]:
    from autoconfig.site.servers import configuration

    homes = (pair for home in plan.homes for pair in home)
    paths = (path for document in plan.documents for path in document.paths)
    return configuration(server, root=root, pages=pages, layout=layout, homes=homes, paths=paths)


def _refuse_unknown(catalog: Catalog, ids: Iterable[str]) -> None:
    for id in ids:
        if not catalog.with_id(id):
            raise click.BadParameter(
                f"no provider has the id {id!r}: `autoconfig list` shows all", param_hint="--provider"
            )


def _filled(catalog: Catalog, resolver: Resolver) -> Catalog:
    """The catalog with every gap filled that DNS can fill; the rest is told, and left out when it is published."""
    from autoconfig.dns import fill_all

    with_gaps = [provider for provider in catalog.providers if provider.gaps or not provider.servers]
    filled = dict(zip(map(id, with_gaps), fill_all(with_gaps, resolver), strict=True))
    for result in filled.values():
        for warning in result.warnings:
            note(f"warning: {result.provider.id}: {warning}")
        for gap in result.gaps:
            note(f"open: {result.provider.id}: {gap}")
    return Catalog(
        (filled[id(provider)].provider if id(provider) in filled else provider for provider in catalog.providers),
        catalog.paths,
    )


def _progress_bar(steps: site.Stage) -> Iterable[object]:
    if not sys.stderr.isatty():
        return steps
    from rich.console import Console
    from rich.progress import track

    return track(steps, total=len(steps), description="Writing", console=Console(stderr=True), transient=True)


def _report(plan: site.Plan, changes: site.Changes) -> None:
    if plan.unconfirmed:
        note(f"note: unconfirmed: {', '.join(plan.unconfirmed)}")
    if plan.wildcards:
        note(f"note: no files for {', '.join(plan.wildcards)}, as clients ask for the domains below by name")
    for silent in plan.silent:
        note(f"note: {silent.provider}: {silent.reason}")
    _report_losses(plan)
    for path in changes.unknown:
        note(f"note: {printable(path)} was not written by a build, and is kept")
    for unpublished in plan.unpublished:
        note(f"not published: {unpublished.provider}: {unpublished.reason}")


def _report_losses(plan: site.Plan) -> None:
    """One line for each format and client: how many providers lose which field."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for document in plan.documents:
        fields = {(loss.client or "", loss.field.rpartition(".")[2].partition("[")[0]) for loss in document.losses}
        for client, field in fields:
            counts.setdefault((document.format, client), Counter())[field] += 1
    for (format, client), fields_lost in sorted(counts.items()):
        by_number = sorted(fields_lost.items(), key=lambda item: (-item[1], item[0]))
        what = ", ".join(f"{field} ({number})" for field, number in by_number)
        who = f"{client} will not take" if client else "leaves out"
        note(f"note: {FORMATS[format].title}: {who} {what}; `autoconfig show ID --format {format}` tells why")


def _report_paths(changes: site.Changes) -> None:
    counts = changes.counts
    for word, paths, count in (
        ("missing", changes.added, counts.added),
        ("differs", changes.changed, counts.changed),
        ("stale", changes.removed, counts.removed),
    ):
        for path in paths[:_SHOWN_PATHS]:
            note(f"{word}: {path}")
        if count > _SHOWN_PATHS:
            note(f"{word}: {count - _SHOWN_PATHS:,} more")
    note(f"{counts.unchanged:,} files are as they would be built" + ("" if changes else ": nothing differs"))


def _counts(changes: site.Changes) -> str:
    counts = changes.counts
    return (
        f"{counts.added:,} new, {counts.changed:,} changed, {counts.removed:,} removed, {counts.unchanged:,} unchanged"
    )
