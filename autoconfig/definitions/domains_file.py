"""A file of mail domains, one a line: the customers of a provider, who are too many to stand in its definition.

Empty lines and what follows `#` are passed over. The file is streamed, and its domains are kept as sorted bytes:
about 20 bytes for each, where a tuple takes over 80.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from io import BytesIO
from itertools import islice
from pathlib import Path

import msgspec

from autoconfig.address import normalize_domain
from autoconfig.definitions.nodes import shorten
from autoconfig.errors import AddressError, DefinitionError, Problem

MOST_DOMAINS = 10_000_000
_LONGEST_LINE = 1024  # bytes
_SORTED_AT_ONCE = 100_000
_MOST_PROBLEMS = 1000


class DomainsFile(msgspec.Struct, frozen=True):
    """The domains of a file: `lines` are A-labels in order, each once and ended by a line feed."""

    path: Path
    lines: bytes

    def __iter__(self) -> Iterator[str]:
        return (line[:-1].decode("ascii") for line in BytesIO(self.lines))

    def __len__(self) -> int:
        return self.lines.count(b"\n")

    def __contains__(self, domain: object) -> bool:
        wanted = f"{domain}\n".encode("ascii", "replace")
        low, high = 0, len(self.lines)
        while low < high:
            start = self.lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = self.lines.index(b"\n", start) + 1
            line = self.lines[start:end]
            if line == wanted:
                return True
            low, high = (end, high) if line < wanted else (low, start)
        return False


def read_domains(path: Path) -> DomainsFile:
    """Read a file of domains, in any order and of any script.

    Raises:
        DefinitionError: the file cannot be read, or holds mistakes; the first thousand are told.
    """
    problems: list[Problem] = []
    again: set[bytes] = set()
    lines = BytesIO()
    try:
        if path.exists() and not path.is_file():
            raise DefinitionError([_problem(path, 0, "something else than a file", "a file", "check the path")])
        lines.writelines(_each_once(_sorted(_domains(path, problems)), again))
        problems += _repeated(path, again)
    except OSError as error:
        problems.append(
            _problem(path, 0, f"a file that cannot be read ({error.strerror})", "a readable file", "check the path")
        )
    if len(problems) > _MOST_PROBLEMS:
        problems[_MOST_PROBLEMS:] = [_problem(path, 0, "more mistakes", "", "mend those above first")]
    if problems:
        raise DefinitionError(problems)
    return DomainsFile(path, lines.getvalue())


def lines_of(path: Path, domains: Collection[str]) -> dict[str, int]:
    """The line, from 1, at which a file first names each of some domains."""
    found: dict[str, int] = {}
    for number, domain in _numbered(path, []):
        if domain in domains:
            found.setdefault(domain, number)
    return found


def _domains(path: Path, problems: list[Problem]) -> Iterator[bytes]:
    return (f"{domain}\n".encode("ascii") for _, domain in _numbered(path, problems))


def _numbered(path: Path, problems: list[Problem]) -> Iterator[tuple[int, str]]:
    """The domains of a file with their lines; its mistakes are added to `problems`, until they are too many."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(partial(file.readline, _LONGEST_LINE), b""), 1):
            if number > MOST_DOMAINS:
                found, remedy = f"more than {MOST_DOMAINS:,} lines", "split the provider in two"
                problems.append(_problem(path, number, found, f"at most {MOST_DOMAINS:,}", remedy))
                return
            if not line.endswith(b"\n") and len(line) == _LONGEST_LINE:
                found, remedy = f"a line of more than {_LONGEST_LINE:,} bytes", "write one domain a line"
                problems.append(_problem(path, number, found, "a domain", remedy))
                return
            try:
                text = line.partition(b"#")[0].decode("utf-8-sig" if number == 1 else "utf-8").strip()
                if text:
                    yield number, normalize_domain(text)
            except UnicodeDecodeError as error:
                found = f"the byte 0x{line[error.start]:02x}"
                problems.append(_problem(path, number, found, "UTF-8", "save the file as UTF-8"))
            except AddressError:
                problems.append(_mistaken(path, number, text))
            if len(problems) > _MOST_PROBLEMS:
                return


def _mistaken(path: Path, number: int, text: str) -> Problem:
    allowed = "a domain, such as example.com"
    if text.startswith("*."):
        return _problem(path, number, shorten(text), allowed, "write it under domains: clients ask for no wildcard")
    return _problem(path, number, shorten(text), allowed, "write the domain alone, without @, protocol or path")


def _sorted(lines: Iterator[bytes]) -> Iterator[bytes]:
    chunks: list[BytesIO] = []
    while chunk := sorted(islice(lines, _SORTED_AT_ONCE)):
        chunks.append(BytesIO(b"".join(chunk)))
    return heapq.merge(*chunks)


def _each_once(lines: Iterable[bytes], again: set[bytes]) -> Iterator[bytes]:
    """The lines without repetitions; some of what is repeated is added to `again`."""
    last = b""
    for line in lines:
        if line != last:
            yield line
        elif len(again) <= _MOST_PROBLEMS:
            again.add(line)
        last = line


def _repeated(path: Path, again: set[bytes]) -> Iterator[Problem]:
    if not again:
        return
    domains = {line[:-1].decode("ascii") for line in again}
    first: dict[str, int] = {}
    for number, domain in _numbered(path, []):
        if domain in domains and first.setdefault(domain, number) != number:
            found = f"{domain} again, after line {first[domain]}"
            yield _problem(path, number, found, "each domain once", "remove one of the two")


def _problem(path: Path, line: int, found: str, allowed: str, remedy: str) -> Problem:
    return Problem(str(path), line, 1 if line else 0, "", found, allowed, remedy)
