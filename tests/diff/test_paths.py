"""Definitions and sites compared with each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoconfig import site
from autoconfig.catalog import Catalog, bundled, bundled_path
from autoconfig.definitions import write
from autoconfig.diff import diff_paths
from autoconfig.errors import AutoconfigError, SiteError
from autoconfig.model import Provider, Server, ServerType
from tests.support.samples import BARE, RICH


def built(folder: Path, *providers: Provider) -> Path:
    site.build(site.plan(Catalog(providers)), folder)
    return folder


def defined(folder: Path, *providers: Provider) -> Path:
    folder.mkdir()
    for provider in providers:
        (folder / f"{provider.id}.yaml").write_bytes(write(provider))
    return folder


def test_the_site_of_the_bundled_providers_says_what_their_definitions_say(tmp_path: Path) -> None:
    site.build(site.plan(bundled(), formats=["mozilla"]), tmp_path / "site")
    assert diff_paths(bundled_path(), tmp_path / "site") == ()
    assert diff_paths(tmp_path / "site", bundled_path()) == ()


def test_what_a_site_cannot_hold_is_no_change(tmp_path: Path) -> None:
    assert diff_paths(defined(tmp_path / "definitions", RICH), built(tmp_path / "site", RICH)) == ()


def test_two_sites_are_compared(tmp_path: Path) -> None:
    smtp = BARE.servers[1]
    changed = Provider(
        id=BARE.id,
        name=BARE.name,
        domains=BARE.domains,
        servers=(Server(type=ServerType.JMAP, url="https://example.com/jmap"), smtp),
    )
    (found,) = diff_paths(built(tmp_path / "old", BARE), built(tmp_path / "new", changed))
    assert [change.text for change in found.changes] == [
        "JMAP, https://example.com/jmap is new",
        "IMAP, imap.example.com, TLS 993 is no longer offered",
    ]


def test_a_tree_shared_by_domains_is_read_for_all_of_them(tmp_path: Path) -> None:
    shared = tmp_path / "providers" / "example.com" / "mail" / "config-v1.1.xml"
    shared.parent.mkdir(parents=True)
    document = next(document for document in site.plan(Catalog([RICH])).documents if document.format == "mozilla")
    shared.write_bytes(document.data)
    (tmp_path / "manifest.json").write_text("{}")
    assert diff_paths(tmp_path, built(tmp_path / "apart", RICH)) == ()


@pytest.mark.parametrize("data", [b"<html/>", b"<!DOCTYPE x [<!ENTITY e 'e'>]><clientConfig/>", b"x" * 2_000_000, b""])
def test_a_file_that_is_none_is_named(tmp_path: Path, data: bytes) -> None:
    old = built(tmp_path / "old", BARE)
    (old / "domains/example.com/mail/config-v1.1.xml").unlink()
    (old / "domains/example.com/mail/config-v1.1.xml").write_bytes(data)
    with pytest.raises(SiteError, match=r"domains/example\.com/mail/config-v1\.1\.xml: .+: build the site again"):
        diff_paths(old, old)


def test_a_site_without_mozillas_format_cannot_be_compared(tmp_path: Path) -> None:
    site.build(site.plan(Catalog([BARE]), formats=["pacc"]), tmp_path / "site")
    with pytest.raises(SiteError, match="build it with the format mozilla"):
        diff_paths(tmp_path / "site", tmp_path / "site")


def test_an_empty_folder_is_neither(tmp_path: Path) -> None:
    with pytest.raises(AutoconfigError, match="a folder without definitions"):
        diff_paths(tmp_path, tmp_path)
