"""`python -m autoconfig` is the command `autoconfig`."""

from autoconfig.cli import main

main()
