"""`autoconfig records`: the DNS records that publish a provider, and whether DNS has them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autoconfig.cli.network import nameserver_option, resolver_of
from autoconfig.cli.output import catalog_of, definitions_option, note, print_table, write_document

if TYPE_CHECKING:
    from autoconfig.dns.published import Comparison

_DRIFTS, _IS_UNKNOWN = 1, 2


@click.command()
@click.argument("target", metavar="DOMAIN|ID")
@definitions_option
@click.option("--host", metavar="NAME", help="The site's web host: adds the aliases at which clients look for it.")
@click.option("--check", is_flag=True, help="Ask DNS, and exit with 1 if a record differs, 2 if one has no answer.")
@nameserver_option
@click.pass_context
def command(
    ctx: click.Context,
    target: str,
    definitions: Path | None,
    host: str | None,
    check: bool,
    nameservers: tuple[str, ...],
) -> None:
    """Print the zone fragment of a domain, or of the first domain of a provider.

    With --check, compare it with what the system's resolver or each --nameserver in turn has.
    """
    from autoconfig.dns.zone import unpublished, zone
    from autoconfig.site.plan import pacc_record

    catalog = catalog_of(definitions)
    provider = catalog.find(target) or next(iter(catalog.with_id(target)), None)
    if provider is None:
        note(f"{target}: no provider of that domain or id; `autoconfig list` shows all")
        ctx.exit(1)
    domains = [domain for domain in provider.domains if not domain.startswith("*")]
    domain = target if catalog.find(target) is provider else next(iter(domains), "")
    fragment = zone(provider, domain, host=host, pacc=pacc_record(provider))
    for reason in unpublished(provider, domain):
        note(f"note: {provider.id}: {reason}")
    if not check:
        write_document(fragment)
        return
    ctx.exit(max(_check(fragment, domain, server) for server in nameservers or (None,)))


def _check(fragment: bytes, domain: str, nameserver: str | None) -> int:
    from autoconfig.dns.published import Verdict, compare

    with resolver_of([nameserver] if nameserver else []) as resolver:
        comparisons = compare(fragment, domain, resolver)
    note(f"{nameserver or 'the system’s resolver'}:")
    _print(comparisons)
    verdicts = {comparison.verdict for comparison in comparisons}
    if Verdict.UNKNOWN in verdicts:
        return _IS_UNKNOWN
    return _DRIFTS if verdicts - {Verdict.OK} else 0


def _print(comparisons: Sequence[Comparison]) -> None:
    rows = [
        (
            comparison.verdict.value,
            comparison.name,
            comparison.type,
            ", ".join(comparison.expected),
            "" if comparison.verdict == "ok" else ", ".join(comparison.found),
        )
        for comparison in comparisons
    ]
    print_table(("", "Name", "Type", "Expected", "Found"), rows)
