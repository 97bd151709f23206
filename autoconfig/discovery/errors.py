"""What goes wrong in discovery: options that cannot be, and, inside this room, steps that give nothing."""

from __future__ import annotations

from autoconfig.discovery.results import Outcome
from autoconfig.errors import AutoconfigError


class OptionError(AutoconfigError, ValueError):
    """An option of `discover` that cannot be followed."""


class MissedError(AutoconfigError):
    """A source has no answer: how its step ended, and in the message why. Never leaves `autoconfig.discovery`."""

    def __init__(self, outcome: Outcome, message: str = "") -> None:
        super().__init__(message)
        self.outcome = outcome
