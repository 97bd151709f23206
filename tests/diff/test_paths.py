"""Definitions and sites compared with each other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autoconfig import site
from autoconfig.catalog import Catalog, bundled, bundled_path
from autoconfig.definitions import write
from autoconfig.diff import diff_paths, sentences
from autoconfig.errors import AutoconfigError, DefinitionError, SiteError
from autoconfig.model import Provider, Server, ServerType
from autoconfig.site.plan import Layout
from tests.support.samples import BARE, RICH

DOCUMENT = "mail/config-v1.1.xml"
ELSEWHERE = Provider(id="other.example", name="Other", domains=("other.example",), servers=BARE.servers)


def built(folder: Path, *providers: Provider, layout: Layout = Layout.DOMAINS) -> Path:
    site.build(site.plan(Catalog(providers), layout=layout), folder)
    return folder


def defined(folder: Path, *providers: Provider) -> Path:
    folder.mkdir()
    for provider in providers:
        (folder / f"{provider.id}.yaml").write_bytes(write(provider))
    return folder


@pytest.fixture(scope="module", params=list(Layout))
def site_of_all(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("all") / "site"
    site.build(site.plan(bundled(), formats=["mozilla"], layout=request.param), folder)
    return folder


def test_the_site_of_the_bundled_providers_says_what_their_definitions_say(site_of_all: Path) -> None:
    assert diff_paths(bundled_path(), site_of_all) == ()
    assert diff_paths(site_of_all, bundled_path()) == ()


@pytest.mark.parametrize("layout", Layout)
def test_what_a_site_cannot_hold_is_no_change(tmp_path: Path, layout: Layout) -> None:
    wide = Provider(id="wild.example", name="Wild", domains=("*.wild.example",), servers=BARE.servers)
    open_provider = Provider(id="open.example", name="Open", domains=("open.example",))
    definitions = defined(tmp_path / "definitions", RICH, wide, open_provider)
    assert diff_paths(definitions, built(tmp_path / "site", RICH, layout=layout)) == ()


@pytest.mark.parametrize("layout", Layout)
def test_domains_in_a_file_are_in_the_site(tmp_path: Path, layout: Layout) -> None:
    (tmp_path / "customers.txt").write_text("a.example\nb.example\n")
    path = tmp_path / "example.com.yaml"
    path.write_bytes(write(BARE) + b"domains_file: customers.txt\n")
    provider = Provider(id=BARE.id, name=BARE.name, domains=("a.example", "example.com"), servers=BARE.servers)
    (found,) = diff_paths(path, built(tmp_path / "site", provider, layout=layout))
    assert found.domains == ("b.example",)


@pytest.mark.parametrize("layout", Layout)
def test_two_sites_are_compared(tmp_path: Path, layout: Layout) -> None:
    smtp = BARE.servers[1]
    changed = Provider(
        id=BARE.id,
        name=BARE.name,
        domains=BARE.domains,
        servers=(Server(type=ServerType.JMAP, url="https://example.com/jmap"), smtp),
    )
    (found,) = diff_paths(built(tmp_path / "old", BARE), built(tmp_path / "new", changed, layout=layout))
    assert list(sentences(found.changes)) == [
        "JMAP at https://example.com/jmap is new",
        "IMAP at imap.example.com (TLS 993) is no longer offered (people already set up need the old one to stay)",
    ]


@pytest.mark.parametrize("data", [b"<html/>", b"<!DOCTYPE x [<!ENTITY e 'e'>]><clientConfig/>", b"x" * 2_000_000, b""])
def test_a_file_that_is_none_is_named(tmp_path: Path, data: bytes) -> None:
    old = built(tmp_path / "old", BARE)
    document = old / "domains" / "example.com" / DOCUMENT
    document.unlink()
    document.write_bytes(data)
    with pytest.raises(SiteError) as caught:
        diff_paths(old, old)
    assert str(caught.value).startswith(f"{document}: no mozilla document: ")
    assert str(caught.value).endswith(": build the site again")


def test_of_a_huge_file_no_more_is_read_than_a_document_may_have(tmp_path: Path) -> None:
    old = built(tmp_path / "old", BARE)
    document = old / "domains" / "example.com" / DOCUMENT
    document.unlink()
    with document.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(SiteError, match="1048577 bytes, expected at most 1048576"):
        diff_paths(old, old)


def test_a_pipe_in_the_place_of_a_file_does_not_hold_up(tmp_path: Path) -> None:
    old, new = built(tmp_path / "old", BARE, ELSEWHERE), built(tmp_path / "new", ELSEWHERE)
    document = old / "domains" / "example.com" / DOCUMENT
    document.unlink()
    os.mkfifo(document)
    assert diff_paths(old, new) == ()


def test_a_folder_that_no_domain_names_is_no_domain(tmp_path: Path) -> None:
    old, new = built(tmp_path / "old", BARE), built(tmp_path / "new", BARE)
    odd = new / "domains" / "\udc80 not.a.domain" / DOCUMENT
    odd.parent.mkdir(parents=True)
    odd.write_bytes((new / "domains" / "example.com" / DOCUMENT).read_bytes())
    assert diff_paths(old, new) == ()


def without_homes(folder: Path) -> None:
    (folder / "homes.txt").unlink()


def homes_of(data: bytes) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        (folder / "homes.txt").unlink()
        (folder / "homes.txt").write_bytes(data)

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (without_homes, "homes.txt: No such file or directory; check the path"),
        (homes_of(b"example.com example.com\nnot/a/domain x\n"), "homes.txt:2: found no domain; expected DOMAIN KEY"),
        (homes_of(b"\xff" * 5000), "homes.txt:1: found no domain; expected DOMAIN KEY"),
        (homes_of(b"example.com ../../../elsewhere\n"), f"holds no {DOCUMENT}"),
    ],
)
def test_a_map_of_domains_that_is_none_is_named(tmp_path: Path, edit: Callable[[Path], None], message: str) -> None:
    folder = built(tmp_path / "site", BARE, layout=Layout.SHARED)
    edit(folder)
    with pytest.raises(SiteError, match=message):
        diff_paths(folder, folder)


def test_a_site_without_mozillas_format_cannot_be_compared(tmp_path: Path) -> None:
    site.build(site.plan(Catalog([BARE]), formats=["pacc"]), tmp_path / "site")
    with pytest.raises(SiteError, match="build it with the format mozilla"):
        diff_paths(tmp_path / "site", tmp_path / "site")


def test_definitions_beside_another_manifest_are_definitions(tmp_path: Path) -> None:
    folder = defined(tmp_path / "definitions", BARE)
    (folder / "manifest.json").write_text("{}")
    assert diff_paths(folder, folder) == ()


def test_an_empty_folder_is_neither(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="a folder without definitions"):
        diff_paths(tmp_path, tmp_path)


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AutoconfigError, match=r"nothing: found no such file"):
        diff_paths(tmp_path / "nothing", tmp_path / "nothing")
