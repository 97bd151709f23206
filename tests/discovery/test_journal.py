"""The file of results: taken up again wherever its writer was killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoconfig.discovery import Discovery
from autoconfig.discovery.journal import Journal, JournalError, canonical


def written(path: Path, *addresses: str) -> None:
    with Journal(path) as journal:
        for address in addresses:
            journal.add(Discovery(address=address))


def test_what_was_written_is_done(tmp_path: Path) -> None:
    file = tmp_path / "results"
    written(file, "a@example.test", "b@example.test")
    with Journal(file) as journal:
        assert journal.done == {"a@example.test", "b@example.test"}


@pytest.mark.parametrize("cut", [1, 2, 10])
def test_a_line_that_was_cut_off_is_removed_and_written_again(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "results"
    written(file, "a@example.test", "b@example.test")
    whole = file.read_bytes()
    file.write_bytes(whole[:-cut])
    with Journal(file) as journal:
        assert journal.done == {"a@example.test"}
    written(file, "b@example.test")
    assert file.read_bytes() == whole


@pytest.mark.parametrize("text", ["Dear Jan,\nall is well", "Dear Jan"])
def test_another_file_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "letter"
    file.write_text(text)
    with pytest.raises(JournalError, match=r"letter:1: .*expected a result"):
        Journal(file)
    assert file.read_text() == text


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be written"):
        Journal(tmp_path)


def test_an_address_is_known_however_it_is_written() -> None:
    assert canonical(" Jan@Bücher.TEST. ") == "Jan@xn--bcher-kva.test"
    assert canonical("nonsense") == "nonsense"
