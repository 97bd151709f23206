"""The kinds of values in a definition: each reads a node and describes itself as JSON Schema.

`read` gives a value of the model or raises `Mistakes` with everything that is wrong below the node.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from autoconfig.definitions.nodes import Mapping, Node, Scalar, mistake, shorten
from autoconfig.model import DEFAULT_AUTHENTICATION, DEFAULT_USERNAME, Authentication

Schema = dict[str, Any]
Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)
Choice_ = TypeVar("Choice_", bound=StrEnum)


class Scope(msgspec.Struct, frozen=True):
    """What the top of a definition says for all below it; `placeholders` are the keys of its input fields."""

    username: str | None = DEFAULT_USERNAME
    authentication: tuple[Authentication, ...] = DEFAULT_AUTHENTICATION
    placeholders: tuple[str, ...] = ()

    def fill(self, text: str) -> str:
        """Put a letter in the place of the definition's own placeholders."""
        for key in self.placeholders:
            text = text.replace(f"%{key}%", "x")
        return text


class Kind(Protocol[Value_co]):
    def read(self, node: Node, scope: Scope) -> Value_co: ...

    def schema(self, shared: dict[str, Schema]) -> Schema:
        """The JSON Schema of this kind; what several places use goes to `shared` and is referred to."""
        ...


_NOT_TEXT = re.compile(
    r"""(?P<nothing> ~ | null | Null | NULL | )
    | (?P<boolean> (?i: y | n | yes | no | on | off | true | false))
    | (?P<date> \d{4}-\d\d?-\d\d? (?: (?:[Tt]|[ \t]+) [\d:.]+ [ \t]* (?: Z | [-+]\d\d?(?::\d\d)? )? )?)
    | (?P<number> [-+]? (?: 0b[01_]+ | 0o[0-7_]+ | 0x[\da-fA-F_]+
        | (?: \d[\d_]*(?:\.[\d_]*)? | \.\d[\d_]* | \._+ ) (?:[eE][-+]?\d+)?
        | \d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?
        | \.(?: inf | Inf | INF) ) | \.(?: nan | NaN | NAN))
    | (?P<sign> = | <<)""",
    re.VERBOSE | re.ASCII,
)
"""What a reader of YAML 1.1 or 1.2 takes for something else than text where it stands without quotes."""

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_UNTIDY = re.compile(rf"{_FORBIDDEN.pattern}|  |\A | \Z")
_XML_SPACE = re.compile("[ \t\r\n]+")


def not_text(plain: str) -> str | None:
    """Name what text without quotes is to YAML, such as `number`, or None where it is text."""
    found = _NOT_TEXT.fullmatch(plain)
    return found and found.lastgroup


def describe(node: Node) -> str:
    """Say in a few words what stands at a node."""
    if not isinstance(node, Scalar):
        return "a mapping" if isinstance(node, Mapping) else "a list"
    what = not_text(node.text) if node.plain else None
    match what:
        case None:
            return shorten(node.text) if node.text else "empty text"
        case "nothing":
            return "nothing"
        case _:
            return f"the {what} {node.text[:60]}"


def nearest(text: str, words: Iterable[str], otherwise: str) -> str:
    """The remedy for a word that is none of `words`: the one that was meant, where one is near."""
    folded = {word.casefold(): word for word in words}
    near = get_close_matches(text[:_LONGEST_WORD].casefold(), folded, n=1)
    return f"write {folded[near[0]]}" if near else otherwise


_LONGEST_WORD = 40


class Text(msgspec.Struct, frozen=True, dict=True):
    """Text on one line: white space of XML is collapsed. `check` gives the text to keep, or None if it is wrong."""

    allowed: str = "text"
    remedy: str = "write text here, or leave the key out"
    pattern: str = "[^ \\t\\r\\n]"
    check: Callable[[str, Scope], str | None] | None = None
    also: str | None = None  # what plain text may be taken for by YAML, as in `not_text`

    def read(self, node: Node, scope: Scope) -> str:
        if not isinstance(node, Scalar):
            raise mistake(node, describe(node), self.allowed, self.remedy)
        text = _tidy(node) if _UNTIDY.search(node.text) else node.text
        kept = text if self._pattern.search(text) else None
        if kept is not None and self.check:
            kept = self.check(kept, scope)
        what = not_text(node.text) if node.plain else None
        if kept is None or what == "nothing":
            raise mistake(node, describe(node), self.allowed, self.remedy)
        if what not in {None, self.also}:
            raise mistake(node, describe(node), self.allowed, "put it in quotes")
        return kept

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def schema(self, shared: dict[str, Schema]) -> Schema:
        return {"type": "string", "pattern": self.pattern}


def _tidy(node: Scalar) -> str:
    text = _XML_SPACE.sub(" ", node.text).strip(" ")
    if wrong := _FORBIDDEN.search(text):
        found = f"the character U+{ord(wrong[0]):04X}"
        raise mistake(node, found, "text without control characters", "remove the character")
    return text


class Number(msgspec.Struct, frozen=True):
    """A whole number in plain decimal digits."""

    lowest: int
    highest: int

    def read(self, node: Node, scope: Scope) -> int:
        if isinstance(node, Scalar) and node.plain and _DECIMAL.fullmatch(node.text):
            number = int(node.text)
            if self.lowest <= number <= self.highest:
                return number
        quoted = isinstance(node, Scalar) and not node.plain and _DECIMAL.fullmatch(node.text)
        remedy = "leave out the quotes" if quoted else "write such a number in decimal digits"
        raise mistake(node, describe(node), f"a number from {self.lowest} to {self.highest}", remedy)

    def schema(self, shared: dict[str, Schema]) -> Schema:
        return {"type": "integer", "minimum": self.lowest, "maximum": self.highest}


_DECIMAL = re.compile(r"0|[1-9][0-9]{0,9}")


class Flag(msgspec.Struct, frozen=True):
    """`true` or `false`; YAML's other words for them are too easily meant as text."""

    def read(self, node: Node, scope: Scope) -> bool:
        if isinstance(node, Scalar) and node.plain and node.text in {"true", "false"}:
            return node.text == "true"
        raise mistake(node, describe(node), "true or false", "write true or false without quotes")

    def schema(self, shared: dict[str, Schema]) -> Schema:
        return {"type": "boolean"}


class OneOf(Generic[Choice_]):
    """One of a closed set of words."""

    def __init__(self, choices: type[Choice_], otherwise: str = "write one of these words") -> None:
        self.otherwise = otherwise
        self.words = {choice.value: choice for choice in choices}

    def read(self, node: Node, scope: Scope) -> Choice_:
        word = node.text if isinstance(node, Scalar) else ""
        if (choice := self.words.get(word)) is not None:
            return choice
        remedy = nearest(word, self.words, self.otherwise)
        raise mistake(node, describe(node), ", ".join(self.words), remedy)

    def schema(self, shared: dict[str, Schema]) -> Schema:
        return {"type": "string", "enum": list(self.words)}


class Nullable(Generic[Value]):
    """A value, or `null` to say that there is none where one would be inherited."""

    def __init__(self, kind: Kind[Value]) -> None:
        self.kind = kind

    def read(self, node: Node, scope: Scope) -> Value | None:
        if isinstance(node, Scalar) and node.plain and node.text in {"null", "~"}:
            return None
        return self.kind.read(node, scope)

    def schema(self, shared: dict[str, Schema]) -> Schema:
        return {"anyOf": [self.kind.schema(shared), {"type": "null"}]}
