"""Planning and writing a site on a real file system."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import dns.zone
import pytest
from msgspec.structs import replace

from autoconfig import site
from autoconfig.catalog import Catalog
from autoconfig.errors import SiteError
from autoconfig.formats import mozilla
from autoconfig.model import Provider, Server, ServerType
from tests.support.samples import BARE, RICH

CATALOG = Catalog([RICH])
PLAN = site.plan(CATALOG)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_domain_has_its_files(tmp_path: Path) -> None:
    site.build(PLAN, tmp_path / "site")
    document = mozilla.render(RICH)
    files = _files(tmp_path / "site")
    for domain in RICH.domains:
        assert files[f"domains/{domain}/mail/config-v1.1.xml"] == document
        assert files[f"domains/{domain}/.well-known/autoconfig/mail/config-v1.1.xml"] == document
        assert files[f"ispdb/{domain}"] == document
        assert b"<Autodiscover" in files[f"domains/{domain}/autodiscover/autodiscover.xml"]


def test_mx_domains_have_the_files_that_clients_ask_by_mx(tmp_path: Path) -> None:
    site.build(PLAN, tmp_path / "site")
    ours = {path for path in _files(tmp_path / "site") if "mx.example.com" in path}
    assert ours == {"domains/mx.example.com/mail/config-v1.1.xml", "ispdb/mx.example.com"}


def test_same_bytes_are_one_file_and_copies_with_copy(tmp_path: Path) -> None:
    for copy in (False, True):
        folder = tmp_path / str(copy)
        site.build(PLAN, folder, copy=copy)
        one, other = folder / "ispdb/example.com", folder / "ispdb/example.net"
        assert one.samefile(other) is not copy


def test_the_manifest_lists_every_other_file_and_nothing_of_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        site.build(site.plan(CATALOG), tmp_path / name)
    assert _files(tmp_path / "one") == _files(tmp_path / "two")
    files = _files(tmp_path / "one")
    manifest = json.loads(files.pop("manifest.json"))
    assert {entry["path"]: entry["sha256"] for entry in manifest["files"]} == {
        path: hashlib.sha256(data).hexdigest() for path, data in files.items()
    }
    assert {(entry["provider"], entry["format"]) for entry in manifest["files"]} >= {
        ("example.com", "mozilla"),
        ("example.com", "outlook"),
    }


def test_a_second_build_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    site.build(PLAN, folder)
    before = {path: path.stat() for path in folder.rglob("*")}
    assert not site.build(PLAN, folder)
    assert {path: path.stat().st_ino for path in before} == {path: status.st_ino for path, status in before.items()}


def test_unchanged_files_keep_inode_and_time_when_others_change(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    site.build(PLAN, folder)
    kept = (folder / "ispdb/example.com").stat()
    changes = site.build(site.plan(Catalog([RICH, _other("other.example")])), folder)
    assert changes.added and changes.changed == ("manifest.json",)
    again = (folder / "ispdb/example.com").stat()
    assert (again.st_ino, again.st_mtime_ns) == (kept.st_ino, kept.st_mtime_ns)


def _other(domain: str) -> Provider:
    return Provider(id=domain, name="Other", domains=(domain,), servers=BARE.servers)


def test_what_a_removed_domain_had_is_removed_and_foreign_files_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    site.build(site.plan(Catalog([RICH, _other("gone.example")])), folder)
    (folder / "domains/gone.example/robots.txt").write_text("mine")
    (folder / "link").symlink_to("/etc")
    changes = site.build(PLAN, folder)
    assert "ispdb/gone.example" in changes.removed
    assert set(changes.unknown) == {"domains/gone.example/robots.txt", "link"}
    assert not (folder / "ispdb/gone.example").exists()
    assert (folder / "domains/gone.example/robots.txt").read_text() == "mine"
    assert (folder / "link").readlink() == Path("/etc")


def test_a_file_that_no_build_wrote_is_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    (folder / "ispdb").mkdir(parents=True)
    (folder / "ispdb/example.com").write_text("mine")
    with pytest.raises(SiteError, match="not written by a build"):
        site.build(PLAN, folder)
    assert _files(folder) == {"ispdb/example.com": b"mine"}


def test_a_damaged_file_is_found_by_check_and_mended_by_build(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    site.build(PLAN, folder)
    victim = folder / "domains/example.com/autodiscover/autodiscover.xml"
    victim.unlink()
    victim.write_bytes(b"<html/>")
    (folder / "ispdb/example.net").unlink()
    changes = site.check(PLAN, folder)
    assert changes.changed == ("domains/example.com/autodiscover/autodiscover.xml",)
    assert changes.added == ("ispdb/example.net",)
    site.build(PLAN, folder)
    assert not site.check(PLAN, folder)


def test_check_writes_nothing(tmp_path: Path) -> None:
    assert site.check(PLAN, tmp_path / "site")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_behind_a_link_is_built_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "site").symlink_to("real")
    site.build(PLAN, tmp_path / "site")
    assert (tmp_path / "site").is_symlink()
    assert (tmp_path / "real/manifest.json").is_file()


def test_nothing_but_the_site_is_left_beside_it(tmp_path: Path) -> None:
    site.build(PLAN, tmp_path / "site")
    site.build(site.plan(Catalog([_other("other.example")])), tmp_path / "site")
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_killed_build_leaves_the_old_site_whole_and_the_next_mends_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    site.build(PLAN, folder)
    before = _files(folder)
    script = (
        "import os, sys; from pathlib import Path; from autoconfig import site; from autoconfig.catalog import Catalog;"
        "from tests.site.test_build import _other\n"
        "def track(documents):\n"
        "    for document in documents:\n"
        "        yield document\n"
        "        os.kill(os.getpid(), 9)\n"
        "site.build(site.plan(Catalog([_other('a.example')])), Path(sys.argv[1]), track=track)"
    )
    killed = subprocess.run([sys.executable, "-c", script, folder], check=False, capture_output=True)
    assert killed.returncode == -9
    assert _files(folder) == before
    site.build(PLAN, folder)
    site.build(site.plan(Catalog([_other("a.example")])), folder)
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_folder_that_cannot_be_written_is_a_clear_error() -> None:
    with pytest.raises(SiteError, match=r"/proc.*nothing of the site was changed"):
        site.build(PLAN, Path("/proc/site"))


def test_a_file_in_the_place_of_the_folder_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("")
    with pytest.raises(SiteError, match="not a folder"):
        site.build(PLAN, tmp_path / "site")


def test_a_foreign_manifest_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "app"}')
    with pytest.raises(SiteError, match="not the manifest of a site"):
        site.build(PLAN, tmp_path)


def test_a_provider_without_outgoing_server_is_not_published() -> None:
    provider = Provider(
        id="a", name="A", domains=("a.example",), servers=(*BARE.incoming, Server(type=ServerType.SMTP))
    )
    plan = site.plan(Catalog([provider]))
    assert plan.documents == ()
    assert [(unpublished.provider, unpublished.reason) for unpublished in plan.unpublished] == [
        ("a", "no outgoing server has a host name")
    ]


def test_a_gap_beside_full_servers_is_told_and_the_rest_published() -> None:
    provider = Provider(
        id="a", name="A", domains=("a.example",), servers=(*BARE.servers, Server(type=ServerType.MANAGESIEVE))
    )
    plan = site.plan(Catalog([provider]))
    assert len(plan.documents) >= 2
    assert "managesieve" in plan.unpublished[0].reason


def test_only_what_is_chosen_is_planned() -> None:
    catalog = Catalog([RICH, _other("other.example")])
    plan = site.plan(catalog, formats=["outlook"], providers=["other.example"])
    assert [(document.provider, document.format) for document in plan.documents] == [("other.example", "outlook")]


def test_the_zone_of_every_domain_is_read_back_and_names_the_pacc_document(tmp_path: Path) -> None:
    site.build(PLAN, tmp_path)
    for domain in RICH.domains:
        text = (tmp_path / f"dns/{domain}.zone").read_text()
        zone = dns.zone.from_text(text, domain, check_origin=False, relativize=False)
        assert str(zone[f"_imaps._tcp.{domain}."].rdatasets[0][0]) == "0 1 993 imap.example.com."
        body = (tmp_path / f"domains/{domain}/.well-known/user-agent-configuration.json").read_bytes()
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        assert f"a=sha256; d={digest}" in str(zone[f"_ua-auto-config.{domain}."].rdatasets[0][0])


def test_hosts_named_after_the_domain_have_a_zone_for_each(tmp_path: Path) -> None:
    imap, smtp = (replace(server, hostname="mail.%EMAILDOMAIN%") for server in BARE.servers)
    provider = Provider(id="h", name="H", domains=("a.example", "b.example"), servers=(imap, smtp))
    site.build(site.plan(Catalog([provider]), formats=["dns"]), tmp_path)
    for domain in provider.domains:
        assert "993 mail" in (tmp_path / f"dns/{domain}.zone").read_text()
        assert f"$ORIGIN {domain}." in (tmp_path / f"dns/{domain}.zone").read_text()


def test_a_format_that_can_say_no_server_has_no_document_and_is_told() -> None:
    graph = Server(type=ServerType.GRAPH, url="https://graph.example.com/")
    plan = site.plan(Catalog([Provider(id="g", name="G", domains=("g.example",), servers=(graph,))]))
    assert "mozilla" in {document.format for document in plan.documents}
    assert "outlook" not in {document.format for document in plan.documents}
    assert "g: Outlook autodiscover can say none of its servers" in {f"{s.provider}: {s.reason}" for s in plan.silent}


def test_a_wildcard_domain_has_no_files_and_is_told() -> None:
    plan = site.plan(Catalog([Provider(id="w", name="W", domains=("*.w.example", "w.example"), servers=BARE.servers)]))
    assert all("*" not in path for document in plan.documents for path in document.paths)
    assert plan.wildcards == ("*.w.example",)
