"""Files of domains: what is read, what is refused and where, and what they cost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from autoconfig.definitions import parse, write
from autoconfig.definitions.domains_file import DomainsFile, lines_of, read_domains
from autoconfig.errors import DefinitionError
from tests.support.samples import BARE


def _read(tmp_path: Path, content: str | bytes) -> list[str]:
    path = tmp_path / "customers.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_domains(path))


def _problems(tmp_path: Path, content: str | bytes) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        _read(tmp_path, content)
    return [str(problem).removeprefix(str(tmp_path)) for problem in caught.value.problems]


def test_domains_are_a_labels_in_order_without_comments_and_empty_lines(tmp_path: Path) -> None:
    text = "\ufeff# ours\r\nb.example\r\n\r\n  Bücher.Example.  \na.example # the first\nA.B.example"
    assert _read(tmp_path, text) == ["a.b.example", "a.example", "b.example", "xn--bcher-kva.example"]


def test_a_file_may_be_empty(tmp_path: Path) -> None:
    assert _read(tmp_path, "# none yet\n") == []


def test_every_mistake_is_told_with_its_line_and_remedy(tmp_path: Path) -> None:
    content = b"a.example\njan@b.example\n*.c.example\n\xff.example\nhttps://d.example/\n"
    told = _problems(tmp_path, content)
    assert [line.split(" ")[0] for line in told] == [f"/customers.txt:{number}:1:" for number in (2, 3, 4, 5)]
    assert "without @" in told[0]
    assert "under domains" in told[1]
    assert "byte 0xff" in told[2]


def test_a_domain_given_twice_is_told_with_both_lines(tmp_path: Path) -> None:
    (told,) = _problems(tmp_path, "a.example\nb.example\nA.example.\n")
    assert (
        told
        == "/customers.txt:3:1: found a.example again, after line 1; allowed: each domain once; remove one of the two"
    )


def test_mistakes_are_told_up_to_a_thousand(tmp_path: Path) -> None:
    told = _problems(tmp_path, "no domain\n" * 5000)
    assert len(told) == 1001
    assert "more mistakes" in told[-1]


def test_an_endless_line_is_not_read_to_its_end(tmp_path: Path) -> None:
    (told,) = _problems(tmp_path, "a" * 10_000_000)
    assert "more than 1,024 bytes" in told


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, found in (("pipe", "something else than a file"), ("nowhere", "cannot be read"), (".", "something else")):
        with pytest.raises(DefinitionError, match=found):
            read_domains(tmp_path / name)


@given(
    st.sets(st.from_regex(r"[a-c]{1,3}(\.[ab-]?[ab]){0,2}", fullmatch=True), max_size=30), st.text("abc.-", max_size=6)
)
def test_a_domain_is_found_if_and_only_if_it_is_in_the_file(domains: set[str], other: str) -> None:
    lines = sorted(f"{domain}\n".encode() for domain in domains)
    file = DomainsFile(Path("f"), b"".join(lines))
    assert all(domain in file for domain in domains)
    assert (other in file) == (other in domains)
    assert len(file) == len(domains) == len(list(file))
    assert "bücher.example" not in file


def test_more_domains_than_are_sorted_at_once_are_in_order(tmp_path: Path) -> None:
    domains = [f"d{number * 7919 % 250_007}.example" for number in range(250_007)]
    assert _read(tmp_path, "\n".join(domains)) == sorted(domains, key="{}\n".format)


def test_the_lines_of_domains_are_found_in_any_spelling(tmp_path: Path) -> None:
    path = tmp_path / "customers.txt"
    path.write_text("b.example\nBÜCHER.example\na.example\n")
    assert lines_of(path, {"xn--bcher-kva.example", "a.example", "c.example"}) == {
        "xn--bcher-kva.example": 2,
        "a.example": 3,
    }


def test_a_definition_with_a_file_of_domains_is_written_and_read_back() -> None:
    provider = replace(BARE, domains_file="lists/customers.txt")
    assert parse(write(provider)) == provider


@pytest.mark.parametrize("path", ["/etc/passwd", "../customers.txt", "a/../../b", "..", "C:\\customers.txt", "''"])
def test_a_file_of_domains_is_in_the_folder_of_the_definition(path: str) -> None:
    with pytest.raises(DefinitionError, match=r"domains_file: found .*relative to the definition's folder"):
        parse(f"id: a\nname: A\ndomains: [a.example]\ndomains_file: {path}\n".encode())


def test_a_file_of_domains_needs_a_domain_that_documents_can_name() -> None:
    with pytest.raises(DefinitionError, match=r"4:1: domains_file: found a file of domains without domains"):
        parse(b"id: a\nname: A\nmx_domains: [a.example]\ndomains_file: customers.txt\n")
