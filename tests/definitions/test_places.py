from __future__ import annotations

from pathlib import Path

import pytest

from autoconfig.definitions import locate

DEFINITION = """\
id: a.example
name: A
domains: [a.example, b.example]
services:
  caldav: [https://a.example/, {url: https://b.example/}]
servers:
  - {type: smtp, hostname: smtp.a.example}
  - {type: imap, hostname: imap.a.example, port: 993}
authentication: OAuth2
enable:
  - text:
      en: Turn it on
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.example.yaml"
    path.write_text(DEFINITION)
    return path


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ("name", (2, 7)),
        ("domains[1]", (3, 22)),
        ("enable[0].text.en", (12, 11)),
    ],
)
def test_a_field_is_found(path: Path, field: str, place: tuple[int, int]) -> None:
    assert locate(path, field) == place


@pytest.mark.parametrize(
    ("field", "place"),
    [("servers[0].port", (8, 50)), ("servers[1].hostname", (7, 28)), ("servers[3].url", (5, 38))],
)
def test_servers_are_counted_as_the_provider_has_them(path: Path, field: str, place: tuple[int, int]) -> None:
    assert locate(path, field) == place


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ("servers[1].port", (7, 5)),
        ("servers[2].url", (5, 12)),
        ("authentication[0]", (9, 17)),
        ("documentation[0].url", (1, 1)),
        ("servers[9]", (1, 1)),
        ("servers.port", (7, 3)),
        ("", (1, 1)),
    ],
)
def test_of_a_field_that_is_left_out_the_nearest_place_is_told(path: Path, field: str, place: tuple[int, int]) -> None:
    assert locate(path, field) == place


def test_a_file_that_cannot_be_read_has_no_places(tmp_path: Path) -> None:
    assert locate(tmp_path / "a.yaml", "name") == (0, 0)


def test_mx_domains_are_found_in_their_other_spelling(tmp_path: Path) -> None:
    path = tmp_path / "a.example.yaml"
    path.write_text("id: a.example\nname: A\nhosted: {mx: [a.example, b.example]}\n")
    assert locate(path, "mx_domains[1]") == (3, 26)
