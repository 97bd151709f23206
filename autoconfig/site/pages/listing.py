"""The list of all providers, by their first letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import groupby

import msgspec

from autoconfig.site.pages.guide import Guide

_FIRST_DOMAINS = 3
_OTHER = "#"


class Entry(msgspec.Struct, frozen=True):
    """A provider on the list; `more_domains` are folded."""

    name: str
    file_name: str
    domains: tuple[str, ...]
    more_domains: tuple[str, ...]


Letters = Sequence[tuple[str, Sequence[Entry]]]
"""The entries below each first letter."""


def by_letter(guides: Sequence[Guide], file_names: Sequence[str]) -> Letters:
    """The entries in the order of their names, below each first letter; what begins with no letter comes last."""
    entries = [
        Entry(guide.name, name, guide.domains[:_FIRST_DOMAINS], guide.domains[_FIRST_DOMAINS:])
        for guide, name in zip(guides, file_names, strict=True)
    ]
    entries.sort(key=lambda entry: (_letter(entry) == _OTHER, _plain(entry.name), entry.file_name))
    return [(letter, list(group)) for letter, group in groupby(entries, key=_letter)]


def _letter(entry: Entry) -> str:
    first = _plain(entry.name)[:1]
    return first.upper() if first.isalpha() else _OTHER


def _plain(name: str) -> str:
    """A name without accents, in one case."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
