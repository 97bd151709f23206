"""Sites with files of domains: what stands where, what a second build does, and what a tampered folder leads to."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import dns.zone
import pytest
from msgspec.structs import replace

from autoconfig import site
from autoconfig.catalog import Catalog
from autoconfig.formats import FORMATS, mozilla
from autoconfig.model import Provider
from autoconfig.site.compare import LINKS
from tests.support.killed_builds import tree_of
from tests.support.samples import BARE

_MOST_LINKS = 70_000


def _catalog(folder: Path, *customers: str, provider: Provider = BARE) -> Catalog:
    path = folder / "customers.txt"
    path.write_text("".join(f"{domain}\n" for domain in customers))
    return Catalog([replace(provider, domains_file=path.name)], [folder / "definition.yaml"])


def _files_below(folder: Path, domain: str) -> dict[str, bytes | str]:
    """The files of a domain, by their paths with `*` in its place."""
    tree = tree_of(folder)
    return {path.replace(domain, "*"): data for path, data in tree.items() if domain in path}


def test_a_domain_of_the_file_has_the_files_of_one_in_the_definition(tmp_path: Path) -> None:
    site.build(site.plan(_catalog(tmp_path, "shop.test", "bücher.test")), tmp_path / "site")
    own = _files_below(tmp_path / "site", "example.com")
    del own["manifest/*.txt"]
    assert len(own) == sum(len(format.paths) for format in FORMATS.values()) + 1
    assert _files_below(tmp_path / "site", "shop.test") == own
    assert _files_below(tmp_path / "site", "xn--bcher-kva.test") == own


def test_documents_name_the_domains_of_the_definition_alone(tmp_path: Path) -> None:
    site.build(site.plan(_catalog(tmp_path, "shop.test")), tmp_path / "site")
    document = (tmp_path / "site/domains/shop.test/mail/config-v1.1.xml").read_bytes()
    assert document == mozilla.render(BARE)
    assert b"shop.test" not in document


def test_all_files_of_one_document_are_one_inode(tmp_path: Path) -> None:
    site.build(site.plan(_catalog(tmp_path, "shop.test")), tmp_path / "site")
    assert (tmp_path / "site/ispdb/shop.test").samefile(tmp_path / "site/domains/example.com/mail/config-v1.1.xml")
    assert (tmp_path / "site/dns/shop.test.zone").samefile(tmp_path / "site/dns/example.com.zone")


def test_templates_in_the_manifest_and_their_list_of_domains_name_every_file(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    site.build(site.plan(_catalog(tmp_path, "shop.test", "a.test")), folder)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    named = {file["path"]: file["sha256"] for file in manifest["files"]}
    for template in manifest["templates"]:
        for domain in (folder / template["domains"]).read_text().split():
            named[template["path"].replace("{domain}", domain)] = template["sha256"]
    tree = tree_of(folder)
    del tree["manifest.json"]
    assert named == {
        path: hashlib.sha256(bytes(data)).hexdigest() for path, data in tree.items() if isinstance(data, bytes)
    }


def test_the_order_of_the_file_changes_nothing(tmp_path: Path) -> None:
    site.build(site.plan(_catalog(tmp_path, "a.test", "b.test")), tmp_path / "one")
    site.build(site.plan(_catalog(tmp_path, "b.test", "a.test")), tmp_path / "other")
    assert tree_of(tmp_path / "one") == tree_of(tmp_path / "other")


def test_a_customer_who_leaves_is_removed_and_one_who_comes_is_added(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    site.build(site.plan(_catalog(tmp_path, "gone.test", "stays.test")), folder)
    (folder / "domains/gone.test/robots.txt").write_text("mine")
    (folder / "domains/stays.test/.well-known/acme-challenge").mkdir()
    kept = (folder / "domains/stays.test/mail/config-v1.1.xml").stat()
    times = {path: path.stat().st_mtime_ns for path in (folder / "domains/stays.test").rglob("*")}
    changes = site.build(site.plan(_catalog(tmp_path, "comes.test", "stays.test")), folder)
    assert (folder / "ispdb/comes.test").is_file()
    assert not (folder / "ispdb/gone.test").exists()
    assert [path.name for path in (folder / "domains/gone.test").iterdir()] == ["robots.txt"]
    assert changes.unknown == ("domains/gone.test/robots.txt", "domains/stays.test/.well-known/acme-challenge/")
    assert (changes.counts.added, changes.counts.removed) == (8, 8)
    assert (folder / "domains/stays.test/mail/config-v1.1.xml").stat().st_ino == kept.st_ino
    assert {path: path.stat().st_mtime_ns for path in (folder / "domains/stays.test").rglob("*")} == times


def test_a_build_with_nothing_changed_leaves_every_inode(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    plan = site.plan(_catalog(tmp_path, "a.test", "b.test"))
    site.build(plan, folder)
    before = {path: path.stat().st_ino for path in folder.rglob("*")}
    changes = site.build(plan, folder)
    assert not changes
    assert changes.unchanged == len(tree_of(folder))
    assert {path: path.stat().st_ino for path in folder.rglob("*")} == before


@pytest.mark.parametrize("damage", ["removed", "replaced", "overwritten", "manifest", "list"])
def test_damage_to_a_large_site_is_mended(damage: str, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    plan = site.plan(_catalog(tmp_path, "a.test", "b.test"))
    site.build(plan, folder)
    before = tree_of(folder)
    victim = folder / "domains/b.test/autodiscover/autodiscover.xml"
    match damage:
        case "removed":
            victim.unlink()
        case "replaced":
            victim.unlink()
            victim.write_bytes(b"<html/>")
        case "overwritten":
            victim.write_bytes(victim.read_bytes().replace(b"imap", b"evil"))
        case "manifest":
            (folder / "manifest.json").unlink()
        case "list":
            (folder / "manifest/example.com.txt").write_text("unsorted\na.test\n")
    assert site.check(plan, folder)
    assert site.build(plan, folder)
    assert tree_of(folder) == before
    assert not site.check(plan, folder)


def test_check_tells_of_unknown_files_among_customers(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    plan = site.plan(_catalog(tmp_path, "a.test"))
    site.build(plan, folder)
    (folder / "domains/a.test/robots.txt").write_text("mine")
    assert site.check(plan, folder).unknown == ("domains/a.test/robots.txt",)


def test_copies_are_as_good_as_links(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    site.build(site.plan(_catalog(tmp_path, "a.test", "b.test")), folder, copy=True)
    file = folder / "ispdb/a.test"
    assert file.stat().st_nlink == 1
    before = file.stat().st_mtime_ns
    plan = site.plan(_catalog(tmp_path, "a.test", "c.test"))
    site.build(plan, folder, copy=True)
    assert file.stat().st_mtime_ns == before
    assert file.stat().st_nlink == 1
    assert not site.build(plan, folder)


def test_more_paths_than_an_inode_may_have_links_take_a_few_inodes_and_keep_them(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    customers = [f"d{number}.test" for number in range(LINKS + 1000)]
    site.build(site.plan(_catalog(tmp_path, *customers), formats=["dns"]), folder)

    def inodes_and_times() -> tuple[set[int], set[int]]:
        found = [entry.stat() for entry in os.scandir(folder / "dns")]
        return {status.st_ino for status in found}, {status.st_mtime_ns for status in found}

    inodes, times = inodes_and_times()
    assert len(inodes) == 2
    plan = site.plan(_catalog(tmp_path, *customers, "a-new-one.test"), formats=["dns"])
    assert site.build(plan, folder).counts.added == 1
    assert inodes_and_times() == (inodes, times)
    assert not site.build(plan, folder)


def test_an_inode_that_has_all_the_links_it_may_have_is_copied_once(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    site.build(site.plan(_catalog(tmp_path, "a.test", "b.test"), formats=["mozilla"]), folder)
    before = (folder / "ispdb/a.test").stat()
    (tmp_path / "links").mkdir()
    for number in range(_MOST_LINKS):
        try:
            os.link(folder / "ispdb/a.test", tmp_path / f"links/{number}")
        except OSError:
            break
    else:
        pytest.skip("this file system sets no bound to links")
    site.build(site.plan(_catalog(tmp_path, "b.test", "c.test"), formats=["mozilla"]), folder)
    after = {(path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.glob("ispdb/*")}
    assert {time for _, time in after} == {before.st_mtime_ns}
    assert len(after) == 1


def test_zones_of_hosts_below_each_domain_are_one_relative_fragment_for_customers(tmp_path: Path) -> None:
    imap, smtp = (replace(server, hostname="mail.%EMAILDOMAIN%") for server in BARE.servers)
    provider = replace(BARE, servers=(imap, smtp))
    plan = site.plan(_catalog(tmp_path, "a.test", "b.test", provider=provider), formats=["dns"])
    site.build(plan, tmp_path / "site")
    for domain in ("a.test", "b.test", "example.com"):
        text = (tmp_path / f"site/dns/{domain}.zone").read_text()
        zone = dns.zone.from_text(text, domain, check_origin=False, relativize=False)
        assert str(zone[f"_imaps._tcp.{domain}."].rdatasets[0][0]) == f"0 1 993 mail.{domain}."


def test_zones_that_differ_from_customer_to_customer_are_left_out_and_told(tmp_path: Path) -> None:
    imap, smtp = (replace(server, hostname="%EMAILDOMAIN%.mail.test") for server in BARE.servers)
    plan = site.plan(_catalog(tmp_path, "a.test", provider=replace(BARE, servers=(imap, smtp))), formats=["dns"])
    assert [path for document in plan.documents for path in document.paths] == ["dns/example.com.zone"]
    assert "customers.txt" in plan.silent[0].reason
