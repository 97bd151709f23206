"""A file of results, one JSON object a line, that a run can be killed in the middle of and taken up again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

import msgspec

from autoconfig.address import parse_address
from autoconfig.discovery.results import Discovery
from autoconfig.errors import AddressError, AutoconfigError

_START = b'{"address":'


class JournalError(AutoconfigError):
    """A file that cannot be written, or that holds something else than results."""


class _Line(msgspec.Struct):
    address: str


class Journal:
    """Results on disk. `done` holds the addresses that the file has; a last line that was cut off is removed.

    Raises:
        JournalError: the file cannot be opened, or a whole line of it is no result.
    """

    def __init__(self, path: Path) -> None:
        try:
            self.done, whole = _read_back(path) if path.exists() else (set(), 0)
            self._file = path.open("ab", buffering=0)
            self._file.truncate(whole)
        except OSError as error:
            raise JournalError(f"{path} cannot be written: {error.strerror}") from error

    def add(self, discovery: Discovery) -> None:
        """Write a result down, in one piece."""
        line = to_line(discovery)
        if os.write(self._file.fileno(), line) != len(line):
            raise JournalError("no space left for a result")
        self.done.add(discovery.address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _read_back(path: Path) -> tuple[set[str], int]:
    """The addresses of the whole lines, and the bytes that these take."""
    done: set[str] = set()
    whole = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n") and line.startswith(_START[: len(line)]):
                break
            try:
                done.add(msgspec.json.decode(line, type=_Line).address)
            except msgspec.MsgspecError as error:
                raise JournalError(f"{path}:{number}: found {error}, expected a result of this command") from error
            whole += len(line)
    return done, whole


def to_line(discovery: Discovery) -> bytes:
    """A result as one line of JSON."""
    return msgspec.json.encode(discovery) + b"\n"


def canonical(text: str) -> str:
    """An address as results name it; text that is no address stays as it is."""
    try:
        return str(parse_address(text))
    except AddressError:
        return text
