"""Regular expressions that list domains, written out: `gmx\\.(de|net)` is gmx.de and gmx.net.

Databases use them where a definition lists domains. They are never run, only read, by a parser of the small part of
the language that lists something; the rest is refused with a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import msgspec

from autoconfig.address import normalize_domain
from autoconfig.errors import AddressError

MOST_DOMAINS = 100
_LONGEST_PATTERN = 2000
_DEEPEST = 20
_ANYTHING = "*"
_DIGITS = [*"0123456789"]


class PatternError(ValueError):
    """A pattern that cannot be written out as domains; the message says why."""


class Expansion(msgspec.Struct, frozen=True):
    """The domains, some as wildcards; `narrowed` where the pattern matches more, such as `.*example\\.com`."""

    domains: tuple[str, ...]
    narrowed: bool


def expand(pattern: str) -> Expansion:
    """Write out a pattern that matches a whole domain.

    An unescaped dot is taken for a dot. `.*\\.` in front is a wildcard; `.*` right before a label is taken for the
    domain and all below it, which is what is meant by it.

    Raises:
        PatternError: it stands for more than 100 domains, or is no such list.
    """
    if len(pattern) > _LONGEST_PATTERN:
        raise PatternError(f"it is longer than {_LONGEST_PATTERN} characters")
    texts = _Parser(pattern.strip().removeprefix("^").removesuffix("$")).whole()
    domains: dict[str, None] = {}
    narrowed = False
    for text in texts:
        name = text.removeprefix(_ANYTHING)
        domain = _domain(name.removeprefix(".") if name != text else name)
        if name == text:
            domains[domain] = None
            continue
        if "." not in domain:
            raise PatternError(f"it stands for every domain in {domain}")
        if not name.startswith("."):
            narrowed = True
            domains[domain] = None
        domains[f"*.{domain}"] = None
    return Expansion(tuple(domains), narrowed)


def _domain(text: str) -> str:
    if _ANYTHING in text:
        raise PatternError("`.*` there stands for more domains than can be listed")
    try:
        return normalize_domain(text)
    except AddressError as error:
        raise PatternError(f"{error}") from error


class _Parser:
    """Reads a pattern from left to right into the list of the texts that it matches."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0

    def whole(self) -> list[str]:
        texts = self.alternatives()
        if self.at < len(self.pattern):
            raise PatternError("it closes a bracket that is not open")
        return texts

    def alternatives(self) -> list[str]:
        texts = self.sequence()
        while self.accept("|"):
            texts = _bounded([*texts, *self.sequence()])
        return texts

    def sequence(self) -> list[str]:
        texts = [""]
        while self.peek() not in ("", "|", ")"):
            piece = self.piece()
            if len(texts) * len(piece) > MOST_DOMAINS:
                raise PatternError(f"it stands for more than {MOST_DOMAINS} domains")
            texts = ["".join(pair) for pair in product(texts, piece)]
        return texts

    def piece(self) -> list[str]:
        start = self.next()
        texts = self.special.get(start, _Parser.literal)(self, start)
        if self.accept("?"):
            return ["", *texts]
        if self.peek() in ("*", "+", "{"):
            raise PatternError("it repeats something")
        return texts

    def literal(self, character: str) -> list[str]:
        if not (character.isalnum() or character in "-_"):
            raise PatternError(f"it has {character!r} in it")
        return [character]

    def dot(self, _start: str) -> list[str]:
        return [_ANYTHING] if self.accept("*") or self.accept("+") else ["."]

    def escape(self, _start: str) -> list[str]:
        character = self.next()
        if character == "d":
            return _DIGITS
        if character not in ".-":
            raise PatternError(f"it has \\{character} in it")
        return [character]

    def group(self, _start: str) -> list[str]:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise PatternError("its brackets nest too deeply")
        if self.accept("?") and not self.accept(":"):
            raise PatternError("it looks ahead or behind")
        texts = self.alternatives()
        if not self.accept(")"):
            raise PatternError("it leaves a bracket open")
        self.depth -= 1
        return texts

    def one_of(self, _start: str) -> list[str]:
        characters: list[str] = []
        while not self.accept("]"):
            first = self.listed()
            last = self.listed() if self.peek() != "]" and self.accept("-") else first
            characters += map(chr, range(ord(first), min(ord(last), ord(first) + MOST_DOMAINS) + 1))
            _bounded(characters)
        if not characters:
            raise PatternError("its square brackets list nothing")
        return characters

    def listed(self) -> str:
        character = self.next()
        return character if character == "." else self.literal(character)[0]

    special: dict[str, Callable[[_Parser, str], list[str]]] = {  # noqa: RUF012  (shared on purpose)
        ".": dot,
        "\\": escape,
        "(": group,
        "[": one_of,
    }

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def accept(self, character: str) -> bool:
        found = self.peek() == character
        self.at += found
        return found

    def next(self) -> str:
        character = self.peek()
        if not character:
            raise PatternError("it ends too early")
        self.at += 1
        return character


def _bounded(texts: list[str]) -> list[str]:
    if len(texts) > MOST_DOMAINS:
        raise PatternError(f"it stands for more than {MOST_DOMAINS} domains")
    return texts
