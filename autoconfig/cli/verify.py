"""`autoconfig verify`: talks with servers, and says of each what is wrong and what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autoconfig.address import Address, parse_address
from autoconfig.catalog import Catalog, bundled, bundled_mentioning, load
from autoconfig.cli.network import ca_file_option, nameserver_option, seconds_option
from autoconfig.cli.output import note, write_document
from autoconfig.model import Provider, Server
from autoconfig.verification import Report, ServerReport, Severity, is_down, verify_many

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from autoconfig.dns import Resolver

_MOST_ROWS = 40  # servers for which a table still fits on a terminal
_MAX_SECRET = 1024
_WORDS = {Severity.ERROR: "FAILED", Severity.WARNING: "warning", Severity.NOTE: "ok"}
_COLOURS = {"FAILED": "red", "warning": "yellow", "ok": "green"}


@click.command()
@click.argument("targets", nargs=-1, metavar="[ID|FILE|ADDRESS]...")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each provider, one a line.")
@nameserver_option
@ca_file_option
@click.option("--login", "user", metavar="USER", help="Try to log in as USER; the password is asked for.")
@click.option("--login-fd", type=click.IntRange(min=0), metavar="N", help="Read the password from file descriptor N.")
@seconds_option("--timeout", 5.0)
@click.option("--concurrency", type=click.IntRange(min=1), default=128, show_default=True, metavar="N")
@click.pass_context
def command(
    ctx: click.Context,
    targets: tuple[str, ...],
    as_json: bool,
    nameservers: tuple[str, ...],
    ca_file: str | None,
    user: str | None,
    login_fd: int | None,
    timeout: float,
    concurrency: int,
) -> None:
    """Talk with the servers of providers, and compare what they say with the definitions.

    Each target is the id of a bundled provider, a definition (or a folder of them), or an e-mail address or domain
    of a bundled provider; without any, all bundled providers are verified. Gaps are filled from DNS first. No mail
    is sent. The password of --login goes over verified TLS only, and is shown nowhere. Exits with 1 if anything is
    wrong.
    """
    from autoconfig.dns import Resolver

    if login_fd is not None and user is None:
        raise click.UsageError("--login-fd needs --login USER")
    providers = list(_providers(targets))
    login = (user, _secret(login_fd)) if user is not None else None
    resolver = Resolver(list(nameservers) or None, lifetime=timeout, workers=2 * concurrency)
    with resolver, _progress(providers := _filled(providers, resolver), quiet=as_json) as listen:
        reports = verify_many(
            providers,
            resolver=resolver,
            timeout=timeout,
            ca_file=ca_file,
            login=login,
            concurrency=concurrency,
            on_server=listen,
        )
    if as_json:
        _write_json(reports)
    if is_down(reports):
        note(_no_network(reports))
    elif not as_json:
        _print(reports)
    ctx.exit(0 if all(report.is_sound for report in reports) else 1)


def _filled(providers: Iterable[Provider], resolver: Resolver) -> list[Provider]:
    """The providers with their gaps filled by DNS, so far as it names servers."""
    from autoconfig.dns import fill

    return [
        fill(provider, resolver).provider if provider.gaps or not provider.servers else provider
        for provider in providers
    ]


def _providers(targets: Iterable[str]) -> Iterator[Provider]:
    """What the targets name, each provider once."""
    if not targets:
        yield from bundled().providers
    seen: set[Provider] = set()
    for target in targets:
        for provider in _named(target):
            if provider not in seen:
                seen.add(provider)
                yield provider


def _named(target: str) -> Sequence[Provider]:
    path = Path(target)
    if path.suffix in {".yaml", ".yml"} or path.is_dir():
        return load(path).providers
    address = parse_address(target) if "@" in target else None
    provider = _find(bundled_mentioning(target), target, address)
    if provider is None:
        raise click.BadParameter(f"{target}: no bundled provider has this id or domain, and it is no definition")
    return (provider if address is None else provider.for_address(address),)


def _find(catalog: Catalog, target: str, address: Address | None) -> Provider | None:
    if address is not None:
        return catalog.find(address.domain)
    return next(iter(catalog.with_id(target)), None) or catalog.find(target)


def _secret(descriptor: int | None) -> str:
    """The password, from a prompt or a file descriptor: never from the command line, where everybody can read it."""
    if descriptor is None:
        secret = click.prompt("Password", hide_input=True, err=True)
        return str(secret)
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.readline(_MAX_SECRET).rstrip(b"\r\n").decode()
    except UnicodeDecodeError:
        raise click.BadParameter("holds a password that is not UTF-8", param_hint="--login-fd") from None
    except OSError as error:
        raise click.BadParameter(
            f"cannot be read: {error.strerror or 'no password there'}", param_hint="--login-fd"
        ) from None


@contextmanager
def _progress(providers: Sequence[Provider], *, quiet: bool) -> Iterator[Any]:
    """What to tell of each server as it is done: a row of a live table, or a step of a bar where there are many."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    console = Console(stderr=True)
    servers = sum(len(provider.servers) for provider in providers)
    if quiet or servers > min(_MOST_ROWS, console.height - 4):
        from rich.progress import Progress

        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("Verifying", total=servers)
            yield lambda _provider, _report: bar.advance(task)
        return
    from rich.live import Live

    rows: dict[tuple[str, str], ServerReport | Server] = {
        (provider.id, f"servers[{index}]"): server
        for provider in providers
        for index, server in enumerate(provider.servers)
    }
    with Live(_table(rows), console=console, transient=True) as live:
        yield _Rows(rows, live)


