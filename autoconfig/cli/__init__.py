"""The command `autoconfig`: one file per command, imported when it is called."""

from __future__ import annotations

import sys

from autoconfig import __version__


def main() -> None:
    """Run the command line; the exit code is 0 if all is well, 1 for findings or gaps, 2 for bad input."""
    if sys.argv[1:] == ["--version"]:  # answered before click is imported, which takes longer than all else
        print(f"autoconfig {__version__}")
        return
    from autoconfig.cli.commands import autoconfig

    autoconfig.main(prog_name="autoconfig")
