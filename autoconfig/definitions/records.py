"""The kinds of values that hold others: lists, and mappings with known keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import msgspec

from autoconfig.definitions.kinds import Kind, Schema, Scope, describe, nearest
from autoconfig.definitions.nodes import Mapping, Mistake, Mistakes, Node, Scalar, Sequence, mistake, shorten

Value = TypeVar("Value")


class ListOf(Generic[Value]):
    """A list, which keeps its order and duplicates."""

    def __init__(self, item: Kind[Value]) -> None:
        self.item = item

    def read(self, node: Node, scope: Scope) -> tuple[Value, ...]:
        if not isinstance(node, Sequence):
            raise mistake(node, describe(node), "a list", "write a list: [..., ...], or a line with - for each item")
        values = []
        mistakes = []
        for item in node.items:
            try:
                values.append(self.item.read(item, scope))
            except Mistakes as error:
                mistakes += error.mistakes
        if mistakes:
            raise Mistakes(mistakes)
        return tuple(values)

    def schema(self, shared: dict[str, Schema]) -> Schema:
        return {"type": "array", "items": self.item.schema(shared)}


class OneOrMore(ListOf[Value]):
    """A list, where a single item may stand without its list."""

    def read(self, node: Node, scope: Scope) -> tuple[Value, ...]:
        return super().read(node, scope) if isinstance(node, Sequence) else (self.item.read(node, scope),)

    def schema(self, shared: dict[str, Schema]) -> Schema:
        return {"anyOf": [self.item.schema(shared), super().schema(shared)]}


class Field(msgspec.Struct, frozen=True):
    """One key of a mapping: how its value is read, and what it is for. `default` is told to editors only."""

    name: str
    kind: Kind[Any]
    about: str
    required: bool = False
    default: Any = msgspec.UNSET


class Record(Generic[Value]):
    """A mapping with known keys, of which `build` makes a value."""

    def __init__(self, title: str, fields: Iterable[Field], build: Callable[..., Value]) -> None:
        self.title = title
        self.fields = {field.name: field for field in fields}
        self.required = [field for field in self.fields.values() if field.required]
        self.build = build

    def read(self, node: Node, scope: Scope) -> Value:
        return self.build(**self.read_fields(node, scope))

    def read_fields(self, node: Node, scope: Scope) -> dict[str, Any]:
        if not isinstance(node, Mapping):
            raise mistake(node, describe(node), f"a mapping of {self.title}", "write keys and values: {key: value}")
        values: dict[str, Any] = {}
        mistakes: list[Mistake] = []
        for key, (key_node, value_node) in node.entries.items():
            field = self.fields.get(key)
            if field is None:
                mistakes.append(self._unknown(key, key_node))
                continue
            try:
                values[key] = field.kind.read(value_node, scope)
            except Mistakes as error:
                mistakes += error.mistakes
        for field in self.required:
            if field.name not in node.entries:
                mistakes.append(Mistake(node, "nothing", "", f"add {field.name} ({field.about})", field.name))
        if mistakes:
            raise Mistakes(mistakes)
        return values

    def _unknown(self, key: str, node: Node) -> Mistake:
        remedy = nearest(key, self.fields, "remove the key")
        allowed = f"in {self.title}: {', '.join(self.fields)}"
        return Mistake(node, f"the key {shorten(key)}", allowed, remedy)

    def schema(self, shared: dict[str, Schema]) -> Schema:
        name = self.title.partition(" ")[2].replace(" ", "_")
        if name not in shared:
            shared[name] = self.object_schema(shared)
        return {"$ref": f"#/$defs/{name}"}

    def object_schema(self, shared: dict[str, Schema]) -> Schema:
        properties = {}
        for field in self.fields.values():
            schema = field.kind.schema(shared) | {"description": field.about}
            if field.default is not msgspec.UNSET:
                schema["default"] = field.default
            properties[field.name] = schema
        required = [field.name for field in self.required]
        return {
            "title": self.title,
            "type": "object",
            "additionalProperties": False,
            "properties": properties,
            **({"required": required} if required else {}),
        }


class Shorthand(Generic[Value]):
    """A record, for which the text of one of its fields may stand alone."""

    def __init__(self, record: Record[Value], field: str) -> None:
        self.record = record
        self.field = field
        self.kind = record.fields[field].kind

    def read(self, node: Node, scope: Scope) -> Value:
        return self.record.build(**self.read_fields(node, scope))

    def read_fields(self, node: Node, scope: Scope) -> dict[str, Any]:
        if isinstance(node, Scalar):
            return {self.field: self.kind.read(node, scope)}
        if isinstance(node, Sequence):
            allowed = f"the {self.field} alone, or a mapping of {self.record.title}"
            raise mistake(node, describe(node), allowed, f"write the {self.field}")
        return self.record.read_fields(node, scope)

    def schema(self, shared: dict[str, Schema]) -> Schema:
        return {"anyOf": [self.kind.schema(shared), self.record.schema(shared)]}
