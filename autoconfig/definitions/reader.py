"""Reading a definition: from a file or its bytes to a `Provider`, or to every mistake in it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from autoconfig.definitions.kinds import Scope
from autoconfig.definitions.layout import DEFINITION
from autoconfig.definitions.loader import MAX_BYTES, load
from autoconfig.definitions.nodes import LONGEST_STEP, WHOLE_FILE, FieldNames, Mapping, Mistake, Mistakes, Node, mistake
from autoconfig.errors import DefinitionError, Problem
from autoconfig.model import DEFAULT_AUTHENTICATION, DEFAULT_USERNAME, Provider

_MOST_PROBLEMS = 1000


def read(path: Path) -> Provider:
    """Read the definition in a file.

    Raises:
        DefinitionError: the file cannot be read, or holds mistakes; every one of them is told.
    """
    try:
        data = read_bytes(path)
    except Mistakes as error:
        raise _definition_error(error.mistakes, None, str(path)) from None
    return parse(data, path=str(path))


def parse(data: bytes, *, path: str = "<definition>") -> Provider:
    """Read the bytes of a definition; `path` is named in the errors.

    A server without a user name or authentication of its own gets those of the top level. A definition with neither
    `servers` nor `services` gives a provider that keeps them for the servers that DNS will name.

    Raises:
        DefinitionError: the bytes hold mistakes; every one of them is told.
    """
    mistakes: list[Mistake] = []
    root: Node | None = None
    try:
        root = load(data, mistakes)
        provider = _read_provider(root)
    except Mistakes as error:
        mistakes += error.mistakes
    if mistakes:
        raise _definition_error(mistakes, root, path)
    return provider


def read_bytes(path: Path) -> bytes:
    """Read a regular file, but never more than one byte over what a definition may have.

    Raises:
        Mistakes: there is no such file, or it cannot be read.
    """
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        found = "a directory" if path.is_dir() else "something else than a file" if path.exists() else "no such file"
    except (OSError, ValueError) as error:
        found = f"a file that cannot be read ({getattr(error, 'strerror', None) or error})"
    raise mistake(WHOLE_FILE, found, "a readable file", "check the path and its permissions")


def _read_provider(root: Node) -> Provider:
    values = DEFINITION.read(root, _scope(root))
    listed = values.pop("servers", None)
    services = values.pop("services", None)
    values.pop("lint", None)
    if "hosted" in values:
        if "mx_domains" in values:
            raise mistake(
                _key(root, "hosted"),
                "hosted beside mx_domains",
                "one of them: they say the same",
                "write mx_domains only",
            )
        values["mx_domains"] = values.pop("hosted")["mx"]
    if "domains_file" in values and not values.get("domains"):
        raise mistake(
            _key(root, "domains_file"),
            "a file of domains without domains",
            "domains beside it, since documents name these alone and clients refuse one that names none",
            "add domains with the provider's own",
        )
    if listed is None and services is None:
        return Provider(**{"username": DEFAULT_USERNAME, "authentication": DEFAULT_AUTHENTICATION, **values})
    for resolved in ("username", "authentication"):
        values.pop(resolved, None)
    return Provider(**values, servers=(*(listed or ()), *(services or ())))


def _key(root: Node, key: str) -> Node:
    assert isinstance(root, Mapping)
    return root.entries[key][0]


def _scope(root: Node) -> Scope:
    """What must be known before the rest is read; mistakes in it are told when all is read."""
    fields = _peek(root, "input_fields", Scope()).get("input_fields", ())
    scope = Scope(placeholders=tuple(field.key for field in fields))
    inherited = _peek(root, "username", scope) | _peek(root, "authentication", scope)
    return msgspec.structs.replace(scope, **inherited)


def _peek(root: Node, key: str, scope: Scope) -> dict[str, Any]:
    with suppress(Mistakes):
        if isinstance(root, Mapping) and key in root.entries:
            return {key: DEFINITION.fields[key].kind.read(root.entries[key][1], scope)}
    return {}


def _definition_error(mistakes: list[Mistake], root: Node | None, path: str) -> DefinitionError:
    names = FieldNames(root or WHOLE_FILE)
    mistakes.sort(key=lambda mistake: mistake.place)
    problems = [_problem(mistake, names, path) for mistake in mistakes[:_MOST_PROBLEMS]]
    if (more := len(mistakes) - len(problems)) > 0:
        problems.append(Problem(path, 0, 0, "", f"{more:,} more mistakes", "", "mend those above first"))
    return DefinitionError(problems)


def _problem(mistake: Mistake, names: FieldNames, path: str) -> Problem:
    line, column = mistake.place
    field = ".".join(filter(None, (names[mistake.node], mistake.key[:LONGEST_STEP])))
    return Problem(path, line, column, field, mistake.found, mistake.allowed, mistake.remedy)
