"""The options of commands that ask the network: name servers, certificates and ports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from autoconfig.dns import Resolver

Command = TypeVar("Command", bound=Callable[..., Any])

nameserver_option = click.option(
    "--nameserver",
    "nameservers",
    multiple=True,
    metavar="HOST[:PORT]",
    help="Ask this name server; repeatable. The system's if left out.",
)

ca_file_option = click.option(
    "--ca-file",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Certificates (PEM) to trust in place of the usual ones.",
)
public_only_option = click.option(
    "--public-only", is_flag=True, help="Refuse hosts that are not of the public internet."
)


def _ports(_ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[int, int]:
    try:
        return {int(first): int(second) for first, _, second in (value.partition(":") for value in values)}
    except ValueError as error:
        raise click.BadParameter("expected two ports, such as 443:8443") from error


connect_option = click.option(
    "--connect",
    "ports",
    multiple=True,
    callback=_ports,
    metavar="PORT:PORT",
    help="Connect to the second port in place of the first, such as 443:8443, for a site that is not live yet.",
)


def seconds_option(name: str, default: float, help: str | None = None) -> Callable[[Command], Command]:
    """An option that takes a time in seconds."""
    kind = click.FloatRange(min=0, min_open=True)
    return click.option(name, type=kind, default=default, show_default=True, metavar="S", help=help)


def resolver_options(command: Command) -> Command:
    """The options of a command that asks one resolver: `nameservers`, `https` and `dnssec`."""
    dnssec = click.option("--dnssec", is_flag=True, help="Validate DNSSEC, down from the root's trust anchor.")
    https = click.option("--https", metavar="URL", help="Ask by DNS over HTTPS instead.")
    return nameserver_option(https(dnssec(command)))


def resolver_of(nameservers: Sequence[str], https: str | None = None, dnssec: bool = False) -> Resolver:
    """The resolver that a command's options describe.

    Raises:
        click.UsageError: DNSSEC is asked for, and the package that checks signatures is not installed.
    """
    from autoconfig.dns import Resolver

    try:
        return Resolver(nameservers or None, https=https, validate=dnssec)
    except ModuleNotFoundError as error:
        raise click.UsageError("--dnssec needs cryptography: pip install 'mail-autoconfig[dnssec]'") from error
    except ValueError as error:
        raise click.UsageError(f"{error}") from error
