"""The file names of pages: a provider's id, told apart where two share one or an id is no name for a file."""

from __future__ import annotations

import re
from collections.abc import Iterable

INDEX = "index.html"
_UNFIT = re.compile(r"\A[^A-Za-z0-9]+|[^A-Za-z0-9._-]+")
_LONGEST = 200


def file_name(id: str) -> str:
    """The name of the page of a provider that shares its id with no other."""
    return f"{_UNFIT.sub('', id)[:_LONGEST] or 'provider'}.html"


def file_names(ids: Iterable[str]) -> list[str]:
    """The name of each provider's page; those that would be the same get a number, in whatever case they are read."""
    names: list[str] = []
    taken = {INDEX}
    for id in ids:
        name = first = file_name(id)
        number = 2
        while name.lower() in taken:
            name = f"{first.removesuffix('.html')}-{number}.html"
            number += 1
        taken.add(name.lower())
        names.append(name)
    return names