class _Rows:
    """Puts each server's report into its row."""

    def __init__(self, rows: dict[tuple[str, str], ServerReport | Server], live: Live) -> None:
        self._rows = rows
        self._live = live

    def __call__(self, provider: Provider, report: ServerReport) -> None:
        self._rows[provider.id, report.field] = report
        self._live.update(_table(self._rows))


def _table(rows: dict[tuple[str, str], ServerReport | Server]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table("", "provider", "server", "what was found")
    for (id, _), row in rows.items():
        if isinstance(row, Server):
            table.add_row("...", Text(id), Text(_place(row)), "")
        else:
            word = _word(row)
            first = next((found.text for found in row.findings if found.severity is not Severity.NOTE), _facts(row))
            table.add_row(Text(word, _COLOURS[word]), Text(id), Text(_place(row.server)), Text(first))
    return table


def _print(reports: Iterable[Report]) -> None:
    """A line for each server, and one below it for each finding with what to do."""
    errors = warnings = total = 0
    for report in reports:
        for server in report.servers:
            total += 1
            errors += not server.is_sound
            warnings += _word(server) == "warning"
            colour = _COLOURS[_word(server)]
            facts = _facts(server)
            line = f"{report.provider.id}  {_place(server.server)}" + (f"  {facts}" if facts else "")
            click.echo(f"{click.style(f'{_word(server):<7}', fg=colour)}  {line}")
            for finding in server.findings:
                click.echo(f"         {finding}  [{finding.id}]")
    note(f"servers: {total}, failed: {errors}, with warnings: {warnings}")


def _write_json(reports: Iterable[Report]) -> None:
    import msgspec

    for report in reports:
        document = {"provider": report.provider.id, "sound": report.is_sound, "servers": report.servers}
        write_document(msgspec.json.encode(document) + b"\n")


def _no_network(reports: Sequence[Report]) -> str:
    servers = sum(len(report.servers) for report in reports)
    example = next((found.text for report in reports for server in report.servers for found in server.findings), "")
    return f"none of {servers} servers can be reached: check this machine's network and name servers ({example})"


def _word(report: ServerReport) -> str:
    severities = {finding.severity for finding in report.findings}
    return next(word for severity, word in _WORDS.items() if severity in severities or severity is Severity.NOTE)


def _place(server: Server) -> str:
    if server.hostname is None:
        return f"{server.type} {server.url or server.ews_url or server.eas_url or server.owa_url or '(no host)'}"
    return f"{server.type} {server.hostname}:{server.port} {server.socket_type}"


def _facts(report: ServerReport) -> str:
    tls = report.tls
    facts = [report.address or ""]
    if tls is not None:
        facts.append(tls.version)
    if tls is not None and tls.trusted:
        facts.append(f"certificate of {tls.issuer}, {tls.days_left} days left")
    facts.append(", ".join(report.offered))
    if report.mail_stays is not None:
        facts.append("mail stays on the server" if report.mail_stays else "mail is fetched from the server")
    if report.logged_in:
        facts.append("logged in")
    return "; ".join(filter(None, facts))
