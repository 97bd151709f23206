"""Definitions are hostile input: whatever the bytes, a provider or a `DefinitionError`, within bounds."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from autoconfig.definitions import loader, parse, read, write
from autoconfig.definitions.kinds import not_text
from autoconfig.errors import DefinitionError
from autoconfig.model import Provider
from tests.support.providers import providers

MEBIBYTE = 1024 * 1024


def found_in(data: bytes) -> str:
    with pytest.raises(DefinitionError) as caught:
        parse(data)
    return caught.value.problems[0].found


def survives(data: bytes) -> None:
    try:
        assert isinstance(parse(data), Provider)
    except DefinitionError as error:
        assert error.problems


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_give_a_definition_error(data: bytes) -> None:
    survives(data)


@given(st.text(alphabet="abid:ne,[]{}&*!|>'\"%@`?-# \n<~019"))
def test_any_punctuation_gives_a_definition_error(text: str) -> None:
    survives(text.encode())


@given(providers(), st.integers(0), st.integers(0, 8), st.text(max_size=8) | st.sampled_from("[{&*!:'\"\n\0"))
def test_a_damaged_definition_gives_a_provider_or_a_definition_error(
    provider: Provider, at: int, length: int, put: str
) -> None:
    written = write(provider).decode()
    at %= len(written)
    survives((written[:at] + put + written[at + length :]).encode())


@given(st.text(alphabet="0123456789+-_.:eExXoObBtTzZ yYnNaAiIfFulLrRsS~<=") | st.text())
def test_what_yaml_does_not_take_for_text_is_not_text(text: str) -> None:
    resolver = yaml.SafeLoader("")
    tag = resolver.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    cannot_stand_alone = text in {"!", "&", "*"}
    assert cannot_stand_alone or not_text(text) or tag == "tag:yaml.org,2002:str"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b"# nothing\n", "an empty file"),
        (b"---\n", "nothing"),
        (b"- id: a\n", "a list"),
        (b"just text\n", "'just text'"),
        (b"id: a\nname: A\n---\nid: b\n", "a second document"),
        (b"id: a\nname: \xff\n", "the byte 0xff"),
        ("id: a\nname: A\n".encode("utf-16"), "the byte 0xff"),
        ("id: a\nname: A\n".encode("utf-16-le"), "the character U+0000"),
        (b"id: a\0\n", "the character U+0000"),
        (b"id: a\nname: *b\n", "the alias 'b'"),
        (b"id: a\nname: &b [*b]\n", "the alias 'b'"),
        (b"id: [a\nname: b: c\n", "broken YAML"),
        (b"[" * 40_000, "more than 32 levels of nesting"),
        (b"- " * 40_000, "more than 32 levels of nesting"),
        (b"{a: " * 40_000, "more than 32 levels of nesting"),
        (b"id: a\n" + b"#" * MEBIBYTE, "more than 1,048,576 bytes"),
        (b"[" + b"a," * 400_000, "more than 200,000 values"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_unreadable_yaml_is_told(data: bytes, found: str) -> None:
    assert found_in(data).startswith(found)


def test_the_place_of_a_wrong_byte_is_told() -> None:
    with pytest.raises(DefinitionError, match="<definition>:2:8: found the byte 0xff"):
        parse("id: a\nname: é\ufffd".encode().replace("\ufffd".encode(), b"\xff"))


def alias_bomb(levels: int = 9) -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines).encode()


def many_bad_values() -> bytes:
    bad = "domains: &bad [" + "@," * 20_000 + "]\nmx_domains: *bad\n"
    return (bad + "k" * 500_000 + ": [" + "1," * 100_000 + "]").encode()


@pytest.mark.parametrize(
    "data",
    [
        alias_bomb(),
        many_bad_values(),
        b"[" * MEBIBYTE,
        b"{" * MEBIBYTE,
        b"? " * (MEBIBYTE // 2),
        b"a: " * (MEBIBYTE // 3),
        b"'" * MEBIBYTE,
        b'"' + b"\\" * (MEBIBYTE - 1),
        b"&a " * (MEBIBYTE // 3),
        b"!" * MEBIBYTE,
        b"%" * MEBIBYTE,
        b"a:\n" * (MEBIBYTE // 3),
        b"a: |\n" + b" \n" * (MEBIBYTE // 2 - 3),
        b"id: " + b"a" * (MEBIBYTE - 4),
        b"name: '" + b"%EMAIL" * (MEBIBYTE // 7) + b"'",
        b"webmail: https://" + b"a." * (MEBIBYTE // 3),
        b"".join(b"k%d: 1\n" % n for n in range(80_000)),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_hostile_files_stay_within_memory_and_time(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "hostile.yaml"
    path.write_bytes(data)
    result = subprocess.run(
        [sys.executable, "-c", _READ_IN_BOUNDS, str(path)], capture_output=True, text=True, check=False
    )
    assert result.stdout == "DefinitionError\n", result.stderr[-2000:]


_READ_IN_BOUNDS = """
import resource, sys
from pathlib import Path
from autoconfig.definitions import read
from autoconfig.errors import DefinitionError
resource.setrlimit(resource.RLIMIT_AS, (512 * 2**20, 512 * 2**20))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
try:
    read(Path(sys.argv[1]))
except DefinitionError as error:
    assert len(str(error)) < 2**20
    print("DefinitionError")
"""


def test_of_countless_mistakes_the_first_thousand_are_told() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse(b"id: a\nname: A\ndomains: [" + b"'@'," * 3000 + b"]")
    assert len(caught.value.problems) == 1001
    assert caught.value.problems[-1].found == "2,000 more mistakes"


@pytest.mark.parametrize("reader", [yaml.SafeLoader, yaml.CSafeLoader])
def test_pyyaml_without_libyaml_reads_the_same(reader: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "_EventReader", reader)
    assert parse(b"id: a\nname: 'no'\ndomains: &a [a.example]\nmx_domains: *a\n").mx_domains == ("a.example",)
    assert found_in(b"id: [a\nname: b: c\n").startswith("broken YAML")
    assert found_in(b"id: a\nname: no\n") == "the boolean no"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="found no such file"):
        read(tmp_path / "a.yaml")


def test_a_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="found a directory"):
        read(tmp_path)


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    with pytest.raises(DefinitionError, match="found something else than a file"):
        read(tmp_path / "a.yaml")


@pytest.mark.skipif(not Path("/proc/self/mem").is_file(), reason="needs a file that not even root can read")
def test_an_unreadable_file_is_told() -> None:
    with pytest.raises(DefinitionError, match="found a file that cannot be read"):
        read(Path("/proc/self/mem"))


def test_a_path_that_cannot_be_is_told() -> None:
    with pytest.raises(DefinitionError):
        read(Path("a\0b"))


def test_a_huge_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        file.truncate(100 * MEBIBYTE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DefinitionError, match="more than 1,048,576 bytes"):
        read(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024
