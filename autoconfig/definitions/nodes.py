"""The nodes of a definition's tree, each with its line and column, and the mistakes found at them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

LONGEST_STEP = 60  # of a key in the name of a field


class Node(msgspec.Struct):
    """A value of the file. `line` and `column` count from 1; both are 0 where the file as a whole is meant."""

    line: int
    column: int


WHOLE_FILE = Node(0, 0)


class Scalar(Node):
    """Text; `plain` where it stands without quotes, so that other YAML readers may not take it for text."""

    text: str
    plain: bool


class Sequence(Node):
    items: list[Node]


class Mapping(Node):
    """Keys with the node of the key, for its place, and the node of the value."""

    entries: dict[str, tuple[Scalar, Node]]


class Mistake(msgspec.Struct):
    """What is wrong at a node, or at its `key`; `at` is where that shows, if not at the node itself."""

    node: Node
    found: str
    allowed: str
    remedy: str
    key: str = ""
    at: Node | None = None

    @property
    def place(self) -> tuple[int, int]:
        node = self.at or self.node
        return node.line, node.column


class Mistakes(Exception):  # noqa: N818  (it carries mistakes; `DefinitionError` is the error)
    """Stops the reading of a value that holds mistakes; its neighbours are still read."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        super().__init__()
        self.mistakes = list(mistakes)


def mistake(node: Node, found: str, allowed: str, remedy: str) -> Mistakes:
    return Mistakes([Mistake(node, found, allowed, remedy)])


def shorten(text: str, width: int = 60) -> str:
    """Text in quotes and escaped, for a message."""
    return repr(text if len(text) <= width else f"{text[: width - 3]}...")


def steps(node: Node) -> list[tuple[str, Node, Node]]:
    """The ways down from a node, such as `.port` and `[2]`, with the nodes of the value and the key (or the item)."""
    match node:
        case Mapping():
            return [(f".{key[:LONGEST_STEP]}", value, at) for key, (at, value) in node.entries.items()]
        case Sequence():
            return [(f"[{index}]", item, item) for index, item in enumerate(node.items)]
        case _:
            return []


class FieldNames:
    """The dotted field of any node below a root; of a node with aliases, one of them."""

    def __init__(self, root: Node) -> None:
        self._ways: dict[int, tuple[Node, str]] = {}
        seen = {id(root)}
        waiting = [root]
        while waiting:
            node = waiting.pop()
            for step, child, key in steps(node):
                self._ways[id(key)] = node, step
                if id(child) not in seen:
                    seen.add(id(child))
                    self._ways[id(child)] = node, step
                    waiting.append(child)

    def __getitem__(self, node: Node) -> str:
        way: list[str] = []
        while (above := self._ways.get(id(node))) is not None:
            node, step = above
            way.append(step)
        return "".join(reversed(way)).removeprefix(".")
