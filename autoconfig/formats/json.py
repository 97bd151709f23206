"""What the JSON formats share: reading that refuses what is not exactly JSON (RFC 8259), and writing."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

import msgspec

from autoconfig.errors import ParseError, RenderError

MAX_BYTES = 1 << 20


def parse_object(data: bytes, format: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Parse a JSON object, and tell which keys come twice in it (the last one counts): one sentence each.

    Raises:
        ParseError: the data is larger than 1 MiB, is no JSON object in UTF-8, nests too deeply, or has a number or a
            character that JSON or Unicode does not know.
    """
    if len(data) > MAX_BYTES:
        raise ParseError(format, f"{len(data)} bytes, expected at most {MAX_BYTES}")
    repeated: dict[str, None] = {}

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        collected = dict(pairs)
        if len(collected) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated.update(dict.fromkeys(key for key in counts if counts[key] > 1))
        return collected

    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=collect, parse_constant=_refuse_constant)
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode()  # an escape may be half a surrogate pair
    except RecursionError:
        raise ParseError(format, "too many levels of nesting") from None
    except ValueError as error:
        raise ParseError(format, f"{error}") from error
    if not isinstance(value, dict):
        raise ParseError(format, f"a JSON {type(value).__name__}, expected an object")
    return value, tuple(f"the key {key[:60]!r} comes more than once, and its last value counts" for key in repeated)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def object_of(value: object) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def serialize(value: dict[str, Any]) -> bytes:
    """Write an object, its keys in the order given, indented by two spaces.

    Raises:
        RenderError: a text is not Unicode.
    """
    try:
        return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
    except UnicodeEncodeError as error:
        raise RenderError(f"{error.object!r} has a character that JSON cannot hold") from error
