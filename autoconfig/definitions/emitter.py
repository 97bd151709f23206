"""Plain values as YAML that people like to read: what fits on a line stands on one, the rest in a block."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping, Sequence

from autoconfig.definitions.kinds import not_text

Plain = str | int | bool | None | Sequence["Plain"] | Mapping[str, "Plain"]

_WIDTH = 120
_NEEDS_NO_QUOTES = re.compile(r"[^\W_](?:[\w./@+=&~%()'!*;-]|:(?=[\w/])| (?=[\w(&]))*")
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def dump(values: Mapping[str, Plain]) -> str:
    """Write a mapping as a YAML document of at most 120 columns where words allow it."""
    return "".join(f"{line}\n" for line in _block(values, _WIDTH))


def _block(value: Plain, room: int) -> list[str]:
    if isinstance(value, Mapping):
        return [line for key, item in value.items() for line in _under(f"{_scalar(key)}:", item, room)]
    assert isinstance(value, Sequence)
    return [line for item in value for line in _under("-", item, room)]


def _under(head: str, value: Plain, room: int) -> list[str]:
    """A key or a dash with its value, on one line or on indented lines below."""
    line = f"{head} {_flow(value)}"
    if _fits_a_line(value) and len(line) <= room:
        return [line]
    if isinstance(value, str):
        return _folded(head, value, room - 2) or [line]
    if not isinstance(value, Mapping | Sequence):
        return [line]
    below = _block(value, room - 2)
    if head == "-":
        return [f"- {below[0]}", *(f"  {line}" for line in below[1:])]
    return [head, *(f"  {line}" for line in below)]


def _fits_a_line(value: Plain) -> bool:
    """A list of mappings is read best with a line for each of them."""
    if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        return True
    return not any(isinstance(item, Mapping) for item in value)


def _folded(head: str, text: str, room: int) -> list[str]:
    """Long text over several lines, if that gives back the same text."""
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    if len(lines) < 2 or " ".join(lines) != text or _ESCAPED.search(text):  # noqa: PLR2004
        return []
    return [f"{head} >-", *(f"  {line}" for line in lines)]


def _flow(value: Plain) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: str | int | bool | None) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    if _NEEDS_NO_QUOTES.fullmatch(value) and not not_text(value):
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04X}", quoted)
