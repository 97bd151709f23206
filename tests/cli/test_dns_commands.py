"""`fill`, `records` and `build --resolve` against a DNS server on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoconfig import definitions
from tests.cli.test_commands import run
from tests.support.dns_server import DnsServer

ZONE = """\
_imaps._tcp SRV 0 1 993 imap
_pop3s._tcp SRV 10 1 995 imap
_pop3._tcp SRV 0 0 0 .
_submissions._tcp SRV 0 1 465 smtp.other.test.
_caldavs._tcp SRV 0 1 443 dav
_caldavs._tcp TXT "path=/cal"
imap A 192.0.2.1
dav A 192.0.2.2
www A 192.0.2.3
autoconfig CNAME www
autodiscover A 192.0.2.3
ua-auto-config A 192.0.2.9
"""
DEFINITION = "# Ours.\nid: example.test\nname: Example\ndomains: [example.test]\n"


@pytest.fixture(scope="module")
def server() -> Iterator[DnsServer]:
    with DnsServer() as server:
        server.add("example.test", ZONE)
        server.add("other.test", "smtp A 192.0.2.4\n")
        yield server


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    path = tmp_path / "example.test.yaml"
    path.write_text(DEFINITION)
    return path


def test_a_domain_is_filled_with_the_record_behind_each_value(server: DnsServer) -> None:
    filled = run("fill", "example.test", "--nameserver", server.address)
    assert filled.returncode == 0, filled.stderr.decode()
    (line,) = [line for line in filled.stdout.decode().splitlines() if "servers[0].hostname" in line]
    assert "imap.example.test" in line
    assert "_imaps._tcp.example.test. 300 IN SRV 0 1 993 imap.example.test." in line
    assert "unsigned" in line
    assert b"smtp.other.test" in filled.stderr


def test_json_holds_providers_provenance_and_warnings(server: DnsServer) -> None:
    (filled,) = json.loads(run("fill", "example.test", "--json", "--nameserver", server.address).stdout)
    assert [found["type"] for found in filled["provider"]["servers"]] == ["imap", "pop3", "smtp", "caldav"]
    assert filled["provenance"][0]["ttl"] == 300
    assert filled["warnings"]


def test_what_stays_open_is_told_and_exits_with_1(server: DnsServer) -> None:
    filled = run("fill", "nothing.test", "--nameserver", server.address)
    assert filled.returncode == 1
    assert b"open: nothing.test: servers: no imap server" in filled.stderr


def test_what_is_written_is_built_without_network(server: DnsServer, definition: Path, tmp_path: Path) -> None:
    filled = run("fill", definition, "--write", "--nameserver", server.address)
    assert filled.returncode == 0, filled.stderr.decode()
    text = definition.read_text()
    assert text.startswith(DEFINITION)
    assert "{type: imap, hostname: imap.example.test}  # _imaps._tcp.example.test. 300 IN SRV" in text
    built = run("build", definition, "--output", tmp_path / "site")
    assert built.returncode == 0, built.stderr.decode()
    assert b"imap.example.test" in (tmp_path / "site/ispdb/example.test").read_bytes()


def test_a_domain_cannot_be_written(server: DnsServer) -> None:
    assert run("fill", "example.test", "--write", "--nameserver", server.address).returncode == 2


def test_what_is_neither_a_path_nor_a_domain_exits_with_2() -> None:
    assert run("fill", "not a domain").returncode == 2


def test_build_resolves_on_the_fly_and_publishes_the_rest(server: DnsServer, definition: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing.yaml").write_text("id: nothing.test\nname: Nothing\ndomains: [nothing.test]\n")
    built = run("build", tmp_path, "--resolve", "--output", tmp_path / "site", "--nameserver", server.address)
    assert built.returncode == 1
    assert b"imap.example.test" in (tmp_path / "site/ispdb/example.test").read_bytes()
    assert b"not published: nothing.test" in built.stderr


def test_records_are_a_zone_fragment_of_what_the_definition_says(server: DnsServer, definition: Path) -> None:
    run("fill", definition, "--write", "--nameserver", server.address)
    fragment = run("records", "example.test", "--definitions", definition, "--host", "www.example.test").stdout.decode()
    assert "_imaps._tcp 3600 IN SRV 0 1 993 imap" in fragment
    assert "_jmap._tcp 3600 IN SRV 0 0 0 ." in fragment
    assert "autoconfig 3600 IN CNAME www" in fragment


def test_check_tells_each_record_apart(server: DnsServer, definition: Path) -> None:
    run("fill", definition, "--write", "--nameserver", server.address)
    text = definition.read_text().replace("https://dav.example.test/cal", "https://dav.example.test/other")
    definition.write_text(text)
    arguments = ("records", "example.test", "--definitions", definition, "--host", "www.example.test", "--check")
    checked = run(*arguments, "--nameserver", server.address)
    assert checked.returncode == 1
    words = {(line.split()[1], line.split()[2]): line.split()[0] for line in checked.stdout.decode().splitlines()[3:-1]}
    assert words["_imaps._tcp.example.test", "SRV"] == "ok"
    assert words["_jmap._tcp.example.test", "SRV"] == "missing"
    assert words["_caldavs._tcp.example.test", "TXT"] == "drift"
    assert words["autoconfig.example.test", "CNAME"] == "ok"
    assert words["autodiscover.example.test", "CNAME"] == "ok"
    assert words["ua-auto-config.example.test", "CNAME"] == "drift"


def test_check_without_answer_exits_with_2(server: DnsServer, definition: Path) -> None:
    run("fill", definition, "--write", "--nameserver", server.address)
    arguments = ("records", "example.test", "--definitions", definition, "--check")
    checked = run(*arguments, "--nameserver", server.address, "--nameserver", "127.0.0.1:9")
    assert checked.returncode == 2
    assert b"unknown" in checked.stdout


def test_what_was_written_reads_as_it_was_found(server: DnsServer, definition: Path) -> None:
    run("fill", definition, "--write", "--nameserver", server.address)
    (found,) = json.loads(run("fill", "example.test", "--json", "--nameserver", server.address).stdout)
    written = definitions.read(definition)
    assert [server.hostname or server.url for server in written.servers] == [
        server.get("hostname") or server.get("url") for server in found["provider"]["servers"]
    ]
