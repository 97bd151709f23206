"""`autoconfig discover`: from addresses to the settings that their domains publish."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click
import msgspec

from autoconfig.cli.network import (
    ca_file_option,
    connect_option,
    nameserver_option,
    public_only_option,
    seconds_option,
)
from autoconfig.cli.output import (
    DOCUMENT_FORMATS,
    catalog_of,
    console,
    definitions_option,
    note,
    printable,
    render,
    write_document,
)
from autoconfig.discovery import ALL, ISPDB, Candidate, Discovery, Options, Step, discover_many
from autoconfig.discovery.journal import Journal, canonical, to_line
from autoconfig.dns import Resolver
from autoconfig.model import Provider

if TYPE_CHECKING:
    from rich.text import Text

_SHOWN_STEPS = 20
_INPUT_HELP = "Addresses, one a line; - is stdin. Gives a line of JSON for each, as they finish."


@click.command()
@click.argument("addresses", nargs=-1, metavar="ADDRESS...")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each address, one a line.")
@click.option("--trace", "with_trace", is_flag=True, help="Print every step with its outcome and time.")
@click.option("--format", type=click.Choice(DOCUMENT_FORMATS), help="Print the best settings as a document.")
@click.option(
    "--input", type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="FILE", help=_INPUT_HELP
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Add the JSON lines to FILE, and skip the addresses in it: a run that was killed goes on where it was.",
)
@nameserver_option
@click.option("--ispdb", default=ISPDB, show_default=True, metavar="URL", help="The provider database.")
@ca_file_option
@seconds_option("--deadline", 10.0, "Seconds for each address.")
@click.option("--no-http", is_flag=True, help="Leave http alone: only https and DNS.")
@public_only_option
@click.option("--send-address", is_flag=True, help="Tell Mozilla autoconfig servers the address.")
@click.option("--proxy", metavar="URL", help="The proxy for http and https.")
@connect_option
@click.option("--source", "sources", multiple=True, type=click.Choice(ALL), help="Ask this source only; repeatable.")
@click.option("--all", "wait_for_all", is_flag=True, help="Ask every source to its end, to compare them.")
@click.option("--concurrency", type=click.IntRange(min=1), default=64, show_default=True, metavar="N")
@definitions_option
@click.pass_context
def command(
    ctx: click.Context,
    addresses: tuple[str, ...],
    as_json: bool,
    with_trace: bool,
    format: str | None,
    input: str | None,
    output: Path | None,
    nameservers: tuple[str, ...],
    ispdb: str,
    ca_file: str | None,
    deadline: float,
    no_http: bool,
    public_only: bool,
    send_address: bool,
    proxy: str | None,
    ports: dict[int, int],
    sources: tuple[str, ...],
    wait_for_all: bool,
    concurrency: int,
    definitions: Path | None,
) -> None:
    """Find the mail settings of addresses, and say how far they can be trusted.

    Exits with 1 if nothing was found for an address.
    """
    if not addresses and input is None:
        raise click.UsageError("an ADDRESS, or --input FILE with many, is missing")
    options = Options(
        resolver=Resolver(nameservers) if nameservers else None,
        catalog=catalog_of(definitions),
        ispdb=ispdb,
        sources=sources or ALL,
        deadline=deadline,
        allow_private=not public_only,
        ca_file=ca_file,
        send_address=send_address,
        allow_http=not no_http,
        proxies={"http": proxy, "https": proxy} if proxy else None,
        ports=ports,
        wait_for_all=wait_for_all,
    )
    is_missing, added = False, 0
    with ExitStack() as stack:
        journal = stack.enter_context(Journal(output)) if output is not None else None
        wanted = _wanted(addresses, input, journal.done if journal is not None else ())
        if len(addresses) == 1 and input is None:
            options["on_step"] = stack.enter_context(_LiveSteps())
        results = stack.enter_context(closing(discover_many(wanted, concurrency=concurrency, **options)))
        for discovery in results:
            is_missing |= discovery.best is None
            if journal is not None:
                journal.add(discovery)
                added += 1
            elif as_json or input is not None:
                write_document(to_line(discovery))
            elif format is not None:
                _write_best(discovery, format)
            else:
                _print(discovery)
            if with_trace:
                _print_trace(discovery)
        if journal is not None:
            note(f"{added} results were added to {output}, which now holds {len(journal.done)}")
    ctx.exit(1 if is_missing else 0)


def _wanted(addresses: Iterable[str], input: str | None, done: Iterable[str]) -> Iterator[str]:
    """The addresses of the command line and of the file, each once, without those that are done."""
    seen = set(done)
    for text in _given(addresses, input):
        address = canonical(text)
        if address not in seen:
            seen.add(address)
            yield address


def _given(addresses: Iterable[str], input: str | None) -> Iterator[str]:
    yield from addresses
    if input is None:
        return
    with click.open_file(input, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if (text := line.strip()) and not text.startswith("#"):
                yield text


def _write_best(discovery: Discovery, format: str) -> None:
    best = discovery.best
    if best is None:
        note(printable(_nothing(discovery)))
        return
    for text in _doubts(discovery, best):
        note(printable(text))
    write_document(render(_named(best.provider, discovery.address.rpartition("@")[2]), format))


def _named(provider: Provider, domain: str) -> Provider:
    """Not every format that was read names a provider, but those to be written do."""
    return msgspec.structs.replace(
        provider,
        id=provider.id or domain,
        name=provider.name or domain,
        domains=provider.domains or (domain,),
    )


def _print(discovery: Discovery) -> None:
    """The servers of the best candidate as a table, and what a person must know before using them."""
    best = discovery.best
    if best is None:
        click.echo(printable(_nothing(discovery)))
        return
    from rich.table import Table

    name = best.provider.name or best.provider.id or "an unnamed provider"
    click.echo(printable(f"{discovery.address}: {name} by {best.source}, {best.trust}"))
    table = Table("type", "server", "port", "encryption", "user name", "login")
    for server in best.provider.servers:
        if server.is_gap:
            continue
        place = server.hostname or server.url or server.ews_url or server.owa_url or server.eas_url or ""
        cells = (server.type, place, str(server.port or ""), server.socket_type or "", server.username or "")
        table.add_row(*_texts(*cells, ", ".join(server.authentication)))
    console().print(table)
    for text in _doubts(discovery, best):
        click.echo(printable(text))


def _doubts(discovery: Discovery, best: Candidate) -> Iterator[str]:
    yield from (f"{best.trust}: {reason}" for reason in best.reasons)
    if best.confirm:
        yield f"confirm before you give a password: {', '.join(best.confirm)}"
    yield from dict.fromkeys(f"finding: {finding.message}" for finding in best.findings)
    yield from (f"warning: {warning}" for warning in discovery.warnings)


def _nothing(discovery: Discovery) -> str:
    reasons = f" ({'; '.join(discovery.warnings)})" if discovery.warnings else ""
    return f"{discovery.address}: nothing was found{reasons}; --trace shows what was asked"


def _print_trace(discovery: Discovery) -> None:
    from rich.table import Table

    table = Table("source", "asked", "outcome", "ms", "bytes", "trust", "detail")
    for step in discovery.trace:
        cells = (step.source, step.query, step.outcome, f"{step.elapsed * 1000:.0f}", str(step.size or ""))
        table.add_row(*_texts(*cells, step.trust or "", step.detail))
    console(stderr=True).print(table)


def _texts(*cells: str) -> Iterator[Text]:
    from rich.text import Text

    return (Text(printable(cell)) for cell in cells)


class _LiveSteps:
    """Shows the steps on the terminal as they end, and takes them away in the end."""

    def __init__(self) -> None:
        from rich.live import Live

        self._lines: list[str] = []
        self._live = Live(console=console(stderr=True), transient=True) if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, step: Step) -> None:
        from rich.text import Text

        line = f"{step.elapsed * 1000:6.0f} ms  {step.source:<15} {step.outcome:<12} {step.query}"
        self._lines.append(printable(line))
        if self._live is not None:
            self._live.update(Text("\n".join(self._lines[-_SHOWN_STEPS:]), no_wrap=True))
