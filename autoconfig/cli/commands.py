"""The group of commands: finds each in the module of its name, and turns errors into messages and exit codes."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from autoconfig import __version__
from autoconfig.errors import AutoconfigError, DefinitionError

_COMMANDS = {
    "audit": "Tell what is wrong with what domains publish, worst first.",
    "build": "Write the static site of definitions.",
    "convert": "Convert documents of any published format.",
    "diff": "Tell what changes for people between definitions or sites.",
    "discover": "Find the mail settings of addresses.",
    "fill": "Fill from DNS what definitions leave open.",
    "lint": "Check definitions by rules.",
    "list": "Print a table of the providers.",
    "records": "Print the DNS records that publish a provider, or check them.",
    "schema": "Print the JSON Schema of definitions.",
    "serve": "Answer mail clients what static files cannot.",
    "show": "Print a provider's settings.",
    "verify": "Talk with mail servers, and compare what they say.",
}
_INTERRUPTED = 130


class Commands(click.Group):
    """Imports a command's module only when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"autoconfig.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except DefinitionError as error:
            click.echo(f"{error}\nError: mistakes in definitions: {len(error.problems)}", err=True)
            ctx.exit(2)
        except AutoconfigError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            # The reader of our output has gone: say nothing, also not at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(_INTERRUPTED)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="autoconfig", message="%(prog)s %(version)s")
def autoconfig() -> None:
    """Describe a mail provider once; publish what every mail client looks for.

    Exit codes: 0 all is well, 1 findings or gaps, 2 wrong usage or bad input.
    """
