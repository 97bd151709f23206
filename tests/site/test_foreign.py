"""What no build wrote: kept wherever it does no harm, refused where it is in the way, never followed or overwritten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from autoconfig import site
from autoconfig.catalog import Catalog
from autoconfig.errors import SiteError
from tests.support.killed_builds import tree_of
from tests.support.samples import BARE

PLAN = site.plan(Catalog([BARE]))
WITHOUT = site.plan(Catalog([replace(BARE, domains=("other.example",))]))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    (folder / "mail").mkdir(parents=True)
    (folder / "example.com").write_text("mine")
    (folder / "mail/config-v1.1.xml").write_text("mine")
    return folder


@pytest.mark.parametrize("place", ["ispdb", "domains", "domains/example.com", "ispdb/example.com", "manifest.json"])
def test_a_link_where_the_site_belongs_is_refused_and_nothing_behind_it_touched(
    place: str, elsewhere: Path, tmp_path: Path
) -> None:
    link = tmp_path / "site" / place
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    for act in (site.build, site.check):
        with pytest.raises(SiteError, match=f"site/{place} .*symbolic link"):
            act(PLAN, tmp_path / "site")
    assert tree_of(elsewhere) == {"example.com": b"mine", "mail/config-v1.1.xml": b"mine"}
    assert tree_of(tmp_path / "site") == {place: str(elsewhere)}


def test_a_file_that_was_replaced_by_a_link_is_refused(elsewhere: Path, tmp_path: Path) -> None:
    site.build(PLAN, tmp_path / "site")
    (tmp_path / "site/ispdb/example.com").unlink()
    (tmp_path / "site/ispdb/example.com").symlink_to(elsewhere / "example.com")
    with pytest.raises(SiteError, match="symbolic link"):
        site.build(PLAN, tmp_path / "site")
    assert (elsewhere / "example.com").read_text() == "mine"


def test_a_link_in_the_place_of_what_is_removed_is_kept_and_not_followed(elsewhere: Path, tmp_path: Path) -> None:
    site.build(PLAN, tmp_path / "site")
    (tmp_path / "site/ispdb/example.com").unlink()
    (tmp_path / "site/ispdb/example.com").symlink_to(elsewhere / "example.com")
    (tmp_path / "site/domains/example.com/mine").symlink_to(elsewhere)
    changes = site.build(WITHOUT, tmp_path / "site")
    assert changes.unknown == ("domains/example.com/mine", "ispdb/example.com")
    assert (tmp_path / "site/domains/example.com/mine").readlink() == elsewhere
    assert (tmp_path / "site/ispdb/example.com").readlink() == elsewhere / "example.com"
    assert tree_of(elsewhere) == {"example.com": b"mine", "mail/config-v1.1.xml": b"mine"}


@pytest.mark.parametrize(("place", "what"), [("domains", "file"), ("ispdb/example.com", "folder"), ("dns", "pipe")])
def test_what_is_in_the_way_is_refused(place: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "site" / place
    path.parent.mkdir(parents=True)
    match what:
        case "file":
            path.touch()
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SiteError, match=f"site/{place} was not written by a build, and is in the way"):
        site.build(PLAN, tmp_path / "site")
    assert sorted(tmp_path.rglob("*")) == before


def test_unknown_files_keep_their_inode_owner_and_mode(tmp_path: Path) -> None:
    site.build(PLAN, tmp_path / "site")
    log = tmp_path / "site/domains/example.com/access.log"
    log.write_text("mine")
    log.chmod(0o640)
    os.mkfifo(tmp_path / "site/pipe")
    before = log.stat()
    assert site.build(WITHOUT, tmp_path / "site").unknown == ("domains/example.com/access.log", "pipe")
    after = log.stat()
    assert (after.st_ino, after.st_uid, after.st_mode) == (before.st_ino, before.st_uid, before.st_mode)
    assert (tmp_path / "site/pipe").is_fifo()


def test_a_folder_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir(mode=0o750)
    site.build(PLAN, tmp_path / "site")
    assert (tmp_path / "site").stat().st_mode & 0o777 == 0o750


def test_a_manifest_that_names_a_list_elsewhere_makes_nobody_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    (folder / "ispdb").mkdir(parents=True)
    (folder / "ispdb/a.test").write_text("mine")
    (tmp_path / "secret").write_text("a.test\n")
    entry = '{"path": "%s", "sha256": "0", "provider": "", "format": "", "domains": "%s"}'
    files = entry % ("manifest/../../secret", "")
    templates = entry % ("ispdb/{domain}", "manifest/../../secret")
    (folder / "manifest.json").write_text(f'{{"files": [{files}], "templates": [{templates}]}}')
    assert site.build(PLAN, folder).unknown == ("ispdb/a.test",)


@pytest.mark.parametrize("path", ["{domain}", "ispdb/none", "a/{domain}/{domain}{domain}/("])
def test_templates_of_any_kind_in_a_manifest_are_read(path: str, tmp_path: Path) -> None:
    entry = f'{{"path": "{path}", "sha256": "0", "provider": "", "format": "", "domains": "manifest/a.txt"}}'
    (tmp_path / "manifest.json").write_text(f'{{"files": [], "templates": [{entry}]}}')
    (tmp_path / "file").write_text("mine")
    assert site.build(PLAN, tmp_path).unknown == ("file",)
