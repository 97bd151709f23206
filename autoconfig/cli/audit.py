"""`autoconfig audit`: what is wrong with what domains publish, the worst first, each with the line that mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autoconfig.checks.audit import Audit, audit_many
from autoconfig.cli.network import (
    ca_file_option,
    connect_option,
    public_only_option,
    resolver_of,
    resolver_options,
    seconds_option,
)
from autoconfig.cli.output import catalog_of, definitions_option, note, printable, write_document
from autoconfig.discovery import ISPDB
from autoconfig.verification import Severity

if TYPE_CHECKING:
    from rich.status import Status

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


@click.command()
@click.argument("domains", nargs=-1, required=True, metavar="DOMAIN...")
@definitions_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each domain, one a line.")
@click.option("--sarif", is_flag=True, help="Print a SARIF 2.1.0 document, as code hosts read it.")
@resolver_options
@click.option("--ispdb", default=ISPDB, show_default=True, metavar="URL", help="The provider database.")
@ca_file_option
@seconds_option("--deadline", 10.0, "Seconds for all that is asked of DNS and of web servers.")
@seconds_option("--timeout", 5.0, "Seconds for each mail server.")
@public_only_option
@connect_option
@click.option("--concurrency", type=click.IntRange(min=1), default=8, show_default=True, metavar="N")
@click.pass_context
def command(
    ctx: click.Context,
    domains: tuple[str, ...],
    definitions: Path | None,
    as_json: bool,
    sarif: bool,
    nameservers: tuple[str, ...],
    https: str | None,
    dnssec: bool,
    ispdb: str,
    ca_file: str | None,
    deadline: float,
    timeout: float,
    public_only: bool,
    ports: dict[int, int],
    concurrency: int,
) -> None:
    """Ask all that domains publish, compare it with itself and the definition, and talk to the servers.

    What is to be mended first comes first, each with the record, the line or the setting that mends it; docs/audit.md
    tells the rules. No mail is sent and nobody logs in. Exits with 1 if there is an error or a warning.
    """
    if as_json and sarif:
        raise click.UsageError("--json and --sarif exclude each other")
    catalog = catalog_of(definitions) if definitions is not None else None
    audits: list[Audit] = []
    with resolver_of(nameservers, https, dnssec) as resolver:
        running = audit_many(
            domains,
            concurrency=concurrency,
            resolver=resolver,
            catalog=catalog,
            ispdb=ispdb,
            deadline=deadline,
            timeout=timeout,
            allow_private=not public_only,
            ca_file=ca_file,
            ports=ports,
        )
        with closing(running), _waiting(len(set(domains))) as waiting:
            for audit in running:
                audits.append(audit)
                waiting.stop()
                if as_json:
                    _write_json(audit)
                elif not sarif and not audit.is_offline:
                    _print(audit)
                waiting.start()
    if sarif:
        from autoconfig.checks.audit.sarif import render

        write_document(render(audits))
    _conclude(audits)
    ctx.exit(0 if all(audit.is_sound for audit in audits) else 1)


def _waiting(count: int) -> Status:
    """Shows on a terminal that something is going on; what is printed meanwhile must stop it."""
    from rich.console import Console

    return Console(stderr=True).status(f"Asking what {count} {'domain publishes' if count == 1 else 'domains publish'}")


def _print(audit: Audit) -> None:
    """A line for each finding, and what mends it below."""
    held_against = f", compared with {audit.compared_with}" if audit.compared_with else ""
    click.echo(printable(f"{audit.domain}: findings: {len(audit.findings)}{held_against}"))
    for number, finding in enumerate(audit.findings, 1):
        severity = click.style(finding.severity, fg=_COLOURS[finding.severity])
        click.echo(f"{number:>3}. {severity}: {printable(finding.text)} [{finding.rule}]")
        click.echo(f"     at {printable(finding.place)}")
        for line in finding.remedy.splitlines():
            click.echo(f"     {printable(line)}")


def _write_json(audit: Audit) -> None:
    import msgspec

    document = {
        "domain": audit.domain,
        "sound": audit.is_sound,
        "compared_with": audit.compared_with,
        "findings": audit.findings,
        "servers": audit.report.servers,
        "trace": audit.discovery.trace,
        "elapsed": audit.elapsed,
    }
    write_document(msgspec.json.encode(document) + b"\n")


def _conclude(audits: Sequence[Audit]) -> None:
    """How much was found of what, or that there is no network, once."""
    offline = [audit for audit in audits if audit.is_offline]
    if offline:
        names = ", ".join(audit.domain for audit in offline)
        first = next((finding.text for finding in offline[0].findings), "")
        note(printable(f"DNS says nothing of {names}: check this machine's network and name servers ({first})"))
    if len(offline) < len(audits):
        note(_summary(audits))


def _summary(audits: Iterable[Audit]) -> str:
    numbers = Counter(finding.severity for audit in audits for finding in audit.findings)
    words = {"errors": Severity.ERROR, "warnings": Severity.WARNING, "notes": Severity.NOTE}
    return ", ".join(f"{word}: {numbers[severity]}" for word, severity in words.items())
