"""What the XML formats share: reading without DTD, entities and network, and writing with lxml's escaping."""

from __future__ import annotations

import re

from lxml import etree

from autoconfig.errors import ParseError, RenderError

MAX_BYTES = 1 << 20
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = " \t\r\n"
_SPACES = re.compile(r"[ \t\r\n]+")


def parse_root(data: bytes, format: str) -> etree._Element:
    """Parse a document and give its root element, without comments and processing instructions.

    Raises:
        ParseError: the data is larger than 1 MiB, is no well-formed XML, nests deeper than libxml2's 256 levels, or
            has a DTD (which no document of these formats needs, and which attacks are made of).
    """
    if len(data) > MAX_BYTES:
        raise ParseError(format, f"{len(data)} bytes, expected at most {MAX_BYTES}")
    if b"<!DOCTYPE" in data or b"\0" in data:
        raise ParseError(format, "a DTD or a NUL byte, expected plain XML in UTF-8")
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError(format, f"{error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ParseError(format, "a DTD, expected plain XML in UTF-8")
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def root_name(data: bytes) -> str | None:
    """The root element's local name, or None if the data is no XML document that `parse_root` takes."""
    try:
        return local_name(parse_root(data, "XML"))
    except ParseError:
        return None


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def text_of(element: etree._Element) -> str:
    """The element's own text, with white space (XML 1.0, section 2.3) collapsed as layout."""
    text = element.text
    if not text:
        return ""
    text = text.strip(_SPACE)
    return _SPACES.sub(" ", text) if "\n" in text or "  " in text or "\t" in text or "\r" in text else text


def child(parent: etree._Element | None, name: str) -> etree._Element | None:
    """The first child of a local name, or None; what is not there has no children."""
    if parent is None:
        return None
    return next(parent.iterchildren(f"{{*}}{name}"), None)


def child_text(parent: etree._Element | None, name: str) -> str:
    """The text of the first child of a local name, or nothing."""
    element = child(parent, name)
    return text_of(element) if element is not None else ""


def add(parent: etree._Element, tag: str, text: str) -> etree._Element:
    """Append an element that holds text.

    Raises:
        RenderError: the text has a character that XML cannot hold, such as a NUL.
    """
    element = etree.SubElement(parent, tag)
    try:
        element.text = text
    except ValueError as error:
        raise RenderError(f"{tag}: {text!r} has a character that XML cannot hold") from error
    return element


def serialize(root: etree._Element) -> bytes:
    """Write a document: UTF-8 without byte order mark, with declaration, indented by two spaces."""
    return _DECLARATION + etree.tostring(root, encoding="UTF-8", xml_declaration=False, pretty_print=True)
