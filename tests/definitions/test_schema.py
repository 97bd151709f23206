from __future__ import annotations

import json
from importlib.resources import files

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft202012Validator

from autoconfig.definitions import schema, write
from autoconfig.model import Provider
from tests.support.providers import providers

VALIDATOR = Draft202012Validator(schema())
REGENERATE = (
    "python -c 'import json; from autoconfig.definitions import schema; print(json.dumps(schema(), indent=2))'"
    " > autoconfig/definitions/schema.json"
)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def test_the_shipped_schema_is_the_current_one() -> None:
    shipped = files("autoconfig.definitions").joinpath("schema.json").read_text(encoding="utf-8")
    assert shipped == json.dumps(schema(), indent=2) + "\n", f"run {REGENERATE}"


@given(providers())
def test_every_written_definition_is_valid(provider: Provider) -> None:
    VALIDATOR.validate(yaml.load(write(provider), yaml.CSafeLoader))


@pytest.mark.parametrize(
    "keys",
    [
        "nam: A",
        "status: maybe",
        "domains: [a@b]",
        "servers: [{hostname: a.example}]",
        "servers: [{type: imap, url: 'https://a.example'}]",
        "servers: [{type: imap, pop3: {}}]",
        "servers: [{type: imap, port: 65536}]",
        "services: {imap: 'https://a.example'}",
        "services: {caldav: {hostname: a.example}}",
        "webmail: www.a.example",
        "sources: [{url: 'https://a.example', checked: 2026}]",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(keys: str) -> None:
    assert not VALIDATOR.is_valid(yaml.safe_load(f"id: a\nname: A\n{keys}"))


def test_every_key_is_described() -> None:
    shared = schema()["$defs"].values()
    properties = [each for record in (schema(), *shared) for each in record["properties"].values()]
    assert all(each["description"] for each in properties)
