"""The options by which commands choose their name servers."""

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
