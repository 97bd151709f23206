"""From the bytes of a definition to a tree of nodes.

The tree is built from libyaml's events without recursion, because `yaml.compose` overflows the C stack on deep nesting.
Depth, and size with every alias counted in full, are bounded while the tree grows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from autoconfig.definitions.nodes import WHOLE_FILE, Mapping, Mistake, Node, Scalar, Sequence, mistake, shorten

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 200_000

_EventReader: Callable[[str], Any] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.1, section 4.1.1, keeps out of a file."""


def load(data: bytes, mistakes: list[Mistake]) -> Node:
    """Give the root node of one YAML document.

    Mistakes that leave the rest readable, such as a duplicate key, are added to `mistakes`.

    Raises:
        Mistakes: the file cannot be read any further.
    """
    if len(data) > MAX_BYTES:
        raise mistake(WHOLE_FILE, f"more than {MAX_BYTES:,} bytes", "at most 1 MiB", "split the file by provider")
    return _build(_events(_decode(data)), mistakes)


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        node = _place(data[: error.start].decode("utf-8", "replace"))
        raise mistake(node, f"the byte 0x{data[error.start]:02x}", "UTF-8", "save the file as UTF-8") from None
    if forbidden := _FORBIDDEN.search(text):
        node = _place(text[: forbidden.start()])
        raise mistake(node, f"the character U+{ord(forbidden[0]):04X}", "printable text", "remove the character")
    return text


def _place(before: str) -> Node:
    return Node(before.count("\n") + 1, len(before) - before.rfind("\n"))


def _events(text: str) -> Iterator[Any]:
    reader = _EventReader(text)
    try:
        while not isinstance(event := reader.get_event(), StreamEndEvent):
            yield event
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        node = Node(mark.line + 1, mark.column + 1) if mark else WHOLE_FILE
        reason = " ".join(filter(None, (error.context, error.problem)))
        raise mistake(node, f"broken YAML ({reason})", "", "mend indentation, brackets and quotes here") from None
    except yaml.YAMLError as error:
        raise mistake(WHOLE_FILE, f"broken YAML ({error})", "", "write the file as YAML in UTF-8") from None
    finally:
        reader.dispose()


class _Builder:
    """Grows the tree event by event: `children` collects what stands inside the innermost open node."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes
        self.documents: list[Node] = []
        self.children = self.documents
        self.outer: list[tuple[Node, list[Node], str | None, int]] = []  # node, where it stands, anchor, count before
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.count = 0

    def scalar(self, event: Any) -> None:
        mark = event.start_mark
        node = Scalar(mark.line + 1, mark.column + 1, event.value, not event.style)
        self.add(node, 1)
        if event.anchor:
            self.anchors[event.anchor] = node, 1
        self.refuse_tag(node, event.tag)

    def open(self, event: Any) -> None:
        place = _node_at(event)
        if len(self.outer) == MAX_DEPTH:
            raise mistake(place, f"more than {MAX_DEPTH} levels of nesting", "", "write the file flatter")
        inside: list[Node] = []
        if type(event) is MappingStartEvent:
            node: Node = Mapping(place.line, place.column, {})
        else:
            node = Sequence(place.line, place.column, inside)
        self.outer.append((node, self.children, event.anchor, self.count))
        self.add(node, 1)
        self.children = inside
        self.anchors.pop(event.anchor, None)
        self.refuse_tag(node, event.tag)

    def close(self, _event: Any) -> None:
        node, around, anchor, before = self.outer.pop()
        if isinstance(node, Mapping):
            _pair(node, self.children, self.mistakes)
        if anchor:
            self.anchors[anchor] = node, self.count - before
        self.children = around

    def alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            name = shorten(event.anchor)
            raise mistake(
                _node_at(event), f"the alias {name}", "an alias after its whole anchor", "write the value out"
            )
        node, size = self.anchors[event.anchor]
        self.add(node, size, at=event)

    def document(self, event: Any) -> None:
        if self.documents:
            raise mistake(_node_at(event), "a second document", "one provider in a file", "split the file at ---")

    def add(self, node: Node, size: int, at: Any = None) -> None:
        self.count += size
        if self.count > MAX_NODES:
            place = _node_at(at) if at else node
            raise mistake(place, f"more than {MAX_NODES:,} values", "", "use fewer values and aliases")
        self.children.append(node)

    def refuse_tag(self, node: Node, tag: str | None) -> None:
        if tag is not None:
            self.mistakes.append(Mistake(node, f"the tag {shorten(tag)}", "values without tags", "remove the tag"))


def _build(events: Iterator[Any], mistakes: list[Mistake]) -> Node:
    builder = _Builder(mistakes)
    handlers: dict[type, Callable[[Any], None]] = {
        ScalarEvent: builder.scalar,
        MappingStartEvent: builder.open,
        SequenceStartEvent: builder.open,
        MappingEndEvent: builder.close,
        SequenceEndEvent: builder.close,
        AliasEvent: builder.alias,
        DocumentStartEvent: builder.document,
    }
    for event in events:
        if handle := handlers.get(type(event)):
            handle(event)
    if not builder.documents:
        raise mistake(WHOLE_FILE, "an empty file", "a definition", "begin with id: and name:")
    return builder.documents[0]


def _node_at(event: Any) -> Node:
    return Node(event.start_mark.line + 1, event.start_mark.column + 1)


def _pair(node: Mapping, children: list[Node], mistakes: list[Mistake]) -> None:
    """Fill a mapping from its keys and values, which follow each other in `children`."""
    entries = node.entries
    for key, value in zip(children[::2], children[1::2], strict=True):
        if not isinstance(key, Scalar):
            mistakes.append(Mistake(node, "a key that is no text", "text", "write the key as one word", at=key))
        elif key.plain and key.text == "<<":
            mistakes.append(Mistake(node, "the merge key <<", "keys written out", "write the merged keys here", at=key))
        elif key.text in entries:
            found = f"the key {shorten(key.text)} again, after line {entries[key.text][0].line}"
            mistakes.append(Mistake(node, found, "each key once", "keep one of the two", key.text, at=key))
        else:
            entries[key.text] = key, value
