"""The exceptions of the package: one small tree under `AutoconfigError`, so that a caller can catch all of them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class AutoconfigError(Exception):
    """Base of every exception that this package raises on purpose."""


class AddressError(AutoconfigError, ValueError):
    """Text that is not an e-mail address or not a domain."""


class ParseError(AutoconfigError, ValueError):
    """Bytes that are not a document of the format they were read as.

    `format` is the format's name in `autoconfig.formats.FORMATS`; the message says what was found and expected.
    """

    def __init__(self, format: str, message: str) -> None:
        super().__init__(f"no {format} document: {message}")
        self.format = format


class RenderError(AutoconfigError, ValueError):
    """A provider that cannot be written in a format at all, such as a name with a control character in XML."""


class Problem(msgspec.Struct, frozen=True):
    """One mistake in a definition: where it is, what was found, what is allowed and what to do.

    `line` and `column` count from 1, and are 0 where the file as a whole is meant.
    """

    path: str
    line: int
    column: int
    field: str
    found: str
    allowed: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        field = f" {self.field}:" if self.field else ""
        allowed = f"; allowed: {self.allowed}" if self.allowed else ""
        return f"{place}:{field} found {self.found}{allowed}; {self.remedy}"


class DefinitionError(AutoconfigError, ValueError):
    """One or more mistakes in definitions; `problems` holds every one of them, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class SiteError(AutoconfigError):
    """A site that cannot be written or compared: a path in the way, no permission, no space."""
