"""Apple's XML property lists, read as strictly as any other hostile XML."""

from __future__ import annotations

import re

from lxml import etree

from autoconfig.errors import ParseError
from autoconfig.formats import xml

Value = str | int | bool | list["Value"] | dict[str, "Value"] | None

# What every property list begins with. One with entities in it does not match, and is refused like any other DTD.
_DOCTYPE = re.compile(rb'<!DOCTYPE\s+plist\s+(?:PUBLIC\s+"[^"<>]*"|SYSTEM)\s+"[^"<>]*"\s*>')
_INTEGER = re.compile("[+-]?[0-9]{1,19}")


def parse(data: bytes, format: str) -> Value:
    """Give the value of a property list in XML. Numbers with a fraction, dates and data become None.

    Raises:
        ParseError: the data is no such document, or is more than `xml.parse_root` takes.
    """
    if data.startswith(b"bplist"):
        raise ParseError(format, "a binary property list, expected XML: `plutil -convert xml1` converts it")
    root = xml.parse_root(_DOCTYPE.sub(b"", data, count=1), format)
    if root.tag != "plist" or len(root) != 1:
        raise ParseError(format, f"root element <{root.tag}> with {len(root)} values, expected <plist> with one")
    return _value(root[0], format)


def _value(element: etree._Element, format: str) -> Value:
    """The value of an element; libxml2 has bounded how deep elements nest."""
    match element.tag:
        case "dict":
            return _dictionary(element, format)
        case "array":
            return [_value(child, format) for child in element]
        case "string":
            return element.text or ""
        case "true" | "false":
            return element.tag == "true"
        case "integer":
            text = (element.text or "").strip()
            if _INTEGER.fullmatch(text) is None:
                raise ParseError(format, f"line {element.sourceline}: the integer {text[:20]!r}")
            return int(text)
        case "real" | "date" | "data":
            return None
    raise ParseError(format, f"line {element.sourceline}: <{element.tag}> in a property list")


def _dictionary(element: etree._Element, format: str) -> dict[str, Value]:
    values: dict[str, Value] = {}
    children = iter(element)
    for key in children:
        value = next(children, None)
        if key.tag != "key" or value is None:
            raise ParseError(format, f"line {key.sourceline}: <{key.tag}>, expected a <key> and its value")
        name = key.text or ""
        if name in values:
            raise ParseError(format, f"line {key.sourceline}: the key {name[:60]!r} again")
        values[name] = _value(value, format)
    return values
